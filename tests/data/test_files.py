"""Files from outside: right ones are read to the bit, wrong ones refused in one line, damaged ones never more than that."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.data.files import load_weights, read_samples
from sandbox.data.generators import Samples
from sandbox.data.npz import digest
from sandbox.data.reading import Reading
from sandbox.system.errors import InputError

FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def npz(path: Path, **arrays: Any) -> str:
    np.savez(path / "data.npz", **arrays)
    return str(path / "data.npz")


def csv(path: Path, text: str | bytes) -> str:
    (path / "data.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path / "data.csv")


def bits(samples: Samples) -> tuple[Any, ...]:
    return samples.X.tobytes(), np.asarray(samples.labels, float).tobytes(), samples.classes


def outcome(path: str) -> Samples | str:
    try:
        return read_samples(path)
    except InputError as problem:
        return str(problem)


def message_of(path: str, **settings: Any) -> str:
    with pytest.raises(InputError) as raised:
        read_samples(path, Reading(**settings))
    message = str(raised.value)
    assert message.isprintable()  # which leaves one line, and nothing a terminal would obey
    assert len(message) < 800
    return message


# Data, read


@pytest.mark.parametrize("labels", [["b", "a", "c", "a"], [2, 0, 1, 0], [0.1, -1e-300, 1e300, 1 / 3]])
def test_csv_and_npz_give_the_same_bits(tmp_path: Path, labels: list[Any]) -> None:
    X = np.random.default_rng(0).standard_normal((4, 2)) * [1e-200, 1e200]
    rows = [f"{float(a)!r},{float(b)!r},{label}" for (a, b), label in zip(X, labels, strict=True)]
    from_csv = read_samples(csv(tmp_path, "\n".join(["p,q,kind", *rows])))
    from_npz = read_samples(npz(tmp_path, X=X, y=np.array(labels)))
    assert bits(from_csv) == bits(from_npz)
    assert np.array_equal(from_csv.X, X)
    assert from_csv.features == ("p", "q")
    assert from_npz.features == ("x1", "x2")


KINDS: list[tuple[Any, tuple[str, ...]]] = [
    (["no", "yes", "no"], ("no", "yes")),
    (["c", "a", "None"], ("None", "a", "c")),
    ([True, False, True], ("False", "True")),
    ([0, 1, 1], ("0", "1")),
    ([10, 9, 100, 10, 9, 100], ("9", "10", "100")),  # by value, not as text
    ([10, 9, 100], ()),  # none occurs twice
    ([-1, 1, 1], ("-1", "1")),
    (np.array([1, 3, 3], np.uint8), ("1", "3")),
    ([0.0, 1.0, 1.0], ("0", "1")),
    ([-0.0, 1.0, 1.0], ("0", "1")),
    ([0.5, 1.5, 1.5], ()),
    ([1.0, 2.0, 3.0], ()),
    (2 * list(range(20)), tuple(map(str, range(20)))),
    (2 * list(range(21)), ()),
    ([1.0, 2.0, 3.0, 1.0, 2.0, 3.0], ("1", "2", "3")),
    ([-1_000_000, 1_000_000], ("-1000000", "1000000")),
]


@pytest.mark.parametrize(("labels", "classes"), KINDS)
def test_what_labels_are_follows_from_how_they_look(tmp_path: Path, labels: Any, classes: tuple[str, ...]) -> None:
    X = np.arange(len(labels))[:, None]
    text = "x,y\n" + "\n".join(f"{i},{label}" for i, label in enumerate(np.array(labels).tolist()))
    for samples in (read_samples(npz(tmp_path, X=X, y=np.array(labels))), read_samples(csv(tmp_path, text))):
        assert samples.classes == classes
        named = [classes[k] for k in samples.labels] if classes else samples.labels.tolist()
        expected = [str(int(v)) if isinstance(v, float) and classes else v for v in np.array(labels).tolist()]
        assert named == ([str(v) for v in expected] if classes else expected)


def test_a_named_column_or_array_is_the_label(tmp_path: Path) -> None:
    from_csv = read_samples(csv(tmp_path, "who,a,b\nx,1,2\ny,3,4\n"), Reading(label="who"))
    assert from_csv.features == ("a", "b")
    assert from_csv.classes == ("x", "y")
    assert np.array_equal(from_csv.X, [[1, 2], [3, 4]])
    from_npz = read_samples(npz(tmp_path, X=[[1], [2]], y=[0.0, 0.5], who=["x", "y"]), Reading(label="who"))
    assert from_npz.classes == ("x", "y")


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "uint64", "bool", ">f8"])
def test_features_of_any_numeric_type_become_float64(tmp_path: Path, dtype: str) -> None:
    samples = read_samples(npz(tmp_path, X=np.array([[0, 1], [1, 1]], dtype=dtype), y=["u", "v"]))
    assert samples.X.dtype == np.float64
    assert np.array_equal(samples.X, [[0, 1], [1, 1]])


def test_compressed_and_column_major_arrays_are_read_too(tmp_path: Path) -> None:
    X = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    np.savez_compressed(tmp_path / "data.npz", X=X, y=["u", "v", "u"])
    assert np.array_equal(read_samples(str(tmp_path / "data.npz")).X, X)


# Data, refused

Y = ["u", "v"]
BAD_NPZ: list[tuple[dict[str, Any], str | None, str]] = [
    (
        {"y": Y},
        None,
        "dataset.path: expected an array X (m, n_x), got 'y' in 'data.npz'; store it under that name: numpy.savez(",
    ),
    ({"X": [[1], [2]]}, None, "dataset.label: expected an array besides X, got 'y'"),
    ({"X": [[1], [2]], "labels": Y}, "label", "got 'label'; did you mean 'labels'?"),
    ({"X": [[1], [2]], "y": Y}, "X", "dataset.label: expected an array besides X, got 'X'"),
    ({"X": [1, 2], "y": Y}, None, "got (2,); make a lone feature a column: X.reshape(-1, 1)"),
    ({"X": [[1], [2]], "y": [Y]}, None, "expected 'y' of shape (m,), got (1, 2); store y.ravel()"),
    ({"X": [[1], [2]], "y": [[0], [1]]}, None, "expected 'y' of shape (m,), got (2, 1); store y.ravel()"),
    (
        {"X": [[1], [2], [3]], "y": np.eye(3)},
        None,
        "got (3, 3), one-hot as it seems; store the numbers of the classes: y.argmax(axis=1)",
    ),
    (
        {"X": np.ones((5, 1)), "y": np.eye(3)[:, [0, 1, 2, 0, 1]]},
        None,
        "one-hot as it seems; store the numbers of the classes: y.argmax(axis=0)",
    ),
    ({"X": [[1], [2]], "y": [[0.5, 2], [1, 1]]}, None, "got (2, 2); store one label for each row of X"),
    (
        {"X": np.zeros((2, 8, 8)), "y": Y},
        None,
        "got (2, 8, 8); if these are pictures, X.reshape(len(X), -1) makes a row of each",
    ),
    ({"X": np.zeros((8, 8, 2)), "y": Y}, None, "if these are pictures, numpy.moveaxis(X, -1, 0).reshape(m, -1)"),
    ({"X": [[1, 2, 3]], "y": ["u", "v", "w"]}, None, "got 3 for 1; store X.T, with a sample a row"),
    ({"X": [[1], [2]], "y": ["u", "v", "w"]}, None, "got 3 for 2; store one label for each row of X"),
    ({"X": [[1, 2], [3, np.nan]], "y": Y}, None, "got nan in row 2, column 2 of 'X' in 'data.npz'; 1 such values"),
    (
        {"X": [[1, np.inf], [-np.inf, 0]], "y": Y},
        None,
        "got inf in row 1, column 2 of 'X' in 'data.npz'; 2 such values",
    ),
    ({"X": [[1], [2]], "y": [0.5, np.nan]}, None, "expected finite numbers, got nan in row 2 of 'y'"),
    ({"X": np.array([[np.longdouble("1e400")], [1]]), "y": Y}, None, "in row 1, column 1 of 'X'"),
    ({"X": np.array([[1], [None]]), "y": Y}, None, "expected numbers, got pickled objects as 'X' in 'data.npz'"),
    ({"X": [[1], [2]], "y": np.array(["u", 2], object)}, None, "expected numbers, got pickled objects as 'y'"),
    ({"X": [["1"], ["2"]], "y": Y}, None, "expected real numbers, got '<U1' as 'X'"),
    ({"X": [[1j], [2]], "y": Y}, None, "expected real numbers, got 'complex128' as 'X'"),
    ({"X": [[1], [2]], "y": [b"u", b"v"]}, None, "expected real numbers or text (str), got '|S1' as 'y'"),
    ({"X": np.zeros((2, 1), "f8,i4"), "y": Y}, None, "expected real numbers, got"),
    ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, None, "expected at least one sample and one feature, got 0 and 2"),
    ({"X": np.zeros((2, 0)), "y": Y}, None, "expected at least one sample and one feature, got 2 and 0"),
    ({"X": [[1], [2]], "y": ["u", "u"]}, None, "expected at least two different labels, got only 'u'"),
    ({"X": [[1], [2]], "y": [7, 7]}, None, "expected at least two different labels, got only '7'"),
    ({"X": [[1]], "y": [0.5]}, None, "expected at least two different labels, got only '0.5'"),
    ({"X": [[1], [2]], "y": ["u", ""]}, None, "expected a label for every sample, got '' in row 1 of 'y'"),
    ({"X": np.zeros((101, 1)), "y": [f"n{i}" for i in range(101)]}, None, "expected at most 100 classes, got 101"),
    ({"X": [[1], [2]], "y": ["u", "\ud800"]}, None, "expected a sound file, got 'data.npz' with \"UnicodeEncodeError"),
    ({}, None, "expected arrays with different names, got 'none'"),
]


@pytest.mark.parametrize(("arrays", "label", "message"), BAD_NPZ)
def test_a_wrong_npz_is_refused(tmp_path: Path, arrays: dict[str, Any], label: str | None, message: str) -> None:
    assert message in message_of(npz(tmp_path, **arrays), label=label)


BAD_CSV: list[tuple[str | bytes, str]] = [
    (b"PK\x03\x04\x80\x81", "got a zip archive or an Excel sheet"),
    (b"a,y\n1,\xff\n", "expected UTF-8, got something else in line 2"),
    (b"\x1f\x8b\x08\x00broken", "expected a sound file"),
    ("a,y\n1," + "u" * 200_000 + "\n2,v\n", "expected a sound file, got 'data.csv' with 'Error: field larger"),
    ('a,"y\n1"\n1,u\n2,v\n3,w', r"one of: a, y\n1"),
]


@pytest.mark.parametrize(("text", "message"), BAD_CSV)
def test_a_wrong_csv_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    """What is not in the table of shapes."""
    assert message in message_of(csv(tmp_path, text), label="z")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing.csv", "dataset.path: expected a file that is there, got 'nothing.csv', seen from"),
        ("a\nb.csv", r"expected a file that is there, got 'a\nb.csv'"),
        ("folder.csv", "expected a file that is there, got 'folder.csv'"),
        ("/dev/zero", "expected a file that is there, got '/dev/zero'"),
        ("a\0.csv", r"got 'a\x00.csv'"),
        ("x" * 5000 + ".csv", "dataset.path: expected"),
        ("~nobody-of-that-name/a.csv", "got '~nobody-of-that-name/a.csv'"),
    ],
)
def test_a_wrong_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    assert message in message_of(path)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "exploded",))

    arrays = {"X": np.array([[Bomb()], [Bomb()]]), "y": Y}
    assert "pickled objects" in message_of(npz(tmp_path, **arrays))
    (tmp_path / "data.npz").write_bytes(pickle.dumps(Bomb()))
    assert "expected a sound file" in message_of(str(tmp_path / "data.npz"))
    assert not (tmp_path / "exploded").exists()


# Damage


def member(header: str, version: bytes = b"\x01\x00", body: bytes = b"") -> bytes:
    text = header.encode() + b"\n"
    length = len(text).to_bytes(2 if version == b"\x01\x00" else 4, "little")
    return b"\x93NUMPY" + version + length + text + body


def header(shape: str, descr: str = "'<f8'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            member(header("(2, 10**12)".replace("10**12", "1000000000000"))),
            "expected a sound file",
        ),
        (member(header("(1000000000000000000,)", "'<U0'")), "expected at most 256 MiB, got 1000000000000000000 values"),
        (member(header("(2, 3)"), body=bytes(40)), "expected a sound file"),
        (member(header("(-2, -3)"), body=bytes(48)), "expected a sound file"),
        (bytes(48), "no array"),
        (member(header("(2, 'x')"), body=bytes(48)), 'with "ValueError: shape is not valid'),
        (member(header("(2, 3)", "'O'")), "got pickled objects"),
        (member("-" * 9000 + "1"), "expected a sound file"),
        (member("(" * 9000), "expected a sound file"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(100), "expected a sound file"),
        (b"", "expected a sound file"),
        (b"plain text", "expected a sound file"),
    ],
)
def test_a_forged_array_is_refused_before_it_is_allocated(tmp_path: Path, content: bytes, message: str) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("X.npy", content)
        archive.writestr("y.npy", member(header("(2,)"), body=np.arange(2.0).tobytes()))
    assert message in message_of(str(tmp_path / "data.npz"))


def test_an_array_there_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        for name in ("X.npy", "X"):
            archive.writestr(name, member(header("(1, 1)"), body=bytes(8)))
    assert "expected arrays with different names, got 'X, X'" in message_of(str(tmp_path / "data.npz"))


def saved(*, compressed: bool) -> bytes:
    stream = io.BytesIO()
    X = np.arange(6.0).reshape(3, 2)
    (np.savez_compressed if compressed else np.savez)(stream, X=X, y=np.array(["u", "v", "u"]))
    return stream.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_npz_is_refused_wherever_it_ends(tmp_path: Path, compressed: bool) -> None:
    whole = saved(compressed=compressed)
    for length in range(1, len(whole)):
        (tmp_path / "data.npz").write_bytes(whole[:length])
        message_of(str(tmp_path / "data.npz"))


@FUZZ
@given(compressed=st.booleans(), place=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(
    tmp_path: Path, compressed: bool, place: float, byte: int
) -> None:
    content = bytearray(saved(compressed=compressed))
    content[int(place * len(content))] ^= byte
    (tmp_path / "data.npz").write_bytes(content)
    found = outcome(str(tmp_path / "data.npz"))
    if isinstance(found, str):
        assert found.isprintable()
    else:
        assert np.array_equal(found.X, np.arange(6.0).reshape(3, 2))
        assert found.classes == ("u", "v")


@FUZZ
@given(st.text() | st.text(alphabet='ab1.,-e\n\r" ', max_size=40) | st.binary())
def test_any_text_is_samples_or_one_line(tmp_path: Path, text: str | bytes) -> None:
    found = outcome(csv(tmp_path, text))
    if isinstance(found, str):
        assert found.isprintable()
    else:
        assert np.isfinite(found.X).all()
        assert len(found.X) == len(found.labels)
        assert found.X.shape[1] == len(found.features)


# Weights


def weights(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "W1": rng.standard_normal((3, 2)),
        "b1": rng.standard_normal(3),
        "W2": rng.standard_normal((1, 3)),
        "b2": rng.standard_normal((1, 1)),
    }
    return {name: array for name, array in (arrays | changes).items() if array is not None}


def test_given_weights_come_back_layer_by_layer(tmp_path: Path) -> None:
    arrays = weights()
    (W1, b1), (W2, b2) = load_weights(npz(tmp_path, **arrays), (2, 3, 1))
    assert np.array_equal(W1, arrays["W1"])
    assert np.array_equal(b1[:, 0], arrays["b1"])
    assert np.array_equal(W2, arrays["W2"])
    assert np.array_equal(b2, arrays["b2"])
    assert b1.shape == (3, 1)
    assert all(part.dtype == np.float64 for part in (W1, b1, W2, b2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"b2": None}, "expected W1, b1, W2, b2 for layers of 2-3-1 units, got 'data.npz' with b2 missing and 'none'"),
        ({"W3": [[1.0]], "b3": [0.0]}, "with none missing and 'W3, b3' to spare"),
        ({"W1": None, "w1": np.zeros((3, 2))}, "with W1 missing and 'w1' to spare"),
        ({"W1": np.zeros((4, 2))}, "expected W1 of shape (3, 2), got (4, 2)"),
        ({"W1": np.zeros((2, 3))}, "expected W1 of shape (3, 2), got (2, 3); transpose it"),
        ({"W1": np.zeros((1, 3, 2))}, "expected W1 of shape (3, 2), got (1, 3, 2)"),
        ({"b1": np.zeros((1, 3))}, "expected b1 of shape (3,) or (3, 1), got (1, 3)"),
        ({"b2": 0.0}, "expected b2 of shape (1,) or (1, 1), got ()"),
        ({"W2": [[0, np.nan, 0]]}, "expected finite numbers, got nan in row 1, column 2 of 'W2'"),
        ({"b1": [0, 0, -np.inf]}, "expected finite numbers, got -inf in row 3 of 'b1'"),
        ({"W2": np.array([[None] * 3])}, "expected numbers, got pickled objects as 'W2'"),
        ({"W2": [["a", "b", "c"]]}, "expected real numbers, got '<U1' as 'W2'"),
    ],
)
def test_wrong_weights_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        load_weights(npz(tmp_path, **weights(**changes)), (2, 3, 1))
    assert str(raised.value).startswith("init.path: ")
    assert message in str(raised.value)
    assert str(raised.value).isprintable()


def test_weights_are_read_from_npz_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"init\.path: expected a file ending in \.npz, got '.*data\.csv'"):
        load_weights(csv(tmp_path, "a,y\n1,2\n"), (2, 3, 1))
    with pytest.raises(InputError, match=r"init\.path: expected a file that is there"):
        load_weights(str(tmp_path / "nothing.npz"), (2, 3, 1))


def test_a_digest_tells_data_apart_by_any_bit_shape_or_type() -> None:
    a = np.arange(6.0)
    changed = a.copy()
    changed[3] = np.nextafter(3, 4)
    variants: list[dict[str, Any]] = [
        {"X": a},
        {"X": changed},
        {"X": a.reshape(2, 3)},
        {"X": a.astype(np.float32)},
        {"Y": a},
        {},
    ]
    assert len({digest(v) for v in variants}) == len(variants)
    assert digest({"X": np.asfortranarray(a.reshape(2, 3))}) == digest({"X": a.reshape(2, 3)})
