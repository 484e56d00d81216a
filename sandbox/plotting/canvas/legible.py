"""Words of any script in a figure: in a font of this machine that has their letters, else transliterated."""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from typing import Any

from matplotlib.font_manager import FontEntry, findfont, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font

from sandbox.system.plain_words import transliterated

USUAL = "DejaVu Sans"  # what the style names; it comes with Matplotlib
WANTED = ("sans", "gothic", "barun", "hei", "square")  # in the names of fonts that go with it, best first
UNWANTED = (
    "mono",
    "coding",
    "serif",
    "myeongjo",
    "mincho",
    "song",
    "brush",
    "pen",
    "script",
    "condensed",
    "narrow",
    "emoji",
)
BOXES = "Last Resort"  # Matplotlib's own font, which has a box for every letter


@lru_cache(maxsize=4096)
def legible(text: str, families: tuple[str, ...] = (USUAL,)) -> tuple[str, tuple[str, ...]]:
    """The text as it can be drawn, and the families it takes: those given, and others for letters that they lack."""
    if text.isascii():
        return text, families
    found = [(sign, _family_with(sign)) for sign in text]
    words = [
        transliterated("".join(sign for sign, _ in run)) if lacking else "".join(sign for sign, _ in run)
        for lacking, run in groupby(found, lambda pair: pair[1] is None)
    ]
    return "".join(words), tuple(dict.fromkeys((*families, *(family for _, family in found if family))))


@lru_cache(maxsize=4096)
def _family_with(sign: str) -> str | None:
    """The name of a font that has the sign, empty where the usual one does, None where none does."""
    if sign.isspace() or _has(findfont(USUAL), sign):
        return ""
    return next((font.name for font in _fonts() if _has(font.fname, sign)), None)


@lru_cache(maxsize=1)
def _fonts() -> list[FontEntry]:
    """Upright fonts of the machine, those first that look most like the usual one."""
    known = {font.fname for font in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:  # Matplotlib keeps its list, and does not see what was installed since
            with suppress(OSError, RuntimeError):
                fontManager.addfont(path)
    upright = [font for font in fontManager.ttflist if font.style == "normal" and BOXES not in font.name]
    return sorted(upright, key=_strangeness)


def _strangeness(font: FontEntry) -> tuple[int, int, int, str]:
    name, weight = font.name.lower(), font.weight if isinstance(font.weight, int) else 400
    wanted = next((i for i, word in enumerate(WANTED) if word in name), len(WANTED))
    return sum(word in name for word in UNWANTED), wanted, abs(weight - 400), font.name


def _has(path: Any, sign: str) -> bool:
    font = _opened(path)
    return font is not None and font.get_char_index(ord(sign)) != 0


@lru_cache(maxsize=64)
def _opened(path: str) -> FT2Font | None:
    try:
        return FT2Font(path)
    except (OSError, RuntimeError):  # a font of bitmaps, or a broken one
        return None


def told_apart(names: Sequence[str]) -> list[str]:
    """Names as they can be drawn; those that would then be alike get a number each."""
    drawn = [legible(name)[0] for name in names]
    return [
        f"{word} ({drawn[:i].count(word) + 1})" if drawn.count(word) > 1 and word != name else word
        for i, (word, name) in enumerate(zip(drawn, names, strict=True))
    ]
