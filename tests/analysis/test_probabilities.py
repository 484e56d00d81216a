"""Predictions as probabilities, counted by hand."""

import numpy as np

from sandbox.analysis.probabilities import brier_score, share_outside


def test_the_brier_score_and_the_share_outside_are_what_one_counts_by_hand() -> None:
    A = np.array([[[0.0, 1.0, -0.5, 1.5]], [[0.5, 0.5, np.nan, 0.5]]])
    Y = np.array([[0.0, 1.0, 0.0, 1.0]])
    assert brier_score(A, Y)[0] == 0.125
    assert share_outside(A)[0] == 0.5
    assert np.isnan(brier_score(A, Y)[1]) and np.isnan(share_outside(A)[1])
