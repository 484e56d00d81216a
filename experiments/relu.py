"""Do ReLU's units die, and for good; is z mostly positive, and does plain ReLU suffice?

Leaky ReLU is the contrast: its units cannot die. Of two hidden layers the second sees inputs that are never negative, and that
change as the first learns: its dead units may come back, those of the first cannot.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import A_SHARE, MORE_OFTEN_THAN_NOT, Claim, Control, Interval, above
from sandbox.claims.controls import half_at_the_start
from sandbox.claims.measures import AtBest, Paired, Value
from sandbox.claims.rows import numbers_of, per_replicate, select
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import in_blocks, train

RATE = "learning_rate"
TOO_HIGH = 3.0
STRATA = ("dataset", "dataset.standardise", "init.scale")
RELU, LEAKY = {"activation": "relu"}, {"activation": "leaky_relu"}
LAYERS = ("layer1", "layer2")
UNIT = "unit/"  # curves of single units, which are summed up before anybody sees them


@in_blocks
def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """Of every hidden unit whether it is dead, its slope 0 on every sample: 1 or 0 (R,), NaN if diverged."""
    Zs, As = forward(network, parameters, data.X)
    lost = np.isnan(Zs[-1]).any(axis=(-2, -1))
    found: dict[str, Array] = {}
    for layer, g, Z, A in zip(LAYERS, network.hidden, Zs, As[1:], strict=False):
        dead = (g.derivative(Z, A) == 0).all(axis=-1)  # (R, n)
        found |= {f"{UNIT}{layer}/{i}": np.where(lost, np.nan, dead[:, i]) for i in range(dead.shape[1])}
    return found


def trial(config: RunConfig) -> Outcome:
    """The default one, with what became of the units of each layer, see `fates`; `dead/ever` is the largest share at any step."""
    outcome = train(config, look=look)
    units = {layer: np.stack(_of(outcome, layer)) for layer in LAYERS}  # (n, T, R)
    curves = {name: curve for name, curve in outcome.curves.items() if not name.startswith(UNIT)}
    values = {f"{what}/{layer}": x for layer, dead in units.items() for what, x in fates(dead).items()}
    largest = [np.nanmax(outcome.curves[f"dead/{layer}"], axis=0) for layer in LAYERS]  # step 0 is never NaN
    return replace(outcome, curves=curves).with_values(values | {"dead/ever": np.max(largest, axis=0)})


def _of(outcome: Outcome, layer: str) -> list[Array]:
    return [curve for name, curve in outcome.curves.items() if name.startswith(f"{UNIT}{layer}/")]


def fates(dead: Array) -> dict[str, Array]:
    """Of units that are dead (n, T, R) at each probe step, as shares of all or of those that ever were.

    for_good: dead at the end, and at every step since some step. back: of those dead at any step, the ones that lived again
    later; NaN where none ever was.
    """
    ever, end = (dead == 1).any(axis=1), dead[:, -1]
    later = (dead[:, :-1] == 1) & (dead[:, 1:] == 0)
    back = later.any(axis=1)
    count = ever.sum(axis=0)
    return {
        "for_good": np.where(np.isnan(end).any(axis=0), np.nan, ((end == 1) & ~back).mean(axis=0)),
        "came_back": back.sum(axis=0).astype(float),
        "stayed": 1.0 - back.sum(axis=0) / np.where(count > 0, count, np.nan),
    }


@dataclass(frozen=True)
class DeadUnits:
    """Share of a ReLU network's units that are dead, of the layers given; `when` is ":first", or "" for the end."""

    layers: tuple[str, ...] = LAYERS
    what: str = "dead"
    when: str = ""

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        rows = select(rows, RELU)
        columns = [f"{self.what}/{layer}{self.when}" for layer in self.layers]
        return pd.concat([per_replicate(rows, column) for column in columns], axis=1).mean(axis=1, skipna=False)


def dying_units(rows: pd.DataFrame) -> pd.Series:
    """Share of units dead at the end less that at the start."""
    return DeadUnits()(rows) - DeadUnits(when=":first")(rows)


def accuracy_gained(rows: pd.DataFrame) -> pd.Series:
    """By how much training has raised the accuracy on the test part."""
    return numbers_of(rows, "test/accuracy") - numbers_of(rows, "test/accuracy:first")


