"""What a user's file consisted of, in few bytes: enough to say later in how much of it another one differs.

A file of text is told cell by cell, four bytes each, whatever separates them; an .npz array by array. Nothing of its content
can be read from that.
"""

import base64
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.system import disk
from sandbox.system.terminal import counted

MOST_CELLS = 20_000  # beyond, a file is told as a whole
SEPARATORS = re.compile(rb"[,;\t|]|[ ]+")

Fingerprint = dict[str, Any]


def fingerprint(file: Path) -> Fingerprint:
    """Of a file that is there. Raises OSError."""
    told: Fingerprint = {"name": file.name, "sha256": disk.sha256(file)}
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return told | {"arrays": {each.filename.removesuffix(".npy"): each.CRC for each in archive.infolist()}}
    rows = [SEPARATORS.split(line.strip()) for line in file.read_bytes().splitlines() if line.strip()]
    if sum(map(len, rows)) > MOST_CELLS:
        return told
    cells = np.array([zlib.crc32(cell.strip()) for row in rows for cell in row], "<u4")
    return told | {"rows": [len(row) for row in rows], "cells": base64.b64encode(cells.tobytes()).decode()}


def change(then: Fingerprint, file: Path) -> str:
    """How a file differs from the one that was told, in words; "" if it does not. One that is gone is told, too."""
    try:
        now = fingerprint(file)
    except OSError as problem:
        return f"{then['name']} cannot be read: {problem.strerror or problem}"
    if now["sha256"] == then["sha256"]:
        return ""
    return f"{then['name']} is not as recorded" + (f": {much}" if (much := _how_much(then, now)) else "")


def _how_much(then: Fingerprint, now: Fingerprint) -> str:
    if "arrays" in then and "arrays" in now:
        names = sorted({*then["arrays"], *now["arrays"]})
        return ", ".join(name for name in names if then["arrays"].get(name) != now["arrays"].get(name))
    if "rows" not in then or "rows" not in now:
        return ""
    if then["rows"] != now["rows"]:
        return f"{counted(len(then['rows']), 'row')} then, {len(now['rows'])} now"
    before, after = (np.frombuffer(base64.b64decode(each["cells"]), "<u4") for each in (then, now))
    return f"{counted(int((before != after).sum()), 'cell')} of {len(before)}"
