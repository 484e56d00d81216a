"""Free text on the command line means what the shell handed over, whatever letters and signs it holds."""

from pathlib import Path

from sandbox.launch import words

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, QuotedString
from hypothesis import given
from hypothesis import strategies as st

words.install()

PATHS = [
    "größe.csv", "동물.csv", "a=b.csv", "a#1.csv", "~/x.csv", "a~b.csv", "a&b.csv", "data (1).csv", "it's.csv", "a b.csv", "x;y.csv",
    "C:\\x\\y.csv", "a[1].csv", "{a}.csv", "a!b.csv", "a@b.csv", "$HOME/a.csv", "a^b.csv", 'a"b.csv', "<x>.csv", "a%20b.csv",
    "2024-01-01 data.csv", "back\\", "01", "1e3", "true", "a:b.csv", "[x].csv", "'a.csv", "a\\'b.csv",
]  # fmt: skip


def value(word: str) -> object:
    return OverridesParser.create().parse_override(word).value()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["dataset.path", "init.path", "tracking.directory"])
def test_a_path_is_taken_as_typed(key: str, path: str) -> None:
    assert value(f"{key}={path}") == path
    assert value(words.quoted(words.quoted(f"{key}={path}"))) == path


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dataset.path='a b.csv'", "a b.csv"),
        ('dataset.path="a, b.csv"', "a, b.csv"),
        ("dataset.path=null", None),
        ("dataset.sep=;", ";"),
        ("dataset.sep=,", ","),
        ("dataset.sep=\\t", "\\t"),
        ("dataset.comment=#", "#"),
        ("dataset.label=-1", "-1"),
        ("dataset.label=01", "01"),
        ("dataset.label=sepal length (cm)", "sepal length (cm)"),
        ("dataset.drop=[größe,0,sepal length (cm)]", ["größe", "0", "sepal length (cm)"]),
        ("dataset.drop=['a, b',\"c]\"]", ["a, b", "c]"]),
        ("dataset.drop=[]", []),
        ("dataset.usecols=[a]", ["a"]),
        ("steps=5", 5),
    ],
)
def test_what_is_in_quotes_and_what_is_a_list_stay_so(word: str, expected: object) -> None:
    assert value(word) == expected


def test_several_paths_make_a_sweep_unless_one_file_has_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    several = value("dataset.path=größe.csv,동물.csv")
    assert isinstance(several, ChoiceSweep) and [
        each.text for each in several.list if isinstance(each, QuotedString)
    ] == ["größe.csv", "동물.csv"]
    (tmp_path / "größe.csv,동물.csv").touch()
    assert value("dataset.path=größe.csv,동물.csv") == "größe.csv,동물.csv"


@given(st.text(min_size=1).filter(lambda text: text == text.strip() and "," not in text and "${" not in text))
def test_any_text_is_taken_as_typed(text: str) -> None:
    if (
        text == "null"
        or words.FUNCTIONS.fullmatch(text)
        or (text[0] in "'\"" and text[0] == text[-1] and len(text) > 1)
    ):
        return
    assert value(f"dataset.path={text}") == text