leaky_units_live = Control(
    "no unit of a leaky ReLU is ever dead, in the same networks, up to where they diverge if they do",
    Value("dead/ever", where=LEAKY),
    Interval(0.0, 0.0),
    strata=(*STRATA, RATE),
)
claim = partial(Claim, real_data="samples", source="notes, § Activation functions", strata=(*STRATA, RATE))
DRAWBACK = "sharper than the notes, § Activation functions: ReLU's drawback is that its slope is 0 where z < 0"
dying = partial(claim, source=DRAWBACK, prediction=Interval(0.05, 1.0, "(]"), control=leaky_units_live)
by_layer = {f"{layer} alone": DeadUnits((layer,)) for layer in LAYERS}


def positive(name: str, statement: str, layer: str) -> Claim:
    """The claim that z is mostly positive, in one layer."""
    return claim(
        name,
        statement,
        measure=Value(f"positive/{layer}:mean", where=RELU),
        statistic="median",
        prediction=above(0.5),
        limits=A_SHARE,
        reason="'mostly' is more than half",
        effect="share of z > 0 over samples and units, on average over probe steps",
        control=half_at_the_start(f"positive/{layer}", RELU, (*STRATA, RATE)),
    )


CLAIMS = (
    dying(
        "relu-dies",
        "ReLU's units die: at the end more than one in twenty has slope 0 on every sample.",
        measure=DeadUnits(),
        reason="'more than none' could never be refuted; a weakness worth a warning takes more than one unit in twenty",
        effect="of hidden units that are dead at the end",
        variants=by_layer,
    ),
    dying(
        "relu-dies-training",
        "It is training that kills them: at the end more than one unit in twenty is dead that was not at the start.",
        source=f"{DRAWBACK}; Lu et al. 2019 tell units that die from those born dead",
        measure=dying_units,
        statistic="median",
        reason="as above, for what training adds",
        effect="share of units dead at the end less that at the start",
    ),
    claim(
        "relu-never-again",
        "A dead unit of the first layer never learns again.",
        source=DRAWBACK,
        measure=Value("came_back/layer1", where=RELU),
        statistic="all",
        prediction=Interval(0.0, 0.0),
        reason="its inputs are the samples, which do not change: with slope 0 on all of them it never gets a gradient",
        effect="units of the first layer that were dead at a probe step and alive at a later one",
        control=Control(
            "where the rate is large there are dead units in the first layer that could come back",
            DeadUnits(("layer1",)),
            Interval(0.0, 1.0, "(]"),
            statistic="share",
            where={RATE: TOO_HIGH},
            strata=STRATA,
        ),
    ),
    claim(
        "relu-never-again-deeper",
        "Of the dead units of the second layer most stay dead.",
        source=DRAWBACK,
        measure=Value("stayed/layer2", where=RELU),
        where={RATE: (0.3, TOO_HIGH)},
        prediction=MORE_OFTEN_THAN_NOT,
        reason="the notes' slope of 0 knows no layers; what the layer below does may bring some back, but not most",
        effect="of second-layer units that were dead at a probe step, those that were so at all later ones",
        control="none: whether a unit is dead is told by the same code as in the first layer, where none may come back",
    ),
    claim(
        "share-dead",
        "At a rate that is set too high 40 % of the units are dead for good.",
        source="Karpathy's CS231n notes, Neural Networks Part 1: 'as much as 40 % of your network can be dead'",
        measure=DeadUnits(what="for_good"),
        where={RATE: TOO_HIGH},
        strata=STRATA,
        prediction=Interval(0.4, 1.0),
        reason="'as much as 40 %' at a rate that is too high: the largest rate here is ten times one that is already large",
        effect="of hidden units that are dead at the end, and have been since some step",
        control=leaky_units_live,
        variants={f"{layer} alone": DeadUnits((layer,), "for_good") for layer in LAYERS},
    ),
    positive("z-mostly-positive", "z is mostly positive in the first hidden layer.", "layer1"),
    positive("z-mostly-positive-deeper", "z is mostly positive in the second hidden layer.", "layer2"),
    claim(
        "relu-suffices",
        "Plain ReLU suffices: a leaky one classifies no better, each at its own best learning rate.",
        source="sharper than the notes, § Activation functions: z is mostly positive, so that ReLU is used more often than leaky ReLU",
        measure=Paired(
            *("test/accuracy", RELU, LEAKY, "difference"),
            lower_is_better=False,
            best_over=RATE,
            choose_by="validation/loss",
            margin=0.02,
        ),
        statistic="median",
        strata=STRATA,
        prediction=above(-0.02),
        reason="a loss of two test samples in a hundred would be noticed",
        effect="test accuracy of ReLU less that of leaky ReLU",
        control=Control(
            "accuracy can tell: training a ReLU network raises it by far more than that",
            AtBest(accuracy_gained, over=RATE, where=RELU, by="validation/loss"),
            above(0.02),
            statistic="median",
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=iris", "init.scale=1", "learning_rate=0.3,3"))
