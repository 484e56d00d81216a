"""MLflow's server as `sandbox ui` starts it: its first page leaves the width to the runs, not to MLflow's assistant.

It is an app among MLflow's plugins (`mlflow server --app-name sandbox`); without it the pages are the same, less wide.
"""

from http import HTTPStatus
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI
    from flask import Response

GROUP, NAME = "mlflow.app", "sandbox"
FIRST_LOAD = "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1"  # mlflow 3.17 opens it where this is not true
SETTING = f"<script>localStorage.getItem('{FIRST_LOAD}') || localStorage.setItem('{FIRST_LOAD}', 'true')</script>"


def app_options() -> list[str]:
    """What `mlflow server` is told; nothing where this package was installed before it was a plugin."""
    return ["--app-name", NAME] if entry_points(group=GROUP, name=NAME) else []


def create_app() -> "FastAPI":
    """MLflow's own app, whose first page says that the assistant has been opened by itself already."""
    from mlflow.server import app as pages
    from mlflow.server.fastapi_app import app

    pages.after_request(without_assistant)
    whole: FastAPI = app
    return whole


def without_assistant(response: "Response") -> "Response":
    if response.mimetype == "text/html" and response.status_code == HTTPStatus.OK:
        response.direct_passthrough = False
        page = response.get_data(as_text=True)
        if "<title>MLflow</title>" in page:
            response.set_data(page.replace("<head>", f"<head>{SETTING}", 1))
    return response
