"""Where runs are recorded: which store a configuration means, opening it once, and refusing a broken one in one line."""

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from filelock import FileLock

from sandbox.config.names import INSTALLED
from sandbox.config.schema import TrackingConfig
from sandbox.system.errors import InputError, RefusedError, StoreError
from sandbox.tracking.moved import turn_home

if TYPE_CHECKING:
    from mlflow import MlflowClient

PROJECT = Path.cwd() if INSTALLED else Path(__file__).resolve().parents[2]
PATIENCE = 4  # seconds given to a store that should answer at once
GLANCE = 2  # seconds given to one that failed before, to say that it is back
LONGEST = 500  # bytes of a database's path; SQLite opens none beyond 512
LOCK_PATIENCE = 300  # seconds for another process to finish creating the database, which takes it two to ten, or a hundred beside much else

HERE = ("localhost", "127.0.0.1", "::1")
PORTS = {"http": 80, "https": 443, "postgresql": 5432}

# What MLflow reads from the environment; what the user has set there stays.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # by default 7 with doubling pauses: a dead server costs 247 s
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",  # a password goes to the host it was given for, and to no other
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "false",  # nor do files to an address that a server names
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false",
    "MLFLOW_HTTP_POOL_MAXSIZE": "32",  # connections: files of a run go side by side, and runs as well
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",  # nobody waits longer than 30 s: what is not taken at once waits on the disk
}


@dataclass(frozen=True)
class Store:
    """Where runs go. `uri` may hold a password: show `shown` instead."""

    kind: str  # "local" is opened directly, "server" asked over HTTP, "none" keeps nothing
    uri: str = field(default="", repr=False)
    directory: Path | None = None  # of the artifacts; None where a server decides
    offline: bool = False  # everything waits on the local disk until `python -m sandbox.sync`

    @property
    def database(self) -> Path | None:
        """Its file, if it is one."""
        return Path(self.uri.removeprefix("sqlite:///")) if self.uri.startswith("sqlite:///") else None

    @property
    def address(self) -> str:
        """Where it is, in one spelling, whoever asks: a file's real path, or a host and a path, without a password."""
        if self.database is not None:
            return str(self.database.resolve())
        parts = urlsplit(self.uri)
        kind = parts.scheme.partition("+")[0]
        host = "localhost" if parts.hostname in HERE else parts.hostname
        return f"{kind}://{host}:{parts.port or PORTS.get(kind, '')}{parts.path.rstrip('/')}"

    @property
    def shown(self) -> str:
        """The address without user, password and query."""
        parts = urlsplit(self.uri)
        if "@" not in parts.netloc and not parts.query:
            return self.uri
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()

    def without_secrets(self, text: str) -> str:
        """A message with nothing in it that only the address's owner should know."""
        parts = urlsplit(self.uri)
        user_and_password = parts.netloc.rpartition("@")[0]
        for secret in (user_and_password, user_and_password.partition(":")[2], parts.query):
            for spelling in filter(None, {secret, unquote(secret)}):
                text = text.replace(spelling, "***")
        return text


NOWHERE = Store("none", offline=True)  # nobody asks it, and there is no folder in which records for it wait


def resolve(tracking: TrackingConfig, *, needed: bool = False) -> Store:
    """The store that a configuration means, asked or (with `tracking.offline`) left alone.

    needed: raise InputError where it is none.
    """
    if tracking.kind != "none":
        return replace(_resolved(tracking), offline=tracking.offline)
    if needed:
        raise InputError("tracking: expected a store, got none; leave out tracking=none")
    return NOWHERE


def _resolved(tracking: TrackingConfig) -> Store:
    """Its uri, else its directory, else MLFLOW_TRACKING_URI, else the project's mlruns.

    Relative paths count from the working directory. Raises InputError for an address that is none.
    """
    uri = tracking.uri or ("" if tracking.directory else os.environ.get("MLFLOW_TRACKING_URI", ""))
    if tracking.kind == "server" and not uri:
        raise InputError(
            "tracking.uri: expected the address of a tracking server, got none; "
            "set tracking.uri=http://HOST:PORT or MLFLOW_TRACKING_URI"
        )
    directory = Path(tracking.directory or PROJECT / "mlruns").expanduser().absolute()
    if not uri:
        return _sqlite(directory / "mlflow.db", "tracking.directory")
    scheme, _, rest = uri.partition("://")
    if scheme == "sqlite" and rest not in ("", "/", "/:memory:"):
        return _sqlite(Path(rest.removeprefix("/")).expanduser().absolute(), "tracking.uri")
    if scheme in ("http", "https") and _hostname(uri):
        return Store("server", uri.rstrip("/"))
    if scheme.partition("+")[0] == "postgresql" and _hostname(uri):
        return Store("local", uri, directory)
    key = "tracking.uri" if tracking.uri else "MLFLOW_TRACKING_URI"
    raise InputError(
        f"{key}: expected http://HOST:PORT, sqlite:///PATH or postgresql://USER@HOST/NAME, got "
        f"{Store('', uri).shown!r}; for a folder use tracking.directory=PATH"
    )


