"""Words of any script in figures: in a font that has their letters, else transliterated, and never as boxes."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from matplotlib import get_data_path
from matplotlib.font_manager import fontManager

from sandbox.plotting.canvas import legible
from sandbox.plotting.canvas.legible import told_apart
from sandbox.plotting.canvas.style import blank, heading, png


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The machine has the fonts that come with Matplotlib and no others."""
    file = Path(get_data_path(), "fonts", "ttf", "STIXGeneral.ttf")
    fontManager.addfont(file)  # a list of fonts that another environment has cached may lack it
    stix = SimpleNamespace(name="STIXGeneral", fname=str(file))
    monkeypatch.setattr(legible, "_fonts", lambda: [stix])
    _forget()
    yield monkeypatch
    _forget()


def _forget() -> None:
    legible.legible.cache_clear()
    legible._family_with.cache_clear()


@pytest.mark.parametrize(
    ("text", "drawn", "families"),
    [
        ("größe × ●", "größe × ●", ()),
        ("ⓝ 5", "ⓝ 5", ("STIXGeneral",)),
        ("동물 (ⓝ)", "DongMul (ⓝ)", ("STIXGeneral",)),
        ("हिन्दी", "hindi", ()),
        ("👍", ":thumbsup:", ()),
    ],
)
def test_what_the_usual_font_lacks_is_drawn_in_another_or_in_other_letters(
    only: pytest.MonkeyPatch, text: str, drawn: str, families: tuple[str, ...]
) -> None:
    assert legible.legible(text) == (drawn, ("DejaVu Sans", *families))


def test_names_that_are_drawn_alike_are_told_apart(only: pytest.MonkeyPatch) -> None:
    assert told_apart(["猫", "貓", "dog"]) == ["Mao (1)", "Mao (2)", "dog"]


def test_a_figure_with_words_of_any_script_is_drawn_without_a_warning(only: pytest.MonkeyPatch) -> None:
    """Matplotlib warns of each letter that it draws as a box, and warnings are errors here."""
    figure = blank(4, 2)
    heading(figure, "동물 größe 👍", "ⓝ 高 5")
    figure.text(0.5, 0.5, "동물", bbox={"facecolor": "white"})
    assert png(figure).startswith(b"\x89PNG")
