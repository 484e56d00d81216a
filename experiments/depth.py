"""Do gradients vanish with depth before any training, and which initial weights keep the signal's size?

"The gradient" is two things: dJ/dZ, what comes back to a layer, and dJ/dW, that times what the layer below sends up. Glorot and
Bengio 2010 say that the first vanishes (eq. 11) where the second need not (eq. 13 and 14): their vanishing is that in Z.
Networks that have learned are those of `depth_trained`.
"""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, Claim, Control, Interval, below
from sandbox.claims.rows import Where, numbers_of, per_replicate, select
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

GLOROT = "Glorot and Bengio 2010, § 4.2"
HE = "He et al. 2015, § 2.2"
SMALL = 0.04  # 0.04 sqrt(2 / 32) = 0.01
STRATA = ("dataset", "hidden", "init")
RECOMMENDED = {("tanh", "xavier"), ("relu", "he")}
UNCHANGED = Interval(0.75, 1.33, "()")  # per layer: by less than a quarter, or what undoes it


def trial(config: RunConfig) -> Outcome:
    """Train; `recommended` marks the activations under the scheme that was made for them."""
    outcome = train(config)
    mark = float((config.activation, config.init.name) in RECOMMENDED)
    return outcome.with_values({"recommended": mark})


def hidden_layers(rows: pd.DataFrame) -> int:
    """How many hidden layers the networks of these rows have: all the same number."""
    (depth,) = {1 + str(hidden).count("-") for hidden in rows["hidden"]}
    return depth


@dataclass(frozen=True)
class PerLayer:
    """By what factor `probe` changes from one layer to the next in direction of the input, as a geometric mean.

    All that is compared has one shape: Z^[1] .. Z^[H], but of the matrices those between hidden layers, W^[2] .. W^[H].
    when: "first" (before training) or "last".
    """

    probe: str = "gradient_z"
    when: str = "first"

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        lowest, H = (1 if self.probe == "gradient_z" else 2), hidden_layers(rows)
        end = ":first" if self.when == "first" else ""
        below, above = (per_replicate(rows, f"{self.probe}/layer{l}{end}") for l in (lowest, H))
        return (below / above) ** (1.0 / (H - lowest))


@dataclass(frozen=True)
class PerAddedLayer:
    """By what factor the first layer's dW changes for each layer that is added to the network; `when` as above."""

    shallow: Where
    deep: Where
    when: str = "first"

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        parts = [select(rows, where) for where in (self.shallow, self.deep)]
        end = ":first" if self.when == "first" else ""
        few, many = (per_replicate(part, f"gradient/layer1{end}") for part in parts)
        return (many / few) ** (1.0 / (hidden_layers(parts[1]) - hidden_layers(parts[0])))


def z_vanishes_and_w_does_not(rows: pd.DataFrame) -> pd.Series:
    """1 where dJ/dZ loses a quarter or more from layer to layer, and dJ/dW less than that."""
    z, w = PerLayer("gradient_z")(rows), PerLayer("gradient")(rows)
    return ((z <= UNCHANGED.low) & w.between(UNCHANGED.low, UNCHANGED.high)).astype(float)


def kept(rows: pd.DataFrame) -> pd.Series:
    """Standard deviation of the activations in the last hidden layer over that in the first, before training."""
    last, first = (f"activation_std/layer{l}:first" for l in (hidden_layers(rows), 1))
    return per_replicate(rows, lambda rows: numbers_of(rows, last) / numbers_of(rows, first))


def layers(width: int, depth: int) -> str:
    """`hidden` as the table has it."""
    return "-".join([str(width)] * depth)


FIRST_LAYER = PerAddedLayer(shallow={"hidden": layers(16, 5)}, deep={"hidden": layers(16, 10)})
BOTH_DEPTHS = {"hidden": (layers(16, 5), layers(16, 10))}
SIGMOID = {"activation": "sigmoid", "init.scale": 1.0}
SMALL_WEIGHTS = {"init.scale": SMALL, "init": ("xavier", "he")}
RELU = {"activation": "relu", "init": "he", "init.scale": 1.0}

