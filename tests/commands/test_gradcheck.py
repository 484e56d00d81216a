"""The gradient check as a command: it passes what is right, on weights and data of one's own, and fails what is not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from sandbox.commands import gradcheck
from sandbox.nn import network as module
from sandbox.nn.network import Layer


def check(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox gradcheck", *arguments])
    with pytest.raises(SystemExit) as end:
        gradcheck.main()
    return int(end.value.code or 0)


def test_given_weights_on_own_data_are_checked_parameter_by_parameter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    shapes = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
    np.savez(tmp_path / "w.npz", allow_pickle=False, **{name: rng.normal(size=shape) for name, shape in shapes.items()})
    np.savez(tmp_path / "d.npz", allow_pickle=False, X=rng.normal(size=(30, 2)), y=rng.integers(2, size=30))
    given = (f"init.path={tmp_path}/w.npz", f"dataset.path={tmp_path}/d.npz")
    typed = ("init=file", "dataset=file", *given, "hidden=[3]", "activation=tanh", "weight_decay=0.1")
    assert check(monkeypatch, *typed) == 0
    out = capfd.readouterr().out
    assert all(name in out for name in shapes) and "worst:" in out and "too large" not in out


def test_a_wrong_backward_pass_is_told_with_the_parameter_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    right = module.backward

    def wrong(*given: object) -> tuple[Layer, ...]:
        first, *rest = right(*given)  # type: ignore[arg-type]
        return (first._replace(weights=1.001 * first.weights), *rest)

    monkeypatch.setattr(module, "backward", wrong)
    assert check(monkeypatch, "dataset.samples=40") == 1
    out = capfd.readouterr().out
    assert "worst: W1" in out and out.count("too large") == 1
    assert check(monkeypatch, "dataset.samples=40", "--tolerance", "0.01") == 0


@pytest.mark.parametrize("tolerance", ["0", "-1", "nan"])
def test_a_tolerance_is_a_positive_number(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tolerance: str
) -> None:
    assert check(monkeypatch, f"--tolerance={tolerance}") == 2
    assert "gradcheck: expected --tolerance > 0" in capfd.readouterr().err
