"""Whatever is typed or handed in is answered: success, or exit code 2 and one line. Never a traceback, a hang, half a record.

FUZZED=2000 in the environment makes so many inputs in all; by default there are a few dozen of each kind.
"""

import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.data.datasets import DATASETS
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import INITIALISERS
from sandbox.nn.outputs import OUTPUTS
from sandbox.nn.probes import PROBES

FUZZED = int(os.environ.get("FUZZED", "72"))
LONGEST = 60  # seconds for one answer, on a machine with much else to do
fuzzing = settings(
    deadline=None, derandomize="FUZZED" not in os.environ, database=None, suppress_health_check=list(HealthCheck)
)

TINY = ("tracking=none", "steps=3", "replicates=2", "probes.count=3")


def answer(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, run in this process."""
    from sandbox.commands.run import main

    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["sandbox", *arguments]
    code = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def check(*arguments: str) -> int:
    begun = time.monotonic()
    code, _, err = answer(*arguments)
    assert time.monotonic() - begun < LONGEST, arguments
    assert code in (0, 2), (arguments, code, err)
    if code == 2:
        assert err.startswith("error: ") and err.count("\n") == 1 and len(err) < 2000, (arguments, err)
    else:
        assert err == "", (arguments, err)
    return code


# The command line -----------------------------------------------------------------------------------------------------

NAMES = {
    "activation": ACTIVATIONS, "output": [*OUTPUTS, "auto"], "engine": ["auto", "numpy"], "dataset": DATASETS,
    "init": [*INITIALISERS, "file"], "experiment": ["symmetry", "depth"], "tracking": ["local", "none"], "on_error": ["stop", "continue"],
}  # fmt: skip
KEYS = (
    "hidden", "learning_rate", "steps", "threshold", "replicates", "first_replicate", "looks", "resume", "quick", "seed", "trial",
    "retries", "dataset.samples", "dataset.noise", "dataset.seed", "dataset.test_fraction", "dataset.standardise", "dataset.path",
    "dataset.label", "dataset.name", "dataset.task", "dataset.drop", "dataset.sep", "dataset.header", "dataset.encoding", "init.name", "init.scale", "init.path", "init.zero_layers", "probes.count", "probes.steps",
    "probes.names", "probes.snapshots", "probes", "init", "dataset", "tracking.figures", "tracking.kind", "tracking.offline",
    "trial.x", "hydra.job.name", "hydra.run.dir", "hydra.launcher", "hydra/launcher", "hydra.sweeper.params",
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 10**12]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["1e-300", "1e300", "1e6", "-0.0", "1e400", "nan", "inf", ".5", "0x10", "1_000"]),
).map(str)
TEXT = st.one_of(
    st.text(max_size=12),
    st.text("{}[](),:='\"\\$ +-~@/.#!&*?|<>%\n\t", max_size=12),
    st.sampled_from(
        ["null", "true", "", "''", "[]", "{}", "[[1]]", "[1,2]", "[a,b]", "{a: 1}", "${seed}", "${oc.env:HOME}", "???", "1,2", "range(3)",
         "choice(1,2)", "glob(*)", "a=b", "~", "\x00", "\u202e", "😀", "<script>", "../..", "!!python/name:os.system", "interval(0,1)"]
    ),
)  # fmt: skip
VALUES = st.one_of(
    NUMBERS, TEXT, st.sampled_from(sorted({name for names in NAMES.values() for name in names} | {*PROBES}))
)
SIGNS = st.sampled_from(["", "", "", "", "+", "++", "~"])
OVERRIDES = st.one_of(
    st.tuples(st.sampled_from([*NAMES]).flatmap(lambda key: st.tuples(st.just(key), st.sampled_from(sorted(NAMES[key])))))
    .map(lambda pair: f"{pair[0][0]}={pair[0][1]}"),
    st.tuples(SIGNS, st.sampled_from([*KEYS, *NAMES]), VALUES).map(lambda parts: f"{parts[0]}{parts[1]}={parts[2]}"),
    st.tuples(SIGNS, TEXT, VALUES).map(lambda parts: f"{parts[0]}{parts[1]}={parts[2]}"),
    TEXT,
)  # fmt: skip


def safe(word: str) -> bool:
    """Not an option of Hydra's that only prints, nor a folder elsewhere; those are its own business."""
    return (
        not word.startswith("-") and "\x00" not in word and "hydra.run.dir" not in word and "tracking" not in word[:12]
    )


@settings(fuzzing, max_examples=FUZZED // 2)
@given(st.lists(OVERRIDES.filter(safe), min_size=1, max_size=4), st.booleans())
def test_any_override_is_understood_or_refused(overrides: list[str], sweep: bool) -> None:
    with inside_a_folder():
        check(*(["-m"] if sweep else []), "dataset.samples=30", *TINY, *overrides)
        assert [*Path().iterdir()] == []


@contextmanager
def inside_a_folder() -> Iterator[Path]:
    before = Path.cwd()
    with TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


# Files ----------------------------------------------------------------------------------------------------------------

DTYPES = st.sampled_from(["f8", "f4", "f2", "i8", "u1", "?", "c16", "U3", "S3", "M8[s]", "O", "f16", ">f8"])
SHAPES = st.lists(st.integers(0, 6), max_size=3).map(tuple)


@st.composite
def arrays(draw: Any) -> np.ndarray[Any, Any]:
    shape, dtype = draw(SHAPES), draw(DTYPES)
    numbers = np.array(draw(st.lists(st.one_of(st.integers(-3, 3), st.floats()), min_size=1, max_size=8)))
    array = np.resize(numbers, shape)
    with np.errstate(all="ignore"):
        return array.astype("f8").astype(dtype) if dtype != "M8[s]" else np.zeros(shape, dtype)


@st.composite
def archives(draw: Any, names: tuple[str, ...]) -> bytes:
    """An .npz with about these arrays, some of them plausible, then perhaps damaged."""
    file = io.BytesIO()
    found: dict[str, Any] = {}
    m = draw(st.integers(1, 12))
    plausible = {
        "X": np.arange(2.0 * m).reshape(m, 2), "y": np.arange(m) % 2, "W1": np.ones((4, 2)), "b1": np.zeros(4), "W2": np.ones((1, 4)), "b2": np.zeros(1)
    }  # fmt: skip
    for name in names:
        what = draw(st.integers(0, 6))
        if what > 0:
            found[name] = plausible[name] if what > 1 else draw(arrays())
    if draw(st.booleans()):
        found[draw(st.text(st.characters(codec="utf-8", exclude_characters="/\\\x00"), min_size=1, max_size=5))] = draw(
            arrays()
        )
    with zipfile.ZipFile(file, "w", draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))) as archive:
        for name, array in found.items():
            inner = io.BytesIO()
            np.save(inner, array, allow_pickle=True)
            archive.writestr(f"{name}.npy", inner.getvalue())
    return damaged(draw, file.getvalue())


