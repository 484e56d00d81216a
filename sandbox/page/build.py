"""One HTML file from data, texts, styles and scripts: nothing in it asks for anything else."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
ENTRY = "app.js"

IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)


def page(data: dict[str, Any]) -> str:
    """The whole page. Data stands in it as JSON that can end no script."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(
        style=Markup((HERE / "assets" / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own files
        script=Markup(bundled()),  # noqa: S704
        data=Markup(embedded(data)),  # noqa: S704
        title=data["texts"]["en"]["title"],
    )


def embedded(data: Any) -> str:
    """JSON inside a script element: without `<` nothing in it can end that element or begin another."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def bundled(entry: str = ENTRY) -> str:
    """The page's modules as one script, what is imported first: their imports and exports fall away.

    They share one scope, so that no two of them may declare the same name at their top level; a test sees to that.
    """
    done: dict[str, str] = {}

    def add(name: str) -> None:
        text = (HERE / "assets" / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            if needed not in done:
                add(needed)
        done[name] = EXPORT.sub("", IMPORT.sub("", text))

    add(entry)
    return '"use strict";\n(() => {\n' + "\n".join(done.values()) + "\n})();\n"
