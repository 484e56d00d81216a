"""What an embedded store has of a sweep's runs, straight from its tables: MLflow's client takes milliseconds for each run.

The tables are MLflow's own. Where one is not as it is expected here, the client is asked instead (see `query`).
"""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

CHILDREN = (
    "SELECT runs.run_uuid FROM tags JOIN runs ON runs.run_uuid = tags.run_uuid "
    "WHERE tags.key = 'mlflow.parentRunId' AND tags.value = :sweep AND runs.lifecycle_stage = 'active'"
)
FOUND = (
    f"CREATE TEMP TABLE children AS {CHILDREN}"  # once for all that is asked: no index leads from a sweep to its runs
)
THESE = "SELECT run_uuid FROM temp.children"
RUNS = f"SELECT run_uuid, name, status, start_time, artifact_uri FROM runs WHERE run_uuid IN ({THESE}) ORDER BY start_time, run_uuid"  # noqa: S608
TEXTS = f"SELECT run_uuid, key, value FROM {{}} WHERE run_uuid IN ({THESE})"  # noqa: S608
LATEST = f"SELECT run_uuid, key, value, is_nan FROM latest_metrics WHERE run_uuid IN ({THESE})"  # noqa: S608
DATA = (
    "SELECT inputs.destination_id, datasets.digest FROM inputs JOIN datasets ON datasets.dataset_uuid = inputs.source_id "  # noqa: S608
    f"WHERE inputs.source_type = 'DATASET' AND inputs.destination_type = 'RUN' AND inputs.destination_id IN ({THESE})"
)
STATES = f"SELECT status, count(*) FROM runs WHERE run_uuid IN ({CHILDREN}) GROUP BY status"  # noqa: S608
ROWS = "SELECT key, step, value FROM metrics WHERE run_uuid = :run"


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """The database, to be read; one that is not there is not made."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        yield connection


def runs_of(database: Path, sweep: str) -> list[dict[str, Any]]:
    """The fields of a `query.Run` for each of a sweep's runs, first started first. Raises sqlite3.OperationalError."""
    with opened(database) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(FOUND, {"sweep": sweep})
        found = {
            run: {"run_id": run, "name": name, "status": status, "started": started, "address": address,
                  "params": {}, "tags": {}, "metrics": {}, "dataset": ""}
            for run, name, status, started, address in connection.execute(RUNS)
        }  # fmt: skip
        for table in ("params", "tags"):
            for run, key, value in connection.execute(TEXTS.format(table)):
                found[run][table][key] = value
        for run, key, value, is_nan in connection.execute(LATEST):
            found[run]["metrics"][key] = math.nan if is_nan else value
        for run, digest in connection.execute(DATA):
            found[run]["dataset"] = found[run]["dataset"] or digest
    return list(found.values())


def states_of(database: Path, sweep: str) -> Counter[str]:
    """How many of a sweep's runs are FINISHED, FAILED and so on. Raises sqlite3.OperationalError."""
    with opened(database) as connection:
        return Counter(dict(connection.execute(STATES, {"sweep": sweep})))
