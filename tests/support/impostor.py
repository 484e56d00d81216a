"""A tracking server of a few lines, in a thread, that names whatever place for files it is told to, and refuses large ones."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FILES = "/api/2.0/mlflow-artifacts/artifacts/"
Json = dict[str, Any]


@dataclass
class Impostor:
    """What it says and what it was given."""

    experiments_at: str = "mlflow-artifacts:/1"  # the address of all files of an experiment
    runs_at: str = "mlflow-artifacts:/1/{run}/artifacts"
    refuses: str = "\0"  # files with this in their name are too large for it
    address: str = ""
    runs: dict[str, Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    logins: set[str] = field(default_factory=set)  # as they came
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def answer(self, call: str, said: Json) -> Json:
        """What the client is told."""
        self.asked[call] += 1
        experiment = {"experiment_id": "1", "name": "sandbox", "artifact_location": self.experiments_at, "lifecycle_stage": "active", "creation_time": 1}  # fmt: skip
        run = self.runs.get(said.get("run_id") or said.get("run_uuid") or "")
        match call:
            case "experiments/search":
                return {"experiments": [experiment]}
            case "experiments/get" | "experiments/get-by-name":
                return {"experiment": experiment}
            case "runs/create":
                return {"run": self.create(said)}
            case "runs/search":
                wanted = said.get("filter", "").partition("run_id LIKE '")[2].rstrip("%'")
                return {"runs": [each for name, each in self.runs.items() if wanted and name.startswith(wanted)]}
            case "runs/log-batch" if run:
                for kind in ("params", "tags", "metrics"):
                    run["data"].setdefault(kind, []).extend(said.get(kind, []))
            case "runs/set-tag" | "runs/log-parameter" if run:
                kind = "tags" if call == "runs/set-tag" else "params"
                run["data"].setdefault(kind, []).append({"key": said["key"], "value": said["value"]})
            case "runs/update" if run:
                run["info"] |= {name: said[name] for name in ("status", "end_time") if name in said}
        return {"run": run, "run_info": run["info"]} if run else {}

    def create(self, said: Json) -> Json:
        name = f"{len(self.runs):032x}"
        info = {
            "run_id": name, "run_uuid": name, "experiment_id": "1", "status": "RUNNING", "lifecycle_stage": "active",
            "start_time": said.get("start_time", 0), "run_name": said.get("run_name", ""),
            "artifact_uri": self.runs_at.format(run=name),
        }  # fmt: skip
        self.runs[name] = {"info": info, "data": {"tags": said.get("tags", [])}, "inputs": {}}
        return self.runs[name]


@contextmanager
def impostor(**said: Any) -> Iterator[Impostor]:
    """One that serves on an address of its own."""
    it = Impostor(**said)

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            it.logins.add(self.headers.get("Authorization", ""))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            if parts.path.startswith(FILES):
                self.send(*self.of_files(parts.path.removeprefix(FILES), body))
                return
            said = {name: values[0] for name, values in parse_qs(parts.query).items()}
            said |= json.loads(body) if body else {}
            self.send(200, json.dumps(it.answer(parts.path.partition("/mlflow/")[2], said)).encode())

        def of_files(self, name: str, body: bytes) -> tuple[int, bytes]:
            if self.command == "PUT" and it.refuses in name:
                return 413, b"<html>413 Request Entity Too Large</html>"
            if self.command == "PUT":
                it.files[name] = body
            return (200, it.files[name]) if name in it.files else (404, b"")

        def send(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = reply  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        it.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield it
        finally:
            server.shutdown()
