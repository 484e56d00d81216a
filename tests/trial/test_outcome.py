"""The file of a run's history gives back every bit, and nothing but histories."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sandbox.system.errors import InputError
from sandbox.trial.outcome import Outcome, load_history, save_history, steps_to, while_alive
from tests.support.fresh import loaded_by


def odd_outcome() -> Outcome:
    """Numbers a careless format would change: both zeros and NaNs, infinities, the smallest, every order of bytes."""
    signalling = np.array([0x7FF0000000000001, 0xFFF8000000000123], dtype=np.uint64).view(np.float64)
    curve = np.array([[0.0, -0.0], [np.inf, -np.inf], [5e-324, 1.7e308], signalling])  # (4, 2)
    return Outcome(
        steps=np.array([0, 1, 10, 2**40]),
        curves={"train/loss": curve, "slope/layer1": np.asfortranarray(curve), "ünï <b>/∂": curve[:, :0]},
        values={"steps_to_threshold": np.array([np.inf, 3.0]), "diverged_step": np.array([np.nan, 7.0])},
        snapshots={"W1": np.full((4, 1, 3, 2), 0.1, dtype=np.float32), "b1": np.zeros((4, 1, 3, 1), np.float32)},
    )


def test_a_history_comes_back_bit_for_bit(tmp_path: Path) -> None:
    outcome = odd_outcome()
    save_history(tmp_path / "history.npz", outcome)
    back = load_history(tmp_path / "history.npz")
    assert back.steps.tobytes() == outcome.steps.tobytes()
    for field in ("curves", "values", "snapshots"):
        before, after = getattr(outcome, field), getattr(back, field)
        assert list(before) == list(after)
        for name, array in before.items():
            assert (array.dtype, array.shape) == (after[name].dtype, after[name].shape)
            assert array.tobytes() == after[name].tobytes()


def test_equal_outcomes_make_equal_files(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_history(tmp_path / name, odd_outcome())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_objects_are_refused_when_saved(tmp_path: Path) -> None:
    objects = Outcome(np.arange(1), {"c": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        save_history(tmp_path / "history.npz", objects)


def damaged(path: Path) -> None:
    np.savez(path, steps=np.arange(9000))
    content = bytearray(path.read_bytes())
    content[3000] ^= 255
    path.write_bytes(content)


def single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(3))


FOREIGN: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("steps: 3"),
    "pickle": lambda path: path.write_bytes(pickle.dumps({"steps": 1})),
    "cut": lambda path: path.write_bytes(b"PK\x03\x04 and no more"),
    "damaged": damaged,
    "single array": single_array,
    "other arrays": lambda path: np.savez(path, x=np.arange(3)),
    "objects": lambda path: np.savez(path, steps=np.array([{}], dtype=object)),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_history_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "history.npz"
    FOREIGN[kind](path)
    with pytest.raises(InputError, match=r"history\.npz: expected a history.npz of a run, got \w+$"):
        load_history(path)


def test_reading_a_history_needs_no_mlflow() -> None:
    assert not {"mlflow", "hydra", "matplotlib"} & loaded_by("sandbox.trial.outcome")


def test_the_threshold_is_crossed_between_the_right_probe_steps() -> None:
    steps = np.array([0, 10, 100, 1000])
    losses = np.array([[1.0, 0.1, 1.0], [0.8, 0.1, 1.0], [0.4, 0.1, 1.0], [0.2, 0.1, np.nan]])
    crossed = steps_to(steps, losses, 0.5)
    assert crossed[0] == pytest.approx(10 + 90 * 0.3 / 0.4)
    assert crossed[1] == 0 and np.isinf(crossed[2])


def test_what_held_while_a_network_lived_is_not_lost_with_it() -> None:
    curve = np.array([[0.0, 1.0], [3.0, 2.0], [np.nan, 5.0]])
    np.testing.assert_array_equal(while_alive(curve), [3.0, 5.0])
