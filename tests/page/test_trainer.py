"""The trainer of the page, run by node, against the reference."""

import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import reference
from sandbox.nn.initialisers import INITIALISERS, initialise
from sandbox.nn.network import Network, Parameters, cost, forward
from sandbox.nn.outputs import OUTPUTS

Array = NDArray[np.float64]
PAGE = Path(__file__).resolve().parents[2] / "sandbox" / "page" / "assets"
NODE = shutil.which("node")
STEPS, RATE, CLOSE = 200, 0.1, 1e-9  # at larger rates scaled_tanh is chaotic: any rounding grows

pytestmark = pytest.mark.skipif(NODE is None, reason="node runs the page's JavaScript here; it is not installed")


def in_node(asked: dict[str, Any]) -> dict[str, Any]:
    assert NODE is not None
    script = Path(__file__).with_name("train.mjs")
    done = subprocess.run([NODE, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def offered(table: str) -> list[str]:
    """The names in one of the page's own tables."""
    source = (PAGE / "network.js").read_text(encoding="utf-8")
    body = source.split(f"export const {table} = {{", 1)[1].split("\n};", 1)[0]
    return re.findall(r"^  (\w+):", body, re.MULTILINE)


def a_task(rng: np.random.Generator, output: str) -> tuple[Array, Array]:
    X = rng.normal(size=(2, 40))
    if output in ("softmax", "one_vs_all"):
        return X, np.eye(3)[rng.integers(0, 3, 40)].T.copy()
    return X, (X[:1] * X[1:] > 0).astype(float)


def a_job(activation: str, output: str) -> tuple[dict[str, Any], Parameters, Network, Array, Array]:
    rng = np.random.default_rng(5)
    X, Y = a_task(rng, output)
    start = initialise("normal", (2, 4, 3, len(Y)), 1, seed=3, scale=0.7)
    layers = [
        {"n": W.shape[1], "below": W.shape[2], "W": W.ravel().tolist(), "b": b.ravel().tolist()} for W, b in start
    ]
    job = {
        "layers": layers,
        "hidden": [activation] * 2,
        "output": output,
        "X": X.ravel().tolist(),
        "Y": Y.ravel().tolist(),
        "m": 40,
        "steps": STEPS,
        "rate": RATE,
    }
    return job, start, Network((ACTIVATIONS[activation],) * 2, OUTPUTS[output]), X, Y


def test_every_activation_and_output_that_the_page_offers_trains_like_the_reference() -> None:
    pairs = list(product(offered("ACTIVATIONS"), offered("OUTPUTS")))
    assert len(pairs) >= 13 * 6
    asked = [a_job(*pair) for pair in pairs]
    for pair, (_, start, network, X, Y), got in zip(
        pairs, asked, in_node({"jobs": [job for job, *_ in asked]})["jobs"], strict=True
    ):
        expected = reference.advance(network, start, X, Y, RATE, STEPS)
        for layer, mine in zip(expected, got["layers"], strict=True):
            for there, here in zip(layer, (mine["W"], mine["b"]), strict=True):
                np.testing.assert_allclose(here, there.ravel(), rtol=CLOSE, atol=CLOSE, err_msg=str(pair))
        J = float(cost(network, forward(network, expected, X), Y)[0])
        assert got["cost"] == pytest.approx(J, rel=CLOSE, abs=CLOSE), pair


def test_the_page_draws_the_weights_that_the_command_line_draws() -> None:
    schemes = offered("INITIALISERS")
    assert set(schemes) == set(INITIALISERS)
    base = {"sizes": [2, 5, 3, 1], "seed": 11, "scale": 0.3, "zero_layers": [2], "hidden": ["tanh"] * 2}
    rest = {"output": "sigmoid", "X": [0.0, 0.0], "Y": [0.0], "m": 1, "steps": 0, "rate": 1.0, "replicate": 4}
    answers = in_node({"jobs": [{**base, **rest, "scheme": scheme} for scheme in schemes]})["jobs"]
    for scheme, answer in zip(schemes, answers, strict=True):
        there = initialise(scheme, (2, 5, 3, 1), 1, 11, 0.3, (2,), first=4)
        for layer, mine in zip(there, answer["start"], strict=True):
            np.testing.assert_allclose(mine["W"], layer.weights.ravel(), rtol=1e-13, atol=1e-15)


def test_its_random_numbers_are_numpys_in_the_tail_of_the_normal_distribution_too() -> None:
    seeds = [(0, (0, 1)), (7, (239, 3)), (2**70 + 5, (1, 2))]
    draws = [{"seed": str(seed), "key": key, "count": 20_000} for seed, key in seeds]
    for (seed, key), drawn in zip(seeds, in_node({"draws": draws})["draws"], strict=True):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
        normal = rng.normal(size=20_000)
        np.testing.assert_allclose(drawn["normal"], normal, rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(drawn["uniform"], rng.uniform(-1.0, 1.0, 9))
        assert np.abs(normal).max() > 3.66  # beyond the ziggurat's last layer


@pytest.mark.slow
def test_it_takes_a_thousand_steps_a_second_with_4_units_and_300_points() -> None:
    rng = np.random.default_rng(0)
    job = a_job("tanh", "sigmoid")[0] | {
        "X": rng.normal(size=600).tolist(),
        "Y": [0.0, 1.0] * 150,
        "m": 300,
        "steps": 3000,
    }
    job |= {"layers": None, "scheme": "normal", "sizes": [2, 4, 1], "seed": 0, "replicate": 0, "hidden": ["tanh"]}
    assert 3000 / in_node({"jobs": [job]})["jobs"][0]["seconds"] > 1000
