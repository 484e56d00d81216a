"""Prepared views: the choices of runs, columns and charts that MLflow's page can be opened with, by name or by address.

They are tags of an experiment, in the shape that the page itself keeps (mlflow 3.17). That shape is MLflow's own and may
change: it is known here only, and an address that names a view whose shape the page does not know still shows the runs.
"""

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.system.threads import side_by_side
from sandbox.tracking.experiments import experiment_id
from sandbox.tracking.store import Store, brief, client, faults

AT_ONCE = 8  # questions to a server

VIEW = "mlflow.sharedViewState."
KIND = {"mlflow.experimentKind": "custom_model_development"}  # the page opens on training, not on chats
SWEEPS, LATEST, MOST_RUNS = "sweeps", "latest", 100
NOTE_LENGTH, STATE_LENGTH = 4900, 4900  # of an experiment's tag MLflow takes 5,000 characters
SHRINKING = re.compile(r"loss|gradient(?!_spread)|steps_to")  # what is told by its order of magnitude, and never 0


@dataclass(frozen=True)
class View:
    """Some runs and the charts and columns they are shown with, the first chart first.

    charts: names of metrics; several joined by ` & ` share a chart, `bar NAME` is of a single number per run, and
    `images KEY` a slider. parameters: columns.
    """

    name: str
    where: str
    charts: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    by_time: bool = False
    step: int = 0  # where the slider stands

    @property
    def order(self) -> str:
        """By time the page folds runs under their parent, and shows its charts."""
        shown = [metric for chart in self.charts for metric in _metrics(chart)]
        first = next((metric for metric in shown if metric.endswith("/loss")), shown[0] if shown else "")
        return f"metrics.`{first}`" if first and not self.by_time else "attributes.start_time"

    @property
    def columns(self) -> list[str]:
        shown = [metric for chart in self.charts for metric in _metrics(chart)]
        return [f"params.`{name}`" for name in self.parameters] + [f"metrics.`{name}`" for name in shown]


def of_sweep(parent: str) -> str:
    """The runs of a sweep: a filter lists them flat, where without one they fold under their parents."""
    return f"tags.`mlflow.parentRunId` = '{parent}'"


def of_its_own(parent: str) -> str:
    """The id of a sweep's own view, found by address only."""
    return parent[:12]


def sweeps_view(metrics: Sequence[str]) -> View:
    """A line per sweep with its verdicts."""
    return View("Sweeps", "tags.kind = 'sweep'", tuple(metrics), ("varies", "replicates", "seed"), by_time=True)


def state(view: View) -> dict[str, Any]:
    """What the page keeps of a view."""
    charts = [_chart(chart, i, view.step) for i, chart in enumerate(view.charts)]
    return {
        "searchFilter": view.where,
        "orderByKey": view.order,
        "orderByAsc": not view.by_time,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": view.columns,
        "runsExpanded": {},
        "runsPinned": [],
        "runsHidden": [],
        "runsHiddenMode": "SHOW_ALL",
        "runsVisibilityMap": {},
        "compareRunCharts": charts,
        "compareRunSections": [_section("shown", view.name)],
        "isAccordionReordered": True,
        "viewMaximized": False,
        "runListHidden": False,
        "hideEmptyCharts": True,
        "groupBy": None,
        "groupsExpanded": {},
        "useGroupedValuesInCharts": True,
        "autoRefreshEnabled": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
    }


def _section(uuid: str, name: str) -> dict[str, Any]:
    return {"uuid": uuid, "name": name, "display": True, "isReordered": True, "deleted": False, "isGenerated": False}


def _metrics(chart: str) -> list[str]:
    return [] if chart.startswith("images ") else chart.removeprefix("bar ").split(" & ")


def _chart(chart: str, i: int, step: int) -> dict[str, Any]:
    common = {"uuid": f"c{i}", "metricSectionId": "shown", "deleted": False, "isGenerated": False}
    common |= {"runsCountToCompare": MOST_RUNS}
    if chart.startswith("images "):
        keys = [chart.removeprefix("images ")]
        return common | {"type": "IMAGE", "imageKeys": keys, "step": step, "showRunParams": False}
    metrics = _metrics(chart)
    if chart.startswith("bar "):
        return common | {"type": "BAR", "metricKey": metrics[0]}
    return common | {
        "type": "LINE",
        "metricKey": metrics[0],
        "selectedMetricKeys": metrics,
        "xAxisKey": "step",
        "useGlobalXaxisKey": False,
        "xAxisScaleType": "log",
        "scaleType": "log" if SHRINKING.search(chart) else "linear",
        "lineSmoothness": 0,
        "range": {},
    }


def publish(
    store: Store, experiment: str, note: str, views: Mapping[str, View], unlisted: Iterable[str] = ()
) -> frozenset[str]:
    """Describe an experiment and keep views of it under their ids, which are returned; unlisted ones are found by address only.

    One that is too long for a tag is left out: an address that names a view which is not there leads away from the runs.
    Raises StoreError.
    """
    now = int(1000 * time.time())
    tags = {**KIND, "mlflow.note.content": note[:NOTE_LENGTH]}
    for key, view in views.items():
        text = json.dumps(state(view), separators=(",", ":"))
        if key not in set(unlisted):
            text = json.dumps({"name": view.name, "createdAt": now, "updatedAt": now, "state": text})
        if len(text) < STATE_LENGTH:
            tags[VIEW + key] = text
    with faults(store), brief():
        api, found = client(store), experiment_id(store, experiment)
        side_by_side(
            lambda tag: api.set_experiment_tag(found, *tag),
            list(tags.items()),
            AT_ONCE if store.kind == "server" else 1,
        )
    return frozenset(key.removeprefix(VIEW) for key in tags if key.startswith(VIEW))


def address(server: str, experiment: str, parent: str, *, view: str = "", metric: str = "") -> str:
    """Where a sweep's runs are seen as charts; without a view, sorted by a metric.

    Whatever an address says of runs and their order, the page puts in place of the view's choices.
    """
    ordered = {
        "searchFilter": of_sweep(parent),
        "orderByKey": f"metrics.`{metric}`" if metric else "attributes.start_time",
        "orderByAsc": "true",
    }
    query = {"workflowType": "machine_learning", "compareRunsMode": "CHART"}
    query |= {"viewStateShareKey": view} if view else ordered
    words = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    return f"{server}/#/experiments/{experiment}/runs?{words}"
