"""Pictures as notebooks show them."""

import base64
from dataclasses import dataclass, field
from html import escape
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """A PNG that a notebook shows, and `save` keeps."""

    png: bytes = field(repr=False)
    title: str = ""

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: str | Path) -> Path:
        """The file that it was written to."""
        file = Path(path).expanduser()
        file.write_bytes(self.png)
        return file

    @property
    def html(self) -> str:
        """An element that holds all of it."""
        return (
            f'<img alt="{escape(self.title)}" style="max-width:100%" '
            f'src="data:image/png;base64,{base64.b64encode(self.png).decode()}">'
        )