def is_there(store: Store) -> bool:
    """Whether a store has been made that could have something in it."""
    database = store.uri.removeprefix("sqlite:///") if store.uri.startswith("sqlite") else None
    return not store.offline and (database is None or Path(database).exists())


def prepare(store: Store) -> None:
    """Make the store ready for workers: called once, in the parent, before any of them starts.

    Creates the database if there is none, under a lock: processes that open a fresh one at once race its migrations and
    fail. Raises InputError, in one line and within seconds, if the store cannot be reached or written.
    """
    if store.offline:
        return
    try:
        with faults(store), _lock(store), _whole_or_not_at_all(store):
            opened = client(store)
            with brief():
                opened.search_experiments(max_results=1)
    except StoreError as error:
        raise InputError(
            f"tracking: expected a store that answers and can be written, got {error}; set tracking.uri or "
            "tracking.directory, start without it and deliver later (tracking.offline=true), or record nothing (tracking=none)"
        ) from None


def client(store: Store) -> "MlflowClient":
    """The client of a store: one per process, since opening a database takes 0.7 s. Raises StoreError."""
    with faults(store):
        return _opened(store)


@contextmanager
def faults(store: Store) -> Iterator[None]:
    """Whatever goes wrong with a store inside, as a StoreError."""
    try:
        yield
    except (StoreError, InputError):
        raise
    except Exception as error:  # noqa: BLE001 - MLflow lets those of requests, SQLAlchemy, sqlite3 and files through
        kind = RefusedError if _for_ever(error) else StoreError
        raise kind(f"{type(error).__name__} at {store.shown}: {store.without_secrets(_reason(error))}") from None


# What a store says of a request that it will not take tomorrow either: of a run or an experiment that is deleted, of a
# value that it does not allow, of too many bytes, or of words that are no text. A wrong password (401) and a store that is
# ill are none of them.
REFUSALS = ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "INVALID_PARAMETER_VALUE", "INVALID_STATE", "PERMISSION_DENIED")  # fmt: skip
REFUSED = (400, 403, 404, 405, 409, 410, 411, 413, 414, 415, 422, 431)  # by HTTP


