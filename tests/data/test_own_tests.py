"""A file of its own to test on: read in the terms of the one that is trained on, or refused in one line."""

from pathlib import Path

import numpy as np
import pytest

from sandbox.data.datasets import load
from sandbox.data.reading import Reading
from sandbox.system.errors import InputError

TRAIN = "a,b,kind\n" + "".join(f"{i}.5,{i * i % 7},{'xyz'[i % 3]}\n" for i in range(30))


def files(tmp_path: Path, tests: str, train: str = TRAIN) -> tuple[str, str]:
    for name, text in (("train.csv", train), ("tests.csv", tests)):
        (tmp_path / name).write_text(text)
    return str(tmp_path / "train.csv"), str(tmp_path / "tests.csv")


def test_all_of_one_file_is_trained_on_and_all_of_the_other_tested_on(tmp_path: Path) -> None:
    path, tests = files(tmp_path, "a,b,kind\n3.5,1,z\n100,2,x\n5,6,z\n")
    data = load("file", path=path, test_path=tests, test_fraction=None, standardise=False)
    assert data.X.shape == (2, 30) and data.X_test.tolist() == [[3.5, 100, 5], [1, 2, 6]]
    assert data.Y_test.argmax(axis=0).tolist() == [
        2,
        0,
        2,
    ]  # by their number among the classes trained on: y is not there
    assert [rows.tolist() for rows in data.rows] == [list(range(30)), [0, 1, 2], []]
    scaled = load("file", path=path, test_path=tests, test_fraction=None)
    a = np.arange(30) + 0.5
    np.testing.assert_allclose(scaled.X_test[0], (np.array([3.5, 100, 5]) - a.mean()) / a.std())


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("a,c,kind\n1,2,x\n2,3,y\n", "expected the features of dataset.path, 'b', got 'c'"),
        ("b,a,kind\n1,2,x\n2,3,y\n", "expected the features of dataset.path, 'a', got 'b'"),
        ("a,b,c,kind\n1,2,3,x\n2,3,4,y\n", "expected the features of dataset.path, 'none', got 'c'"),
        ("a,b,class\n1,2,x\n2,3,y\n", "expected the label of dataset.path"),
        ("a,b,kind\n1,2,x\n2,3,w\n", "expected classes that dataset.path has, got 'w'"),
    ],
)
def test_another_table_is_refused_in_one_line(tmp_path: Path, tests: str, said: str) -> None:
    path, other = files(tmp_path, tests)
    with pytest.raises(InputError) as refused:
        load("file", path=path, test_path=other, test_fraction=None)
    assert str(refused.value).startswith("dataset.test_path: ") and said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_wrong_with_the_other_file_is_said_of_it(tmp_path: Path) -> None:
    path, _ = files(tmp_path, "")
    with pytest.raises(InputError, match=r"^dataset.test_path: "):
        load("file", path=path, test_path=str(tmp_path / "none.csv"), test_fraction=None, reading=Reading())


def test_it_belongs_to_own_data_and_takes_the_place_of_a_share(tmp_path: Path) -> None:
    path, tests = files(tmp_path, TRAIN)
    with pytest.raises(InputError, match=r"dataset\.test_path: expected none for dataset=moons"):
        load("moons", test_path=tests)
    with pytest.raises(InputError, match=r"dataset\.test_fraction: expected none beside"):
        load("file", path=path, test_path=tests, test_fraction=0.5)


def test_without_it_the_rows_say_which_samples_went_where(tmp_path: Path) -> None:
    path, _ = files(tmp_path, TRAIN)
    data = load("file", path=path, test_fraction=0.2, validation_fraction=0.25, standardise=False)
    train, test, aside = data.rows
    assert data.validation is not None
    for X, rows in ((data.X, train), (data.X_test, test), (data.validation[0], aside)):
        assert (X[0] - 0.5).tolist() == rows.tolist()  # a tells the row's own number
    assert sorted([*train, *test, *aside]) == list(range(30))
