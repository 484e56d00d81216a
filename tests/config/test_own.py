"""Parts of the user's own: named by the user and by nobody else, checked on arrival, and counted in the digest."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sandbox
from sandbox.commands import replay
from sandbox.config import own
from sandbox.config.arrival import ARRIVALS
from sandbox.config.compose import from_yaml
from sandbox.interface.settings import configured
from sandbox.nn.activations import ACTIVATIONS, Activation
from sandbox.nn.initialisers import INITIALISERS
from sandbox.nn.outputs import OUTPUTS, Output
from sandbox.nn.probes import PROBES
from sandbox.sweep.recorder import recorded_yaml
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup
from sandbox.trial.digest import run_digest

Command = Callable[..., Any]
SMALL: dict[str, Any] = {"hidden": [3], "steps": 20, "replicates": 2, "probes__count": 4}
TYPED = ("hidden=[3]", "steps=20", "replicates=2", "probes.count=4")
MINE = '''"""Mine."""
import numpy as np
import beside
open("imported", "a").close()

def wave(z):
    """A wave."""
    return np.sin(beside.K * z)

def wave_derivative(z):
    return beside.K * np.cos(beside.K * z)  # by the chain rule

def draw(rng, n_out, n_in):
    return rng.laplace(size=(n_out, n_in))

def ring(samples, seed):
    X = np.random.default_rng(seed).normal(size=(samples, 2))
    return X, np.hypot(*X.T) > 1.2

def largest(s, l):
    return np.abs(s.parameters[l - 1].weights).max(axis=(-2, -1))
'''
WORDS = [
    "activation=mine.py:wave",
    "init=mine.py:draw",
    "dataset=mine.py:ring",
    "dataset.samples=40",
    "probes.names=[train/loss,mine.py:largest]",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody works, with two files of theirs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sandbox.config.own._allowed", {})
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "beside.py").write_text("K = 1.5\n")
    return tmp_path


def test_what_a_file_holds_is_trained_measured_and_recorded_and_replays_where_the_file_is_named(
    folder: Path,
    command: Command,
    store_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert command(*WORDS, *TYPED, "tracking.figures=false").code == 0
    records = sandbox.load(store_folder, own=["mine.py"])
    assert isinstance(records, sandbox.Records)
    (run_id,) = records.table.index
    run = sandbox.load(run_id, record=store_folder)
    assert isinstance(run, sandbox.Run) and run.replay().identical
    assert run.network.hidden[0].function(np.array(1.0)) == np.sin(1.5) and "largest/layer1" in run.outcome.curves

    def replayed(*options: str) -> tuple[int, str]:
        monkeypatch.setattr("sandbox.config.own._allowed", {})
        monkeypatch.setattr(sys, "argv", ["sandbox replay", run_id, *options, f"tracking.directory={store_folder}"])
        with pytest.raises(SystemExit) as end:
            replay.main()
        return int(end.value.code or 0), "".join(capfd.readouterr())

    code, said = replayed()
    assert code == replay.BROKEN  # as where several are replayed, of which the others go on
    assert "activation: expected a file that was named by you" in said
    assert replayed("--own", "mine.py")[0] == replay.IDENTICAL
    (folder / "beside.py").write_text("K = 1.625\n")  # Python takes one of equal size and second for the same file
    code, said = replayed("--own", "mine.py")
    assert code == replay.DIFFERENT and "parts of your own: " in said and "code that computes" not in said
    again = sandbox.load(run_id, record=store_folder, own=["mine.py"])
    assert isinstance(again, sandbox.Run) and "parts of your own: " in repr(again.replay())


def test_its_code_counts_in_the_digest_and_its_comments_do_not(folder: Path) -> None:
    def digest() -> str:
        return run_digest(Setup(configured([*WORDS, *TYPED, "tracking=none"])))

    before = digest()
    (folder / "mine.py").write_text(MINE.replace("A wave.", "A swell.").replace("  # by the chain rule", ""))
    assert digest() == before
    (folder / "beside.py").write_text("K = 1.625\n")
    assert digest() != before
    (folder / "beside.py").write_text("K = 1.5\n")
    assert digest() == before, "wherever the file lies, and whatever was imported between"
    (folder / "beside.py").unlink()
    (folder / "beside").mkdir()
    (folder / "beside" / "__init__.py").write_text("from beside.depth import K\n")
    digests = []
    for value in (1.5, 1.6):
        (folder / "beside" / "depth.py").write_text(f"K = {value}\n")
        digests.append(digest())
    assert len({before, *digests}) == 3, "a folder counts with all that it holds"


def test_no_file_is_imported_that_only_a_record_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = recorded_yaml(configured([*WORDS, *TYPED, "tracking=none"]))
    assert str(folder / "mine.py") in text and (folder / "imported").exists()
    (folder / "imported").unlink()
    (folder / "mine.py").write_text(f"{MINE}\n")
    monkeypatch.setattr("sandbox.config.own._allowed", {})
    monkeypatch.setattr("sandbox.config.own._loaded", {})
    for words in (text, text.replace("mine.py", "other.py")):
        with pytest.raises(InputError, match=r"expected a file that was named by you, got"):
            from_yaml(words)
    assert not (folder / "imported").exists()


def test_parts_from_python_are_used_and_never_listed_among_ours() -> None:
    before = [list(table) for table in (ACTIVATIONS, OUTPUTS, INITIALISERS, PROBES)]
    bend = (np.arctan, lambda z: 1.0 / (1.0 + z * z))
    sweep = sandbox.sweep(
        activation=["tanh", bend], init=["normal", lambda rng, n, m: rng.laplace(size=(n, m))], **SMALL
    )
    assert len(sweep) == 4 and {"own:arctan"} < set(sweep.table["activation"])
    assert sweep[3].replay().identical
    assert [list(table) for table in (ACTIVATIONS, OUTPUTS, INITIALISERS, PROBES)] == before
    with pytest.raises(InputError, match=r"^workers: expected 1 beside parts of your own"):
        sandbox.sweep(activation=["tanh", bend], workers=2, **SMALL)
    with pytest.raises(
        InputError, match=r"^activation: expected a part that was handed over in this process, got 'own:gone'"
    ):
        sandbox.run(activation="own:gone", **SMALL)


def _wave(k: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def g(z: Any) -> Any:
        return np.sin(k * z)

    def slope(z: Any) -> Any:
        return k * np.cos(k * z)

    return g, slope


def test_functions_that_do_something_else_are_other_parts_whatever_they_are_called() -> None:
    waves = [
        (lambda z: np.sin(2 * z), lambda z: 2 * np.cos(2 * z)), (lambda z: np.sin(3 * z), lambda z: 3 * np.cos(3 * z)),
        *(((lambda z, k=k: np.sin(k * z)), (lambda z, k=k: k * np.cos(k * z))) for k in (4, 5)),
    ]  # fmt: skip
    names = [own.hand_over("activation", wave, "wave") for wave in (*waves, *waves)]
    assert len({*names[:4]}) == 4 and names[:4] == names[4:]
    first, second, third = (sandbox.run(activation=_wave(k), **SMALL) for k in (1.0, 2.0, 1.0))
    assert first.config.activation == third.config.activation != second.config.activation
    assert first.replay().identical and run_digest(first.setup) != run_digest(second.setup)


def test_the_fused_engine_leaves_an_activation_of_the_users_own_to_the_reference() -> None:
    bend = (np.arctan, lambda z: 1.0 / (1.0 + z * z))
    fused, numpy = (sandbox.run(activation=bend, engine=engine, **SMALL) for engine in ("fused", "numpy"))
    assert fused.table["train/loss"].tolist() == numpy.table["train/loss"].tolist()


def test_an_experiment_of_the_users_own_is_swept_and_judged(folder: Path) -> None:
    (folder / "small.py").write_text('''"""Do small weights help here?"""
from sandbox.claims.claim import Claim, Interval
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment

SWEEP = {"init.scale": "0.01,1.0", "dataset": "moons,circles"}
LOSS = Paired("train/loss", {"init.scale": 0.01}, {"init.scale": 1.0})
EXPERIMENT = Experiment((Claim("small", "They do.", "own", Interval(0.9, 1.0), "nearly always", LOSS, "none", strata=("dataset",)),))
''')
    small = sandbox.experiment("small.py", tracking__figures=False, **(SMALL | {"replicates": 8}))
    assert (
        small.varied == ["dataset", "init.scale"] and small.verdicts.index.tolist() == ["small"] and not small.unjudged
    )


def _good(z: Any) -> Any:
    return z * z


OUTPUT = OUTPUTS["identity"]


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("activation", (np.sin, lambda z: np.cos(z) + 1e-3), "a derivative that is the function's slope, got "),
        ("activation", (np.sin, lambda z: np.cos(z[0])), "finite slopes of shape (2, 3, 50) in float64, got (3, 50)"),
        ("activation", (np.log, lambda z: 1 / z), "finite values of shape"),
        ("activation", Activation(_good, lambda z, a: z, 1.0, ""), "a derivative that is the function's slope, got "),
        ("activation", np.sin, "a function and its derivative, (g, slope), got ufunc"),
        ("output", Output(OUTPUT.function, OUTPUT.inverse, OUTPUT.cost, lambda a, y: 2 * (a - y), OUTPUT.kinds, ""), "a delta that is the slope of the cost"),
        ("init", lambda rng, n, m: np.random.default_rng().normal(size=(n, m)), "the same weights from the same generator"),
        ("init", lambda rng, n, m: rng.normal(size=(m, n)), "finite weights of shape (3, 2)"),
        ("dataset", lambda samples: (np.random.default_rng().normal(size=(samples, 2)), np.arange(samples) % 2), "the same samples from the same seed"),
        ("dataset", lambda size: None, "a function of samples, noise and seed, or fewer, got one of size"),
        ("probe", lambda s: 1.0, "finite numbers, one per network, of shape (4,)"),
        ("probe", lambda s: s.nothing, "a function that can be called, got AttributeError"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value encountered in log")
def test_what_is_wrong_is_refused_on_arrival_with_its_error(kind: str, given: Any, said: str) -> None:
    with pytest.raises(InputError) as mistake:
        ARRIVALS[kind](given, "mine.py:part")
    assert str(mistake.value).startswith(f"mine.py:part: expected {said}") and "\n" not in str(mistake.value)


@pytest.mark.parametrize("kind", ["activation", "output", "init", "probe"])
def test_whatever_our_tables_hold_would_be_let_in(kind: str) -> None:
    table: dict[str, Any] = {"activation": ACTIVATIONS, "output": OUTPUTS, "init": INITIALISERS, "probe": PROBES}
    for name, record in table[kind].items():
        if name.startswith("validation/"):  # of samples that the trial network lacks
            continue
        assert ARRIVALS[kind](record, name) is record


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("activation=mine.py:wav", "mine.py: expected something called 'wav', got none"),
        ("activation=none.py:g", "activation: expected a file that can be read, got 'none.py'"),
        ("activation=broken.py:g", "activation: expected a file that can be imported, got ZeroDivisionError: division by zero from broken.py"),
        ("activation=odd.py:g", "activation: expected Python in odd.py, got "),
        ("+experiment=mine.py", "experiment: expected EXPERIMENT in mine.py, got none"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_one_line(word: str, said: str, folder: Path, command: Command) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    (folder / "odd.py").write_text("def g(:\n")
    answer = command(word, "tracking=none")
    assert answer.code == 2 and answer.err.startswith(f"error: {said}") and answer.err.count("\n") == 1
