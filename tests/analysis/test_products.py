"""Products by hand, and a spread that is 0 only for equal units."""

import numpy as np
import pytest

from sandbox.analysis.equal_units import equalised
from sandbox.analysis.products import in_order, spread
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_sums_in_one_order_are_the_product_and_treat_equal_rows_alike(precision: str) -> None:
    rng = np.random.default_rng(0)
    row, B = rng.normal(size=(2, 1, 37)).astype(precision), rng.normal(size=(37, 5)).astype(precision)
    for n in range(2, 17):
        product = in_order(np.repeat(row, n, axis=1), B)
        assert product.dtype == precision
        assert (product == product[:, :1]).all()
        np.testing.assert_allclose(
            product, np.repeat(row, n, axis=1) @ B, rtol=0, atol=100 * float(np.finfo(precision).eps)
        )


def test_equal_units_have_no_spread_at_all_and_one_bit_has() -> None:
    (W1, b1), above = equalised(initialise("normal", (2, 3, 1), 2, seed=0))
    assert (spread((Layer(W1, b1), above)) == 0).all()
    W1[1, 2, 0] = np.nextafter(W1[1, 2, 0], 9.0)
    assert (spread((Layer(W1, b1), above)) > 0).tolist() == [False, True]