def _for_ever(error: Exception) -> bool:
    code = getattr(error, "error_code", None)  # of an MlflowException
    status = getattr(getattr(error, "response", None), "status_code", None)  # of requests
    if code is not None and (found := re.search(r"failed with error code (\d+)", str(error))):
        status, code = int(found[1]), None  # not in MLflow's words: a proxy's answer
    return code in REFUSALS or status in REFUSED or any(isinstance(each, UnicodeEncodeError) for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it was raised for."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: Exception) -> str:
    text = " ".join(str(error).partition("(Background on this error")[0].split())
    if (found := re.search(r"out-of-date database schema \(found version (\w+)", text)) and _is_unknown(found[1]):
        return "a newer MLflow made it than is installed here; install that one, or choose another store"
    if "Max retries exceeded" in text and (cause := re.search(r"\[Errno -?\d+\] ([\w ]+)|(timed out)", text)):
        return str(cause[1] or cause[2])
    return text[:400]


def _is_unknown(revision: str) -> bool:
    """Whether a database's revision is none that the MLflow installed here has heard of."""
    import mlflow

    versions = Path(mlflow.__file__).parent / "store" / "db_migrations" / "versions"
    return versions.is_dir() and not any(versions.glob(f"{revision}*.py"))


def _sqlite(database: Path, key: str) -> Store:
    if (length := len(os.fsencode(database))) > LONGEST:  # after which SQLite would be asked in vain for two minutes
        raise InputError(f"{key}: expected a path of at most {LONGEST} bytes, got {length}; choose a shorter one")
    if "%" in str(database) or "?" in str(database):  # MLflow and SQLAlchemy take such an address for different files
        raise InputError(f"{key}: expected a path without % and ?, got {str(database)!r}; choose another folder")
    return Store("local", f"sqlite:///{database}", database.parent)


def _hostname(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port  # reading a port checks it
    except ValueError:
        return None
    return host


def _lock(store: Store) -> AbstractContextManager[object]:
    if store.directory is None:
        return nullcontext()
    store.directory.mkdir(parents=True, exist_ok=True)
    return FileLock(store.directory / ".mlflow.lock", timeout=LOCK_PATIENCE)


@contextmanager
def _whole_or_not_at_all(store: Store) -> Iterator[None]:
    """Make a fresh database again if its making was cut short: MLflow cannot go on with half of its tables."""
    database = store.database
    if database is None:
        yield
        return
    unfinished = database.with_name(f".{database.name}.unfinished")
    if unfinished.exists():
        for each in (database, database.with_name(f"{database.name}-journal")):
            each.unlink(missing_ok=True)
    fresh = not database.exists()
    if fresh:
        unfinished.touch()
    yield
    if fresh:
        unfinished.unlink(missing_ok=True)


@lru_cache(maxsize=8)
def _opened(store: Store) -> "MlflowClient":
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _ask_first(store)
    from mlflow import MlflowClient  # here, since it takes a second that tracking=none must not cost

    if "MLFLOW_LOGGING_LEVEL" not in os.environ:
        # their tracebacks and reports of retries would stand around our one line, which says the same
        for name in ("mlflow", "alembic", "urllib3.connectionpool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return MlflowClient(tracking_uri=store.uri)


def _ask_first(store: Store, patience: float | None = None) -> None:
    """Try a database once, since MLflow retries one that it cannot open for 100 s."""
    patience = PATIENCE if patience is None else patience
    if store.uri.startswith("postgresql"):
        import sqlalchemy

        try:
            engine = sqlalchemy.create_engine(store.uri, connect_args={"connect_timeout": int(patience)})
        except ModuleNotFoundError as missing:
            raise InputError(
                f"tracking.uri: expected a driver for PostgreSQL, got none; pip install '{missing.name}[binary]'"
            ) from None
        with engine.connect():
            pass
        engine.dispose()
    database = store.database
    if database is not None and database.exists():
        with closing(sqlite3.connect(database, timeout=patience, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE writable (yes)")  # fails if it is read-only, locked or no database
            connection.execute("ROLLBACK")
            made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        if made:
            turn_home(database)


def answers(store: Store) -> bool:
    """Whether a store that failed before is back: it reads and, if it is a database, may be written."""
    try:
        with faults(store), brief(GLANCE):
            if store.kind == "local":
                _ask_first(store, GLANCE)
            client(store).search_experiments(max_results=1)
    except (StoreError, InputError):
        return False
    return True


def round_trip(store: Store) -> float:
    """Seconds that a server takes for a small question and its answer; 0 for a store that is no server. Raises StoreError."""
    if store.kind != "server" or store.offline:
        return 0.0
    with faults(store), brief():
        begun = time.perf_counter()
        client(store).search_experiments(max_results=1)
        return time.perf_counter() - begun


@contextmanager
def brief(patience: float | None = None, *, retries_only: bool = False) -> Iterator[None]:
    """One attempt and a few seconds for each request inside, whatever the environment says.

    The environment belongs to all threads: it says what the last one wants that is still inside, and then again what it
    had said before the first one.
    """
    values = (
        {RETRIES: "0"} if retries_only else {RETRIES: "0", TIMEOUT: str(PATIENCE if patience is None else patience)}
    )
    with _being_brief:
        if not _brief:
            _usual.update({name: os.environ.get(name) for name in (RETRIES, TIMEOUT)})
        _brief.append(values)
        _say()
    try:
        yield
    finally:
        with _being_brief:
            _brief[:] = [each for each in _brief if each is not values]
            _say()


RETRIES, TIMEOUT = "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"
_being_brief = threading.Lock()
_brief: list[dict[str, str]] = []  # what those inside want
_usual: dict[str, str | None] = {}


def _say() -> None:
    for name, text in {**_usual, **{name: text for values in _brief for name, text in values.items()}}.items():
        if text is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = text
