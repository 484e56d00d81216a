"""What a user brings is checked when it arrives, and made the record that our own tables hold.

A derivative is held against central differences, an output's `delta` against those of its cost: a wrong one is refused with
its error. What is random must be a function of what it is given.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from sandbox.data.datasets import Data, Dataset
from sandbox.data.generators import Samples, numbered
from sandbox.data.labels import labels_of
from sandbox.data.npz import shown
from sandbox.nn.activations import ACTIVATIONS, Activation
from sandbox.nn.initialisers import Initialiser
from sandbox.nn.network import Layer, Network
from sandbox.nn.outputs import OUTPUTS, Output
from sandbox.nn.probes import Probe, Snapshot
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError

STEP = 1e-5  # of a central difference; its error is STEP^2 and rounding / STEP, both about 1e-10 in units of the slope
ALLOWED = 1e-6  # far more than that, far less than a mistake
FAR = 50.0  # beyond it a steepest slope is not looked for
SAMPLES, NOISE = 400, 0.1  # of a set that takes them and is not told


def activation(given: Any, name: str) -> Activation:
    """A record, or a function with its derivative, of z alone or of z and a = g(z)."""
    found = _activation(given, name)
    z = np.random.default_rng(0).uniform(-4.0, 4.0, (2, 3, 50))  # no kink lies within a step of any of these
    told: Array = z
    for what, call in (("values", found.function), ("slopes", lambda z: found.derivative(z, found.function(z)))):
        told = _tried(name, call, z)
        _refuse_shape(name, what, told, z.shape)
    differences = (found.function(z + STEP) - found.function(z - STEP)) / (2 * STEP)
    _refuse_wrong(name, "a derivative that is the function's slope", z, told, differences)
    return found


def _activation(given: Any, name: str) -> Activation:
    if isinstance(given, Activation):
        return given
    if not (isinstance(given, tuple) and len(given) == 2 and all(map(callable, given))):
        raise InputError(
            f"{name}: expected a function and its derivative, (g, slope), got {type(given).__name__}; in a file, call the derivative "
            "NAME_derivative"
        )
    g, slope = given
    derivative = slope if _takes(slope, 2) else lambda z, a: slope(z)
    wide = np.linspace(-FAR, FAR, 20_001)
    with np.errstate(all="ignore"):
        slopes = np.abs(np.asarray(_tried(name, derivative, wide, _tried(name, g, wide)), dtype=np.float64))
    return Activation(g, derivative, float(np.max(slopes[np.isfinite(slopes)], initial=0.0)), "the user's own")


def output(given: Any, name: str) -> Output:
    """A record; its delta is held against differences of its cost for every kind of labels that it takes."""
    if not isinstance(given, Output):
        raise InputError(f"{name}: expected an Output of sandbox.nn.outputs, got {type(given).__name__}")
    rng, m = np.random.default_rng(0), 5
    for kind in sorted(given.kinds):
        K = 3 if kind == "multiclass" else 1
        labels = {"binary": rng.integers(0, 2, (1, m)).astype(float), "multiclass": np.eye(3)[rng.integers(0, 3, m)].T}
        Y, Z = labels.get(kind, rng.normal(size=(1, m))), rng.normal(size=(K, m))
        delta = _tried(name, given.delta, _tried(name, given.function, Z), Y)
        _refuse_shape(name, "errors dZ", delta, Z.shape)
        differences = np.empty_like(Z)
        for at in np.ndindex(Z.shape):
            step = np.zeros_like(Z)
            step[at] = STEP
            differences[at] = m * (given.cost(Z + step, Y) - given.cost(Z - step, Y)) / (2 * STEP)
        _refuse_wrong(name, f"a delta that is the slope of the cost, for {kind} labels", Z, delta, differences)
    return given


def init(given: Any, name: str) -> Initialiser:
    """A record, or draw(rng, n_out, n_in) -> (n_out, n_in)."""
    if not isinstance(given, Initialiser) and not callable(given):
        raise InputError(f"{name}: expected a function of (rng, n_out, n_in), got {type(given).__name__}")
    draw = given.draw if isinstance(given, Initialiser) else given
    one, other = (_tried(name, draw, np.random.default_rng(7), 3, 2) for _ in range(2))
    _refuse_shape(name, "weights", one, (3, 2))
    if not np.array_equal(one, other):
        raise InputError(f"{name}: expected the same weights from the same generator, got others; draw from rng alone")
    return (
        given
        if isinstance(given, Initialiser)
        else Initialiser(draw, lambda n_out, n_in: float("nan"), "the user's own")
    )


def dataset(given: Any, name: str) -> Dataset:
    """A record, or a function of any of samples, noise and seed -> X (m, n_x), y (m,)."""
    if isinstance(given, Dataset):
        return given
    if not callable(given):
        raise InputError(f"{name}: expected a function that returns X and y, got {type(given).__name__}")
    takes = set(inspect.signature(given).parameters)
    if not takes <= {"samples", "noise", "seed"} or takes == {"seed"}:
        raise InputError(
            f"{name}: expected a function of samples, noise and seed, or fewer, got one of {', '.join(sorted(takes))}"
        )

    def make(**settings: Any) -> Samples:
        X, y = _pair(name, _tried(name, given, **{key: settings[key] for key in takes & settings.keys()}))
        labels, classes = labels_of(y, None, ".", lambda row: f"row {row} of {name}")
        return Samples(X, labels, numbered(X.shape[1]), classes)

    samples, noise = SAMPLES if "samples" in takes else None, NOISE if "noise" in takes else None
    usual = {"samples": samples, "noise": noise, "seed": 0}
    one, other = make(**usual), make(**usual)
    if not (np.array_equal(one.X, other.X) and np.array_equal(one.labels, other.labels)):
        raise InputError(
            f"{name}: expected the same samples from the same seed, got others; make them a function of seed"
        )
    return Dataset(make, None, samples, noise, name)


def probe(given: Any, name: str) -> Probe:
    """A record, or a function of a snapshot (the network) or of a snapshot and a layer (every one) -> (R,)."""
    if not isinstance(given, Probe) and not callable(given):
        raise InputError(f"{name}: expected a function of a snapshot, got {type(given).__name__}")
    found = given if isinstance(given, Probe) else Probe("layer" if _takes(given, 2) else "network", given, name)
    rng = np.random.default_rng(0)
    sizes = ((3, 2), (1, 3))
    layers = tuple(Layer(rng.normal(size=(4, *shape)), rng.normal(size=(4, shape[0], 1))) for shape in sizes)
    X, Y = rng.normal(size=(2, 6)), rng.integers(0, 2, (1, 6)).astype(float)
    data = Data("six samples", "binary", X, Y, X, Y, ("x1", "x2"), ("0", "1"))
    snapshot = Snapshot(Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"]), layers, data)
    _refuse_shape(
        name,
        "numbers, one per network,",
        _tried(name, found.function, snapshot, *([] if found.of == "network" else [1])),
        (4,),
    )
    return found


ARRIVALS: dict[str, Callable[[Any, str], Any]] = {
    "activation": activation,
    "output": output,
    "init": init,
    "dataset": dataset,
    "probe": probe,
}


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it asks for so many arguments; those that have a value of their own are not asked for."""
    try:
        asked = inspect.signature(function).parameters.values()
        return sum(each.default is inspect.Parameter.empty for each in asked) == count
    except ValueError:  # a ufunc of NumPy
        return count == 1


