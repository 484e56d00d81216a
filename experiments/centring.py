"""Is it centring that lets the next layer learn faster, or what else makes tanh faster than sigmoid?

Interventions that move nothing but the mean: sigmoid against sigmoid - 1/2, tanh against tanh + 1, each pair with one and
the same slope. A bias of the next layer could undo the shift, so both networks of a pair can compute the same things: only
how well conditioned their descent is differs. They start with equal weights or, stricter, as the very same function.
Between sigmoid - 1/2 and tanh only scale is left: tanh(z/2) / 2 is tanh with other learning rates.
"""

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import Claim, Control, Interval
from sandbox.claims.measures import AgainstTheNext, Paired
from sandbox.claims.rows import Where
from sandbox.config.schema import RunConfig
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import watched

SOURCE = "notes, § Activation functions"
RATE = "learning_rate"
STRATA = ("trial.start", "dataset", "hidden")
STEPS = "steps_to_threshold"
SIGMOID, CENTRED = {"activation": "sigmoid"}, {"activation": "sigmoid_centred"}
TANH, SHIFTED = {"activation": "tanh"}, {"activation": "tanh_shifted"}
SAME_FUNCTION = {"trial.start": "same_function"}
NEARLY_ALWAYS = Interval(0.9, 1.0)
REASON = "centring is the notes' reason for 'nearly always': it has to carry at least nine pairs in ten"

AT_EQUAL_RATES = (
    "At small rates the network that is not centred is often the faster one: the mean of its activations acts as a second "
    "bias, along which descent is faster. At larger rates that direction is the first to become unstable, and with two "
    "hidden layers centring wins: it is a matter of conditioning, not of what a layer can tell the next one."
)


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names."""
    data = data_of(config.dataset)
    return watched(config, data, lambda *_: {}, start_of(config, data))


def equal_at_the_start(centred: Where, shifted: Where) -> Control:
    """The intervention leaves the function alone."""
    return Control(
        statement="both networks of a pair start with the same loss where they are to start as the same function",
        measure=Paired("train/loss:first", better=centred, than=shifted, effect="difference"),
        prediction=Interval(-1e-12, 1e-12),  # some hundred roundings of 2^-53
        where=SAME_FUNCTION,
        strata=(*STRATA, RATE),
    )


def luck_of_the_draw(arm: Where, column: str) -> Control:
    """Between two draws of the same arm nothing is nearly always."""
    return Control(
        statement="between two networks of one arm that differ only in their random draw neither is better nearly always",
        measure=AgainstTheNext(column, where=arm),
        prediction=Interval(0.1, 0.9, "()"),
        statistic="share",
        strata=(*STRATA, RATE),
    )


def centring(name: str, pair: str, centred: Where, shifted: Where, mixed: str, mixed_fixed: str) -> tuple[Claim, Claim]:
    """The claim on one pair: at each arm's own best learning rate, and at every single one."""
    effect = f"of replicates that reach the threshold in fewer steps with {pair}"
    return (
        Claim(
            id=name,
            statement=f"Centring alone makes the network learn faster: {pair}, each at its own best learning rate.",
            source=SOURCE,
            measure=Paired(STEPS, better=centred, than=shifted, best_over=RATE),
            strata=STRATA,
            prediction=NEARLY_ALWAYS,
            reason=REASON,
            effect=effect,
            control=luck_of_the_draw(centred, STEPS),
            explanation={"mixed": mixed},
        ),
        Claim(
            id=f"{name}-fixed",
            statement=f"The same at one and the same learning rate: {pair}.",
            source=SOURCE,
            measure=Paired(STEPS, better=centred, than=shifted),
            strata=(*STRATA, RATE),
            prediction=NEARLY_ALWAYS,
            reason=REASON,
            effect=effect,
            control=equal_at_the_start(centred, shifted),
            explanation={"mixed": mixed_fixed},
        ),
    )


CLAIMS = (
    *centring(
        "centring-causes",
        "sigmoid - 1/2 against sigmoid",
        CENTRED,
        SIGMOID,
        mixed="Centring helps where rates are large enough to matter: it allows a larger best rate. It is not nearly always "
        "ahead, and least so where both start as the same function.",
        mixed_fixed=AT_EQUAL_RATES,
    ),
    *centring(
        "centring-causes-tanh",
        "tanh against tanh + 1",
        TANH,
        SHIFTED,
        mixed="With two hidden layers centring wins nearly always; with one, and weights that are not adapted, not even half "
        "of the pairs on circles.",
        mixed_fixed=AT_EQUAL_RATES,
    ),
    Claim(
        id="steepness-is-rate",
        statement="What is left between tanh and sigmoid - 1/2 is only a matter of learning rates: each at its own best one, "
        "they are equally fast.",
        source="from sigma(z) - 1/2 = tanh(z/2) / 2: with one hidden layer, descent in the weights of one at rate 4 a is "
        "descent in those of the other at rate a, but for the output's bias",
        measure=Paired(STEPS, better=TANH, than=CENTRED, effect="medians", budget="steps", best_over=RATE),
        statistic="ratio_of_medians",
        where=SAME_FUNCTION,
        strata=STRATA,
        prediction=Interval(0.5, 2.0),
        reason="rates a factor of 4 apart find the best one within a factor of 2",
        effect="steps to the threshold of sigmoid - 1/2 over tanh",
        control=equal_at_the_start(TANH, CENTRED),
        explanation={
            "supported": "Sigmoid's smaller slope costs nothing but a larger learning rate. What tanh gains beyond "
            "that is its centre.",
        },
    ),
    Claim(
        id="tanh-beats-sigmoid-start",
        statement="That a tanh layer does better than a sigmoid one nearly always is no matter of where they start.",
        source=SOURCE,
        measure=Paired("test/loss", better=TANH, than=SIGMOID, best_over=RATE),
        strata=STRATA,
        prediction=NEARLY_ALWAYS,
        reason="'nearly always' has to hold for equal weights and for equal functions: one pair in ten is left",
        effect="of replicates whose test loss is lower with tanh than with sigmoid, each at its own best learning rate",
        control=luck_of_the_draw(TANH, "test/loss"),
        explanation={
            "refuted": "Not even from equal weights, where sigmoid starts at a disadvantage: at its own best rate it "
            "generalises as well, or better, on these data. That tanh needs fewer steps does not make it "
            "the better network in the end.",
        },
    ),
)

EXPERIMENT = Experiment(
    name="centring",
    question="Is it centring that lets the next layer learn faster, or what else makes tanh faster than sigmoid?",
    claims=CLAIMS,
    trial=trial,
    quick=("dataset=circles", "hidden=[8]", "learning_rate=1,4"),
)
