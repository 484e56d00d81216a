"""Is it centring that lets the next layer learn faster, or what else makes tanh faster than sigmoid?

Interventions that move nothing but the mean: sigmoid against sigmoid - 1/2, tanh against tanh + 1, each pair with one and
the same slope. A bias of the next layer could undo the shift, so both networks of a pair can compute the same things: only
how well conditioned their descent is differs. They start with equal weights or, stricter, as the very same function.
Between sigmoid - 1/2 and tanh only scale is left: tanh(z/2) / 2 is tanh with other learning rates.
"""

from functools import partial

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Control, Interval, Placebo
from sandbox.claims.measures import Paired
from sandbox.claims.rows import Where
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE, STEPS = "learning_rate", "steps_to_threshold"
STRATA = ("trial.start", "dataset", "hidden")
SIGMOID, CENTRED = {"activation": "sigmoid"}, {"activation": "sigmoid_centred"}
TANH, SHIFTED = {"activation": "tanh"}, {"activation": "tanh_shifted"}
SAME_FUNCTION = {"trial.start": "same_function"}


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names."""
    return train(config, start=start_of(config))


def equal_at_the_start(centred: Where, shifted: Where) -> Control:
    """The intervention leaves the function alone."""
    return Control(
        "both networks of a pair start with the same loss where they are to start as the same function",
        Paired("train/loss:first", better=centred, than=shifted, effect="difference"),
        Interval(-1e-12, 1e-12),  # some hundred roundings of 2^-53
        where=SAME_FUNCTION,
        strata=(*STRATA, RATE),
    )


claim = partial(
    Claim,
    source="sharper than the notes, § Activation functions: centring is the reason that they give for 'nearly always'",
    strata=STRATA,
    prediction=NEARLY_ALWAYS,
    real_data="samples",
)
fastest = partial(Paired, STEPS, best_over=RATE, choose_by=STEPS)  # each network at the rate at which it is fastest


def centring(name: str, pair: str, centred: Where, shifted: Where) -> tuple[Claim, Claim]:
    """The claim on one pair: at each arm's own best learning rate, and at every single one."""
    on_pair = partial(
        claim,
        reason="centring is the notes' reason for 'nearly always': it has to carry at least nine pairs in ten",
        effect=f"of replicates that reach the threshold in fewer steps with {pair}",
    )
    return (
        on_pair(
            name,
            f"Centring alone makes the network learn faster nearly always: {pair}, each at the rate at which it is fastest.",
            measure=fastest(better=centred, than=shifted),
            variants={
                "no more than a tenth faster is the same": fastest(
                    better=centred, than=shifted, margin=0.1, size="ratio"
                )
            },
            control=Placebo(),
        ),
        on_pair(
            f"{name}-fixed",
            f"The same, nearly always, at one and the same learning rate: {pair}.",
            measure=Paired(STEPS, better=centred, than=shifted),
            variants={
                "no more than a tenth faster is the same": Paired(
                    STEPS, better=centred, than=shifted, margin=0.1, size="ratio"
                )
            },
            strata=(*STRATA, RATE),
            control=equal_at_the_start(centred, shifted),
        ),
    )


CLAIMS = (
    *centring("centring-causes", "sigmoid - 1/2 against sigmoid", CENTRED, SIGMOID),
    *centring("centring-causes-tanh", "tanh against tanh + 1", TANH, SHIFTED),
    claim(
        "steepness-is-rate",
        "What is left between tanh and sigmoid - 1/2 is only a matter of learning rates: each at the one at which it is "
        "fastest, they are equally fast, to within a factor of two.",
        source="from sigma(z) - 1/2 = tanh(z/2) / 2: with one hidden layer, descent in the weights of one at rate 4 a is "
        "descent in those of the other at rate a, but for the output's bias",
        measure=fastest(better=TANH, than=CENTRED, effect="medians", budget="steps"),
        statistic="ratio_of_medians",
        where=SAME_FUNCTION,
        prediction=Interval(0.5, 2.0),
        reason="rates a factor of 4 apart find the best one within a factor of 2",
        effect="steps to the threshold of sigmoid - 1/2 over tanh",
        control=equal_at_the_start(TANH, CENTRED),
    ),
    claim(
        "tanh-beats-sigmoid-start",
        "That a tanh layer does better than a sigmoid one nearly always is no matter of where they start.",
        source="sharper than the notes, § Activation functions: 'nearly always', without a word on where they start",
        measure=Paired(
            "test/loss", better=TANH, than=SIGMOID, best_over=RATE, choose_by="validation/loss", margin=0.01
        ),
        reason="'nearly always' has to hold for equal weights and for equal functions: one pair in ten is left",
        effect="of networks whose test loss is lower with tanh than with sigmoid by more than 0.01 nats, equal ones counting half, "
        "each at the rate that validation chooses",
        control=Placebo(),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=circles", "hidden=[8]", "learning_rate=1,4"))
