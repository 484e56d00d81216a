"""Do gradients vanish with depth, and which initial weights keep the signal's size?

"The gradient" is three different things here: dW of one layer against the next, dW of the first layer against that of a
deeper network's first layer, and either of them before or after training. They do not agree.
"""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, below
from sandbox.claims.rows import Where, numbers_of, per_replicate, select
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

GLOROT = "Glorot and Bengio 2010, § 4.2"
HE = "He et al. 2015, § 2.2"
SMALL = 0.04  # 0.04 sqrt(2 / 32) = 0.01
STRATA = ("dataset", "hidden", "init")
RECOMMENDED = {("tanh", "xavier"), ("relu", "he")}


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

    Only the matrices between hidden layers, W^[2] .. W^[H], count: all have the same shape, so that they can be compared.
    when: "first" (before training) or "last".
    """

    probe: str = "gradient"
    when: str = "first"

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        H = hidden_layers(rows)
        end = ":first" if self.when == "first" else ""
        lowest, highest = (per_replicate(rows, f"{self.probe}/layer{l}{end}") for l in (2, H))
        return (lowest / highest) ** (1.0 / (H - 2))


@dataclass(frozen=True)
class PerAddedLayer:
    """By what factor the first layer's gradient changes for each layer that is added to the network; `when` as above."""

    shallow: Where
    deep: Where
    when: str = "first"

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        parts = [select(rows, where) for where in (self.shallow, self.deep)]
        end = ":first" if self.when == "first" else ""
        few, many = (per_replicate(part, f"gradient/layer1{end}") for part in parts)
        return (many / few) ** (1.0 / (hidden_layers(parts[1]) - hidden_layers(parts[0])))


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
vanishing = partial(claim, source=GLOROT, prediction=Interval(0.0, 0.5, "()"))
from_layer_to_layer = partial(
    vanishing, strata=STRATA, effect="factor from one layer's gradient to the next, towards the input"
)
keeps = partial(Control, statistic="median", prediction=Interval(0.5, 2.0, "()"))
relu_keeps = keeps(
    "with ReLU and He's weights gradients neither halve nor double from layer to layer",
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
        "With sigmoid units gradients shrink geometrically from layer to layer, its slope being at most 1/4.",
        measure=PerLayer(),
        where=SIGMOID,
        reason="slope 1/4 times a gain of 1 (xavier) or sqrt 2 (he) is at most 0.35 per layer; 0.5 leaves room for the luck "
        "of a draw. The statement names the slope alone, so that it should hold for the notes' normal draws as well",
        control=relu_keeps,
    ),
    from_layer_to_layer(
        "depth-vanishes-trained",
        "And they still do so after some training.",
        measure=PerLayer(when="last"),
        where=SIGMOID,
        reason="as above: the slope stays below 1/4 whatever the weights become",
        control=replace(relu_keeps, measure=PerLayer(when="last")),
    ),
    from_layer_to_layer(
        "depth-vanishes-small",
        "With too small weights gradients shrink geometrically from layer to layer for any activation.",
        measure=PerLayer(),
        where=SMALL_WEIGHTS,
        strata=("activation", *STRATA),
        reason="each layer passes back at most 0.04 sqrt 2 = 0.06 of what it receives",
        control=relu_keeps,
    ),
    vanishing(
        "depth-vanishes-first",
        "With too small weights the first layer's gradient shrinks geometrically with every layer that is added, for any "
        "activation.",
        measure=FIRST_LAYER,
        where=SMALL_WEIGHTS | BOTH_DEPTHS,
        strata=("activation", "dataset", "init"),
        reason="every layer more multiplies what reaches the first by at most 0.06",
        effect="factor for each added layer",
        control=first_layer_keeps,
    ),
    vanishing(
        "depth-vanishes-first-trained",
        "With sigmoid units the first layer's gradient shrinks geometrically with every layer that is added, after some "
        "training as well.",
        measure=replace(FIRST_LAYER, when="last"),
        where=SIGMOID | BOTH_DEPTHS,
        strata=("dataset", "init"),
        reason="as for neighbouring layers: the slope alone takes three quarters",
        effect="factor for each added layer",
        control=replace(first_layer_keeps, measure=replace(FIRST_LAYER, when="last")),
    ),
    claim(
        "variance-kept",
        "Xavier's weights keep the size of tanh's signal through depth, and He's that of ReLU's.",
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

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", f"hidden={[16] * 5},{[16] * 10}".replace(" ", "")))
