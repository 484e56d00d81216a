"""Is ReLU a good default, by what networks end with?

Each activation starts from weights of the size it needs, and each arm takes the rate that validation samples choose for it.
A default need not win: it must not lose.
"""

from functools import partial

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import Claim, Interval, Placebo
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RELU, LEAKY, TANH = ({"activation": name} for name in ("relu", "leaky_relu", "tanh"))
MARGIN = 0.01  # nats, and share of samples
NO_WORSE = Interval(-MARGIN, float("inf"))


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names."""
    return train(config, start=start_of(config))


compared = partial(
    Paired,
    better=RELU,
    effect="difference",
    best_over="learning_rate",
    choose_by="validation/loss",
    margin=MARGIN,
)
claim = partial(
    Claim,
    source="sharper than the notes, § Activation functions: ReLU is much used as the default",
    statistic="median",
    strata=("dataset", "hidden"),
    prediction=NO_WORSE,
    reason=f"whoever takes the default must not lose what somebody would notice, {MARGIN}",
    real_data="samples",
    control=Placebo(),
)

CLAIMS = (
    claim(
        "relu-default",
        "ReLU is the default of hidden layers: networks end with a test loss no worse than with tanh.",
        measure=compared("test/loss", than=TANH),
        effect="by how much the test loss is lower with ReLU than with tanh, each at the rate that validation chooses",
        unit="nats",
    ),
    claim(
        "relu-default-accuracy",
        "The same of right answers: the test accuracy is no worse than with tanh.",
        measure=compared("test/accuracy", than=TANH, lower_is_better=False),
        effect="by how much the test accuracy is higher with ReLU than with tanh, each at the rate that validation chooses",
    ),
    claim(
        "relu-default-leaky",
        "Plain ReLU is used more than leaky ReLU for good reason: networks end with a test loss no worse.",
        source="sharper than the notes, § Activation functions: z is mostly positive, so that ReLU is used more often than leaky ReLU",
        measure=compared("test/loss", than=LEAKY),
        effect="by how much the test loss is lower with ReLU than with leaky ReLU, each at the rate that validation chooses",
        unit="nats",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "hidden=[8]", "learning_rate=0.4,1.6"))
