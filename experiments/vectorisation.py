"""Do loops over units and samples compute the same as matrix products, and how much longer do they take?"""

import math
from functools import partial

import numpy as np

from sandbox.analysis import loops
from sandbox.analysis.timing import growth
from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.controls import fair_clock
from sandbox.claims.measures import Value
from sandbox.config.checks import setting
from sandbox.system.arrays import Array
from sandbox.trial.build import generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

LOOPS = ("units", "samples")
SAMPLES = np.array([1, 2, 4, 8, 16, 32, 100, 1_000, 10_000, 100_000])
TRAINED = 100  # samples at most on which training is timed; beyond, a loop takes very long
STRATA = ("hidden", "trial.loop")


def from_where_on(ratios: Array) -> Array:
    """The least number of samples (R,) from which on the ratio (T, R) stays above 1; infinite if it never does."""
    slower, sizes = ratios <= 1, SAMPLES[: len(ratios)]
    last = len(sizes) - 1 - slower[::-1].argmax(axis=0)  # the last size at which the loop is not slower
    following = np.append(sizes.astype(float), np.inf)[np.where(slower.any(axis=0), last + 1, 0)]
    return np.asarray(following)


def trial(config: RunConfig) -> Outcome:
    """Per replicate a random network: both forms compared, and timed at every number of samples."""
    loop, rngs = setting(config, "loop", LOOPS), generators(config)
    same, broken = np.array([loops.loop_differences(loop, config.hidden, rng) for rng in rngs]).T
    times = np.array([[loops.time_ratios(loop, config.hidden, m, rng) for rng in rngs] for m in SAMPLES])  # (T, R, 2)
    ratios, itself = times[..., 0], times[..., 1]
    few = SAMPLES[SAMPLES <= TRAINED]
    trained = np.array([[loops.training(loop, config.hidden, m, rng) for rng in rngs] for m in few])
    unmeasured = np.full((len(SAMPLES) - len(few), len(rngs)), np.nan)
    return Outcome(
        steps=SAMPLES,
        curves={
            "time_ratio": ratios,
            "time_ratio/itself": itself,
            "time_ratio/training": np.concatenate([trained[..., 0], unmeasured]),
        },
        values={
            "difference": same,
            "without_bias": broken,
            "starts_at": from_where_on(ratios),
            "growth": growth(SAMPLES, ratios),
            "training/starts_at": from_where_on(trained[..., 0]),
            "training/difference": trained[..., 1].max(axis=0),
            "time_ratio/training_largest": trained[-1, :, 0],
        },
    )


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The ratio against the number of samples."""
    from sandbox.plotting.experiment import lines_figure

    loop = {"units": "units and samples, in plain Python", "samples": "samples"}[config.trial["loop"]]
    return {
        "time_ratio": lines_figure(
            SAMPLES,
            {
                "loop": outcome.curves["time_ratio"],
                "loop, training": outcome.curves["time_ratio/training"],
                "itself": outcome.curves["time_ratio/itself"],
            },
            title=f"A loop over {loop} against one matrix product per layer",
            below=f"forward pass, 2 inputs, {'-'.join(map(str, config.hidden))} tanh units; median and 10-90 % of {config.replicates} repetitions",
            xlabel="samples m",
            ylabel="time over that of the matrix form",
            marks={"equal": 1.0},
        )
    }


claim = partial(Claim, statistic="median", strata=STRATA)


same = partial(claim, measure=Value("difference"), statistic="all", strata=("hidden",), prediction=Interval(0.0, 1e-11))
forgets_the_biases = partial(
    Control,
    "a loop that forgets the biases differs by more than a thousandth, for every activation",
    Value("without_bias"),
    above(1e-3),
    strata=("hidden",),
)

CLAIMS = (
    same(
        "neuron-matrix",
        "Computed unit by unit or as a matrix product, a layer is the same.",
        source="notes, § Computing the output",
        where={"trial.loop": "units"},
        reason="sums of at most 32 terms in another order: some 64 roundings of 2^-53, ten-fold per layer where terms cancel",
        effect="largest relative difference between predictions, over all activations",
        control=forgets_the_biases(where={"trial.loop": "units"}),
    ),
    same(
        "sample-columns",
        "One matrix product for all samples gives the outputs and gradients of a loop over the samples.",
        source="notes, § Vectorising over many samples",
        where={"trial.loop": "samples"},
        reason="the same sums in another order, also over 20 samples: rounding, ten-fold per layer where terms cancel",
        effect="largest relative difference between predictions and between gradients, over all activations",
        control=forgets_the_biases(where={"trial.loop": "samples"}),
    ),
    claim(
        "vectorised-faster",
        "The matrix form is faster than a loop, from a few samples on.",
        source="notes, § Vectorising over many samples",
        measure=Value("starts_at"),
        prediction=Interval(1.0, 10.0),
        limits=(1.0, math.inf),
        reason="the notes know no exception; up to ten samples may pay for what a call of NumPy costs",
        effect="the number of samples from which on the matrix form is faster",
        unit="samples",
        control=fair_clock("the matrix form", STRATA),
    ),
    claim(
        "training-loops",
        "Loops slow training: whole steps of gradient descent are faster by matrices, from a few samples on.",
        source="notes, § Vectorising over many samples",
        measure=Value("training/starts_at"),
        prediction=Interval(1.0, 10.0),
        limits=(1.0, math.inf),
        reason="as for the outputs alone: the notes know no exception; up to ten samples may pay for what a call of NumPy costs",
        effect="the number of samples from which on training by matrices is faster",
        unit="samples",
        control=Control(
            "both ways of training end with the same weights",
            Value("training/difference"),
            Interval(0.0, 1e-11),
            strata=STRATA,
        ),
    ),
    claim(
        "training-loops-ten",
        "With a hundred samples training by loops takes more than ten times as long.",
        source="sharper than the notes, § Vectorising over many samples, which do not say how much loops slow learning down",
        measure=Value("time_ratio/training_largest"),
        prediction=above(10.0),
        reason="to be a reason for rewriting equations a gain has to be large; an order of magnitude is",
        effect="time of training by the loop over that by matrices, with 100 samples",
        unit="times",
        control=fair_clock("the matrix form", STRATA),
    ),
    claim(
        "vectorised-grows",
        "The more samples, the more the matrix form gains.",
        source="sharper than the notes, § Vectorising over many samples, which do not say that the gain grows",
        measure=Value("growth"),
        prediction=Interval(0.9, 1.0),
        reason="1 is growth without exception; two neighbours of the ten sizes may change places, and two more",
        effect="rank correlation of the time ratio with the number of samples",
        control=Control(
            "the matrix form timed against itself is never twice as slow, at any number of samples",
            Value("time_ratio/itself:max"),
            below(2.0),
            statistic="median",
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(
    CLAIMS, trial, figures, trains=False, clocked=("time_ratio", "starts_at", "growth", "training/starts_at")
)