def damaged(draw: Any, content: bytes) -> bytes:
    how = draw(st.integers(0, 5))
    if how == 0 and content:
        return content[: draw(st.integers(0, len(content)))]
    if how == 1 and content:
        changed = bytearray(content)
        for _ in range(draw(st.integers(1, 4))):
            changed[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
        return bytes(changed)
    return content


CELLS = st.one_of(st.integers(-5, 5).map(str), st.floats().map(str), st.sampled_from(["", " ", "nan", "NA", "yes", "no", '"a,b"', "1e999", "é", "<b>", "\x00"]), st.text(max_size=4))  # fmt: skip


@st.composite
def tables(draw: Any) -> bytes:
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(0, 8))
    plain = draw(st.booleans())
    cell = st.integers(-5, 5).map(str) if plain else CELLS
    header = [f"c{i}" for i in range(columns)] if draw(st.booleans()) else [draw(CELLS) for _ in range(columns)]
    lines = [",".join(header)]
    for i in range(rows):
        cells = [draw(cell) for _ in range(columns)]
        lines.append(
            ",".join(
                [*cells[:-1], str(i % 2)] if plain else cells[: draw(st.sampled_from([columns, columns, columns - 1]))]
            )
        )
    return damaged(
        draw,
        draw(st.sampled_from(["\n", "\r\n", "\r"]))
        .join(lines)
        .encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])), "replace"),
    )


def check_file(suffix: str, content: bytes, *arguments: str) -> None:
    with inside_a_folder() as folder:
        (folder / f"given{suffix}").write_bytes(content)
        check(*TINY, *(argument.replace("FILE", f"given{suffix}") for argument in arguments))
        assert [path.name for path in folder.iterdir()] == [f"given{suffix}"]


@settings(fuzzing, max_examples=FUZZED // 6)
@given(archives(("X", "y")))
def test_any_archive_is_a_dataset_or_refused(content: bytes) -> None:
    check_file(".npz", content, "dataset=file", "dataset.path=FILE")


@settings(fuzzing, max_examples=FUZZED // 6)
@given(tables(), st.sampled_from([(), ("dataset.label=c0",), ("dataset.label='é,'",)]))
def test_any_table_is_a_dataset_or_refused(content: bytes, label: tuple[str, ...]) -> None:
    check_file(".csv", content, "dataset=file", "dataset.path=FILE", *label)


@settings(fuzzing, max_examples=FUZZED // 6)
@given(archives(("W1", "b1", "W2", "b2")))
def test_any_archive_is_given_weights_or_refused(content: bytes) -> None:
    check_file(".npz", content, "dataset.samples=30", "init=file", "init.path=FILE")


def test_what_is_no_file_is_refused_and_not_waited_for() -> None:
    with inside_a_folder() as folder:
        os.mkfifo(folder / "pipe.csv")
        (folder / "folder.npz").mkdir()
        for name in ("pipe.csv", "folder.npz", "/dev/zero", "/proc/self/mem", "none.csv"):
            assert check(*TINY, "dataset=file", f"dataset.path={name}") == 2