def _tried(name: str, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return call(*given, **named)
    except InputError:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever the user's code raises
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())
        raise InputError(f"{name}: expected a function that can be called, got {reason[:200]}; correct it") from None


def _pair(name: str, given: Any) -> tuple[Array, Any]:
    if not isinstance(given, tuple) or len(given) != 2:
        raise InputError(f"{name}: expected X and y, got {type(given).__name__}; return both")
    X, y = np.asarray(given[0], dtype=np.float64), np.asarray(given[1])
    if X.ndim != 2 or y.shape != (len(X),) or not np.isfinite(X).all():
        raise InputError(
            f"{name}: expected finite X (m, n_x) and y (m,), got shapes {X.shape} and {y.shape}; correct them"
        )
    return X, y


def _refuse_shape(name: str, what: str, array: Any, shape: tuple[int, ...]) -> None:
    if np.shape(array) != shape or np.asarray(array).dtype != np.float64 or not np.isfinite(array).all():
        kind = getattr(array, "dtype", type(array).__name__)
        raise InputError(
            f"{name}: expected finite {what} of shape {shape} in float64, got {np.shape(array)} of {shown(str(kind))}; correct it"
        )


def _refuse_wrong(name: str, what: str, z: Array, told: Array, differences: Array) -> None:
    error = np.abs(differences - told) / (1.0 + np.abs(differences))
    if not error.max() <= ALLOWED:
        at = np.unravel_index(int(np.argmax(error)), error.shape)
        raise InputError(
            f"{name}: expected {what}, got {told[at]:.6g} at z = {z[at]:.6g}, where differences say {differences[at]:.6g} "
            f"(relative error {error[at]:.2g}); correct it"
        )
