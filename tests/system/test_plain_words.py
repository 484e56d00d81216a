"""What a terminal cannot show is printed in other letters; it never ends a run."""

import io
import sys

import pytest

from sandbox.system.plain_words import speak_plainly, transliterated


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("größe ✓", "grosse v"),
        ("동물", "DongMul"),
        ("abc", "abc"),
        ("\udcff", "?"),
        ("हिन्दी", "hindi"),
        ("5 × 3", "5 * 3"),
    ],
)
def test_letters_become_their_nearest_in_ascii(text: str, plain: str) -> None:
    assert transliterated(text) == plain


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "? grosse: v 5 +- 1 DongMul"), ("latin-1", "? größe: v 5 ± 1 DongMul")]
)
def test_output_prints_what_its_encoding_has_and_the_nearest_else(
    encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(written := io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    speak_plainly()
    sys.stdout.write("\udc80 größe: ✓ 5 ± 1 동물")
    stream.flush()
    assert written.getvalue().decode(encoding) == shown