claim = partial(Claim, statistic="median")
vanishing = partial(claim, source=f"{GLOROT}, eq. 11", prediction=Interval(0.0, 0.5, "()"))
from_layer_to_layer = partial(
    vanishing, strata=STRATA, effect="factor from one layer's dJ/dZ to the next, towards the input"
)
keeps = partial(Control, statistic="median", prediction=Interval(0.5, 2.0, "()"))
relu_keeps = keeps(
    "with ReLU and He's weights dJ/dZ neither halves nor doubles from layer to layer",
    PerLayer(),
    where=RELU,
    strata=("dataset", "hidden"),
)
first_layer_keeps = keeps(
    "with ReLU and He's weights the first layer's gradient neither halves nor doubles with each added layer",
    FIRST_LAYER,
    where=RELU | BOTH_DEPTHS,
    strata=("dataset",),
)

CLAIMS = (
    from_layer_to_layer(
        "depth-vanishes",
        "With sigmoid units dJ/dZ at least halves from layer to layer, the slope being at most 1/4.",
        measure=PerLayer(),
        where=SIGMOID,
        reason="slope 1/4 times a gain of 1 (xavier) or sqrt 2 (he) is at most 0.35 per layer; 0.5 leaves room for the luck "
        "of a draw. The statement names the slope alone, so that it should hold for normal draws as well",
        control=relu_keeps,
        variants={"dW instead": PerLayer("gradient")},
    ),
    from_layer_to_layer(
        "depth-vanishes-small",
        "With too small weights dJ/dZ at least halves from layer to layer, for any activation.",
        measure=PerLayer(),
        where=SMALL_WEIGHTS,
        strata=("activation", *STRATA),
        reason="each layer passes back at most 0.04 sqrt 2 = 0.06 of what it receives",
        control=relu_keeps,
        variants={"dW instead": PerLayer("gradient")},
    ),
    Claim(
        "gradient-z-or-w",
        "With weights drawn within 1/sqrt(n), dJ/dZ vanishes from layer to layer where dJ/dW does not.",
        source=f"{GLOROT}.1, eq. 13 and 14",
        measure=z_vanishes_and_w_does_not,
        where={"activation": ("tanh", "relu"), "init": "root_n", "init.scale": 1.0},
        strata=("activation", "dataset", "hidden"),
        prediction=MORE_OFTEN_THAN_NOT,
        reason="n Var(W) = 1/3 makes dJ/dZ lose sqrt 3 per layer on the way down and activations as much on the way up, so that "
        "their product is the same in all layers; both are averages, which narrow layers keep in most draws only",
        effect="of networks in which dJ/dZ loses a quarter or more per layer, and dJ/dW changes by less than that",
        control=Control(
            "with Xavier's weights, made to prevent it, tanh's dJ/dZ loses less than a quarter per layer",
            PerLayer(),
            UNCHANGED,
            statistic="median",
            where={"activation": "tanh", "init": "xavier", "init.scale": 1.0},
            strata=("dataset", "hidden"),
        ),
    ),
    vanishing(
        "depth-vanishes-first",
        "With too small weights the first layer's dW at least halves with every layer that is added, for any activation.",
        source=GLOROT,
        measure=FIRST_LAYER,
        where=SMALL_WEIGHTS | BOTH_DEPTHS,
        strata=("activation", "dataset", "init"),
        reason="every layer more multiplies what reaches the first by at most 0.06",
        effect="factor for each added layer",
        control=first_layer_keeps,
    ),
    claim(
        "variance-kept",
        "Over ten layers Xavier's weights keep the size of tanh's signal within an order of magnitude, and He's that of ReLU's.",
        source=f"{GLOROT}; {HE}",
        measure=kept,
        where={"recommended": 1.0, "init.scale": 1.0},
        strata=("activation", "dataset", "hidden"),
        prediction=Interval(0.1, 10.0, "()"),
        reason="kept means within an order of magnitude over ten layers, where a factor of 2 per layer would make three",
        effect="standard deviation of the last hidden layer's activations over the first's",
        control=Control(
            "the notes' small factor loses more than an order of magnitude",
            kept,
            below(0.1),
            statistic="median",
            where={"activation": ("tanh", "relu")} | SMALL_WEIGHTS,
            strata=("activation", *STRATA),
        ),
    ),
)

EXPERIMENT = Experiment(
    CLAIMS, trial, quick=("dataset=moons", "init=xavier,he,root_n", f"hidden={[16] * 5},{[16] * 10}".replace(" ", ""))
)
