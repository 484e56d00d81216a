"""The properties of the data: known samples, a stratified split, a standardisation that sees the training part alone."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from omegaconf import OmegaConf
from sklearn.datasets import load_iris, make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sandbox.data.datasets import DATASETS, Data, load, split, standardised, understood
from sandbox.data.reading import Reading
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from tests.support.fresh import loaded_by

CONF = Path(__file__).parents[2] / "conf" / "dataset"
KNOWN = sorted(set(DATASETS) - {"file"})
SIZED = [name for name in KNOWN if DATASETS[name].samples is not None]
NOISY = [name for name in KNOWN if DATASETS[name].noise is not None]
CLASSES = [name for name in KNOWN if DATASETS[name].kind != "regression"]
OURS = ["checkerboard", "flower", "sine", "spirals", "xor"]


def raw(name: str, **settings: Any) -> Data:
    return load(name, test_fraction=0, standardise=False, **settings)


def class_of(Y: Array) -> NDArray[np.intp]:
    return np.asarray(Y.argmax(axis=0) if len(Y) > 1 else Y[0], dtype=np.intp)


def bits(data: Data) -> tuple[bytes, ...]:
    return tuple(part.tobytes() for part in (data.X, data.Y, data.X_test, data.Y_test))


@pytest.mark.parametrize("name", KNOWN)
def test_every_set_loads_with_its_declared_kind_and_shapes(name: str) -> None:
    data = load(name)
    n_x, n_y = len(data.features), len(data.classes) if data.kind == "multiclass" else 1
    assert data.name == name
    assert data.kind == DATASETS[name].kind
    assert data.X.shape == (n_x, data.X.shape[1])
    assert data.Y.shape == (n_y, data.X.shape[1])
    assert data.X_test.shape == (n_x, data.Y_test.shape[1])
    assert len(data.Y_test) == n_y
    for part in (data.X, data.Y, data.X_test, data.Y_test):
        assert part.dtype == np.float64
        assert part.flags.c_contiguous
        assert np.isfinite(part).all()


@pytest.mark.parametrize("name", CLASSES)
def test_labels_are_zero_or_one_and_every_class_is_there(name: str) -> None:
    data = raw(name)
    assert set(np.unique(data.Y)) == {0.0, 1.0}
    assert len(data.classes) == len(set(data.classes)) == (2 if data.kind == "binary" else len(data.Y))
    if data.kind == "multiclass":
        assert (data.Y.sum(axis=0) == 1).all()
        assert (data.Y.sum(axis=1) > 0).all()


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_configuration_repeats_the_table(name: str) -> None:
    text = (CONF / f"{name}.yaml").read_text()
    settings = OmegaConf.to_container(OmegaConf.create(text))
    assert text.startswith("# ")
    assert settings == {
        "name": name,
        "samples": DATASETS[name].samples,
        "noise": DATASETS[name].noise,
        "seed": 0,
        "test_fraction": None if name == "file" else 0.25,
        "validation_fraction": 0,
        "standardise": True,
        **({"path": None, "test_path": None, **asdict(Reading())} if name == "file" else {}),
    }


@pytest.mark.parametrize("name", KNOWN)
def test_same_seed_gives_the_same_bits_and_another_one_does_not(name: str) -> None:
    assert bits(load(name, seed=3)) == bits(load(name, seed=3))
    assert bits(load(name, seed=3)) != bits(load(name, seed=4))


@pytest.mark.parametrize("name", SIZED)
def test_as_many_samples_as_asked_for(name: str) -> None:
    data = load(name, samples=42)
    assert data.X.shape[1] + data.X_test.shape[1] == 42


@pytest.mark.parametrize("name", NOISY)
def test_noise_changes_the_samples(name: str) -> None:
    assert bits(raw(name, noise=0.5)) != bits(raw(name, noise=0.0))


def test_moons_are_those_of_scikit_learn() -> None:
    X, y = make_moons(100, noise=0.1, random_state=7)
    data = raw("moons", samples=100, noise=0.1, seed=7)
    assert np.array_equal(data.X, X.T)
    assert np.array_equal(data.Y, y[None])


def test_iris_is_one_hot_in_the_order_of_its_names() -> None:
    iris = load_iris()
    data = raw("iris")
    assert np.array_equal(data.Y.argmax(axis=0), iris.target)
    assert data.classes == ("setosa", "versicolor", "virginica")
    assert data.features[0] == "sepal length (cm)"


def test_two_digits_are_those_of_all_ten() -> None:
    pair, all_ten = raw("digits_3_8"), raw("digits")
    kept = np.isin(class_of(all_ten.Y), (3, 8))
    assert np.array_equal(pair.X, all_ten.X[:, kept])
    assert np.array_equal(pair.Y[0] == 1, class_of(all_ten.Y)[kept] == 8)


def test_hastie_is_one_beyond_the_median_radius_and_a_checkerboard_alternates() -> None:
    data = raw("hastie", samples=200)
    assert np.array_equal(class_of(data.Y), (np.square(data.X).sum(axis=0) > 9.34).astype(int))
    board = raw("checkerboard", samples=200, noise=0)
    assert np.array_equal(class_of(board.Y), np.floor(board.X).sum(axis=0).astype(int) % 2)


def test_bundled_diabetes_is_not_scaled_beforehand() -> None:
    assert raw("diabetes").X[0].min() >= 19  # years; scikit-learn would scale by all samples, the test part included


# Our own sets, against the formula they are named for


def test_xor_without_noise_is_its_truth_table() -> None:
    data = raw("xor", samples=4, noise=0)
    assert sorted(map(tuple, data.X.T)) == [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    assert np.array_equal(data.Y[0], (data.X.prod(axis=0) < 0))


def test_sine_has_noise_of_the_given_deviation() -> None:
    m, noise = 10_000, 0.3
    data = raw("sine", samples=m, noise=noise)
    residual = data.Y - np.sin(data.X)
    assert np.ptp(data.X) == pytest.approx(2 * np.pi, rel=0.01)
    assert abs(residual.mean()) < 5 * noise / np.sqrt(m)
    assert abs(residual.std() - noise) < 5 * noise / np.sqrt(2 * m)


def test_spirals_without_noise_are_half_a_turn_apart() -> None:
    data = raw("spirals", noise=0)
    r = np.hypot(*data.X)
    expected = 3 * np.pi * r + np.pi * data.Y[0]  # the angle at which that arm has that radius
    turn = np.exp(1j * (np.arctan2(data.X[1], data.X[0]) - expected))
    assert np.abs(turn - 1).max() < 1e-9  # the angle of a point near the centre is good to eps / r
    assert r.max() <= 1


def test_flower_without_noise_is_the_rose_with_signed_radius() -> None:
    data = raw("flower", noise=0)
    x, y = data.X
    t = np.arctan2(x, y) % np.pi  # both ends of a line through the centre have this angle
    petal = 4 * np.sin(4 * t)
    assert np.allclose(np.hypot(x, y), np.abs(petal), atol=1e-12)
    assert np.array_equal(data.Y[0], np.sign(x) != np.sign(petal))


@pytest.mark.parametrize("name", ["xor", "spirals", "flower", "moons", "circles", "blobs"])
def test_binary_toys_have_equal_classes(name: str) -> None:
    assert raw(name).Y.mean() == 0.5


# The split


@pytest.mark.parametrize("name", KNOWN)
def test_both_parts_together_are_all_samples_once(name: str) -> None:
    whole, parts = raw(name), load(name, standardise=False)
    together = np.hstack([np.vstack([parts.X, parts.Y]), np.vstack([parts.X_test, parts.Y_test])])
    assert sorted(map(tuple, together.T)) == sorted(map(tuple, np.vstack([whole.X, whole.Y]).T))


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("name", CLASSES)
def test_split_keeps_the_shares_of_the_classes_as_scikit_learn_does(name: str, fraction: float) -> None:
    labels = class_of(raw(name).Y)
    tested = class_of(load(name, test_fraction=fraction).Y_test)
    theirs = train_test_split(labels, test_size=fraction, stratify=labels, random_state=0)[1]
    ours, reference = np.bincount(tested), np.bincount(theirs)
    assert np.abs(ours - fraction * np.bincount(labels)).max() <= 0.5
    assert np.abs(ours - reference).max() <= 1  # they round so that the total is right, we class by class


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=60),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 2**32 - 1),
)
def test_split_is_complete_and_fair_or_refused(classes: list[int], fraction: float, seed: int) -> None:
    labels = np.unique(classes, return_inverse=True)[1]
    counts = np.bincount(labels)
    names = tuple(map(str, range(len(counts))))
    try:
        train, test = split(labels, names, fraction, seed)
    except InputError:
        tests = np.floor(fraction * counts + 0.5)
        assert (tests >= counts).any() or (fraction > 0 and tests.sum() == 0)
        return
    assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(labels)))
    assert (np.bincount(labels[train], minlength=len(counts)) > 0).all()
    assert np.abs(np.bincount(labels[test], minlength=len(counts)) - fraction * counts).max() <= 0.5


def test_split_of_a_regression_takes_its_share() -> None:
    train, test = split(np.linspace(0, 1, 101), (), 0.25, 0)
    assert len(test) == 25
    assert len(train) == 76


def test_split_depends_on_the_seed() -> None:
    labels = np.arange(100) % 2
    assert not np.array_equal(split(labels, ("a", "b"), 0.5, 0)[1], split(labels, ("a", "b"), 0.5, 1)[1])


def test_without_test_part_all_samples_are_trained_on() -> None:
    data = load("iris", test_fraction=0)
    assert data.X.shape == (4, 150)
    assert data.X_test.shape == (4, 0)
    assert data.Y_test.shape == (3, 0)


def test_a_truth_table_is_learnt_whole(tmp_path: Path) -> None:
    """Fewer than 20 samples are not split unless somebody asks for it."""
    path = tmp_path / "xor.csv"
    path.write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    data = load("file", path=str(path), test_fraction=None)
    assert (data.X.shape, data.X_test.shape) == ((2, 4), (2, 0))
    assert load("file", path=str(path), test_fraction=0.25).X_test.shape == (2, 2)
    assert understood(data) == (
        "xor.csv: 4 rows; 2 features; label in the last column, 'y': 2 classes (0 2, 1 2); all rows to train on, none to test"
    )


def test_what_was_understood_names_rows_features_label_kind_counts_and_split(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("kind;a\n" + "".join(f"{'xyz'[i % 3]};{i},5\n" for i in range(30)))
    data = load("file", path=str(path), reading=Reading(label="kind"), test_fraction=None)
    assert understood(data) == (
        "own.csv: 30 rows; 1 feature; label in column 0, 'kind': 3 classes (x 10, y 10, z 10); 21 rows to train on, 9 to test; "
        "separated by semicolons; decimal comma"
    )
    assert "numbers, a regression" in understood(load("diabetes"))


# The standardisation


@pytest.mark.parametrize("name", KNOWN)
def test_standardisation_is_that_of_scikit_learn_on_the_training_part(name: str) -> None:
    plain, scaled = load(name, standardise=False), load(name)
    constant = np.ptp(plain.X, axis=1) == 0
    scaler = StandardScaler().fit(plain.X.T)
    # sums of m <= 1500 numbers of size 1, off by at most about m eps = 3e-13
    assert np.allclose(scaled.X, scaler.transform(plain.X.T).T, atol=1e-12, rtol=1e-12)
    varying = ~constant
    assert np.allclose(scaled.X_test[varying], scaler.transform(plain.X_test.T).T[varying], atol=1e-12, rtol=1e-12)
    assert (scaled.X_test[constant] == 0).all()
    assert np.allclose(scaled.X[varying].std(axis=1), 1)


def test_targets_of_a_regression_are_standardised_and_classes_are_not() -> None:
    plain, scaled = load("diabetes", standardise=False), load("diabetes")
    scaler = StandardScaler().fit(plain.Y.T)
    assert np.allclose(scaled.Y, scaler.transform(plain.Y.T).T, atol=1e-12)
    assert np.allclose(scaled.Y_test, scaler.transform(plain.Y_test.T).T, atol=1e-12)
    assert np.array_equal(load("wine").Y, load("wine", standardise=False).Y)


def test_nothing_of_the_test_part_leaks_into_the_training_part(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), rng.standard_normal(40)
    _, test = split(y, (), 0.25, 0)
    trained = []
    for factor in (1, 1000):
        X[test] *= factor
        y[test] += factor
        np.savez(tmp_path / "data.npz", X=X, y=y)
        data = load("file", path=str(tmp_path / "data.npz"))
        trained.append((data.X.tobytes(), data.Y.tobytes()))
    assert trained[0] == trained[1]


def test_constant_features_become_zero_in_both_parts() -> None:
    train = np.array([[0.1] * 7, np.arange(7.0)])  # the mean of seven times 0.1 is not 0.1
    test = np.array([[0.1, 5.0], [3.0, 6.0]])
    scaled, tested = standardised(train, test)
    assert (scaled[0] == 0).all()
    assert (tested[0] == 0).all()
    assert tested[1, 1] > 1  # its neighbour is scaled as ever


@pytest.mark.parametrize("exponent", [-1000, -300, 300, 1000])
def test_standardisation_does_not_see_a_power_of_two(exponent: int) -> None:
    rng = np.random.default_rng(0)
    train, test = rng.uniform(1, 2, (2, 50)), rng.uniform(1, 2, (2, 10))
    scaled = standardised(np.ldexp(train, exponent), np.ldexp(test, exponent))
    for ours, plain in zip(scaled, standardised(train, test), strict=True):
        assert np.array_equal(ours, plain)


# What importing costs


@pytest.mark.parametrize("name", OURS)
def test_our_own_sets_do_without_heavy_imports(name: str) -> None:
    assert loaded_by("sandbox.data.datasets:load", name) == {"numpy"}


# Mistakes

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"name": "moon"}, "dataset: expected a known dataset, got 'moon'; did you mean 'moons'?"),
    ({"name": "\n"}, r"dataset: expected a known dataset, got '\n'"),
    ({"name": "moons", "samples": 0}, "dataset.samples: expected 4 to 1000000, got 0"),
    ({"name": "moons", "samples": 3}, "dataset.samples: expected 4 to 1000000, got 3"),
    ({"name": "moons", "samples": -400}, "dataset.samples: expected 4 to 1000000, got -400"),
    ({"name": "moons", "samples": 10**12}, "dataset.samples: expected 4 to 1000000, got 1000000000000"),
    ({"name": "moons", "noise": -0.1}, "dataset.noise: expected 0 to 1000000, got -0.1"),
    ({"name": "moons", "noise": float("nan")}, "dataset.noise: expected 0 to 1000000, got nan"),
    ({"name": "moons", "noise": float("inf")}, "dataset.noise: expected 0 to 1000000, got inf"),
    ({"name": "classification", "noise": 1.5}, "dataset.noise: expected 0 to 1, got 1.5"),
    ({"name": "moons", "seed": -1}, "dataset.seed: expected 0 to 4294967295, got -1"),
    ({"name": "moons", "seed": 2**32}, "dataset.seed: expected 0 to 4294967295, got 4294967296"),
    ({"name": "moons", "test_fraction": 1.0}, "dataset.test_fraction: expected 0 <= fraction < 1, got 1.0"),
    ({"name": "moons", "test_fraction": -0.1}, "dataset.test_fraction: expected 0 <= fraction < 1, got -0.1"),
    ({"name": "moons", "test_fraction": float("nan")}, "dataset.test_fraction: expected 0 <= fraction < 1, got nan"),
    ({"name": "moons", "test_fraction": 0.999}, "dataset.test_fraction: expected to leave a training sample of every"),
    ({"name": "sine", "test_fraction": 0.999}, "dataset.test_fraction: expected to leave a training sample of every"),
    ({"name": "moons", "test_fraction": 0.001}, "dataset.test_fraction: expected at least one test sample or 0, got"),
    ({"name": "iris", "samples": 100}, "dataset.samples: expected none for dataset=iris, got 100; iris comes with its"),
    (
        {"name": "iris", "noise": 0.0},
        "dataset.noise: expected none for dataset=iris, got 0.0; iris has no noise to set",
    ),
    ({"name": "gaussian_quantiles", "noise": 0.1}, "dataset.noise: expected none for dataset=gaussian_quantiles"),
    (
        {"name": "moons", "path": "a.npz"},
        "dataset.path: expected none for dataset=moons, got 'a.npz'; only dataset=file",
    ),
    (
        {"name": "moons", "reading": Reading(label="y")},
        "dataset.label: expected none for dataset=moons, got 'y'; only dataset=file has",
    ),
    ({"name": "moons", "reading": Reading(drop=())}, "dataset.drop: expected none for dataset=moons, got ()"),
    ({"name": "file"}, "dataset.path: expected a table in text (CSV) or an .npz, got none; add dataset.path=FILE"),
    ({"name": "file", "path": "a.npz", "samples": 9}, "dataset.samples: expected none for dataset=file, got 9"),
    ({"name": "file", "path": "a.npz", "noise": 1.0}, "dataset.noise: expected none for dataset=file, got 1.0"),
]


@pytest.mark.parametrize(("settings", "message"), MISTAKES)
def test_a_mistake_is_told_in_one_line(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        load(**settings)
    assert str(raised.value).startswith(message)
    assert len(str(raised.value).splitlines()) == 1


def test_test_values_beyond_any_scale_are_refused(tmp_path: Path) -> None:
    y = np.linspace(0, 1, 8)
    X = np.full((8, 1), 1e-300) * np.arange(8)[:, None]
    X[split(y, (), 0.25, 0)[1]] = 1e300
    np.savez(tmp_path / "data.npz", X=X, y=y)
    with pytest.raises(InputError, match=r"dataset\.standardise: expected test values .* got some too large"):
        load("file", path=str(tmp_path / "data.npz"))


@pytest.mark.parametrize("noise", [0.0, 1e6])
@pytest.mark.parametrize("name", NOISY)
def test_extreme_noise_gives_data_or_a_refusal(name: str, noise: float) -> None:
    most = DATASETS[name].most_noise
    for samples in (4, 5, 7):
        for seed in range(5):
            try:
                data = load(name, samples=samples, noise=min(noise, most), seed=seed)
            except InputError:
                continue
            assert np.isfinite(data.X).all()
            assert np.isfinite(data.Y).all()


@pytest.mark.parametrize("name", ["moons", "iris", "sine"])
def test_validation_samples_come_out_of_the_training_part_alone(name: str) -> None:
    whole, part = (load(name, validation_fraction=f, standardise=False) for f in (0.0, 0.25))
    assert whole.validation is None and part.validation is not None
    np.testing.assert_array_equal(part.X_test, whole.X_test)
    X, Y = part.validation
    together = {*map(tuple, part.X.T), *map(tuple, X.T)}
    assert together == set(map(tuple, whole.X.T)) and X.shape[1] + part.X.shape[1] == whole.X.shape[1]
    if part.classes:
        np.testing.assert_allclose(Y.mean(axis=1), whole.Y.mean(axis=1), atol=0.05)


def test_validation_samples_are_scaled_as_training_samples_are() -> None:
    raw_, scaled = (load("moons", validation_fraction=0.5, standardise=s) for s in (False, True))
    assert raw_.validation is not None and scaled.validation is not None
    X, (A, _), (B, _) = raw_.X, raw_.validation, scaled.validation
    np.testing.assert_allclose(B, (A - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True), atol=1e-12)


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 0.999, float("nan")])
def test_a_validation_part_that_cannot_be_is_refused(fraction: float) -> None:
    with pytest.raises(InputError, match="validation_fraction: expected"):
        load("moons", validation_fraction=fraction)
