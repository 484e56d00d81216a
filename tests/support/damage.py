"""Damage to what a store has of a finished sweep: bytes, files and rows that change, go, or change places."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

Damage = Callable[[Path, random.Random], str]  # of a store's folder -> what was done, in words


def damaged(form: str, folder: Path, seed: int) -> str:
    """Do damage of that form to the store in a folder."""
    return (FORMS | IN_SPOOL)[form](folder, random.Random(seed))  # noqa: S311


def artifacts_of(folder: Path) -> list[Path]:
    """Of the sweep and its runs."""
    return sorted(path for path in (folder / "artifacts").rglob("*") if path.is_file())


def a_byte(folder: Path, chance: random.Random) -> str:
    """Of an artifact."""
    path = chance.choice([each for each in artifacts_of(folder) if each.stat().st_size])
    content = bytearray(path.read_bytes())
    content[(i := chance.randrange(len(content)))] ^= 1 << chance.randrange(8)
    _rewritten(path, bytes(content))
    return f"byte {i} of {path.name}"


def a_file(folder: Path, chance: random.Random) -> str:
    """Gone."""
    path = chance.choice(artifacts_of(folder))
    path.unlink()
    return f"{path.name} is gone"


def a_cut(folder: Path, chance: random.Random) -> str:
    """A file that lost its end."""
    path = chance.choice([each for each in artifacts_of(folder) if each.stat().st_size])
    content = path.read_bytes()
    _rewritten(path, content[: chance.randrange(len(content))])
    return f"{path.name} was cut short"


def an_exchange(folder: Path, chance: random.Random) -> str:
    """Of the same artifact of two runs."""
    histories = [path for path in artifacts_of(folder) if path.name in ("history.npz", "config.yaml", "manifest.json")]
    one = chance.choice(histories)
    other = chance.choice([path for path in histories if path.name == one.name and path != one])
    contents = one.read_bytes(), other.read_bytes()
    _rewritten(one, contents[1])
    _rewritten(other, contents[0])
    return f"{one.name} of two runs exchanged"


def _rewritten(path: Path, content: bytes) -> None:
    path.unlink()  # a copy of the store may share the file
    path.write_bytes(content)


# Of the database: what the sweep's evidence stands on; names and notes are anybody's to edit.
ROWS = {
    "metrics": ("value", "value * 1.5 + 0.25", "run_uuid IN ({runs})"),
    "latest_metrics": ("value", "value * 1.5 + 0.25", "run_uuid IN ({runs})"),
    "params": ("value", "value || '1'", "run_uuid IN ({runs}) AND key NOT LIKE 'lease.%'"),
    "tags": ("value", "value || '1'", "run_uuid IN ({both}) AND key IN ('manifest', 'digest', 'versions', 'engine', 'seed')"),
}  # fmt: skip
RUNS = "SELECT run_uuid FROM tags WHERE key = 'kind' AND value = 'run'"
BOTH = "SELECT run_uuid FROM tags WHERE key = 'kind'"


def _row(folder: Path, chance: random.Random, statement: str, tables: tuple[str, ...] = tuple(ROWS)) -> str:
    table = chance.choice(tables)
    column, change, where = ROWS[table]
    where = where.format(runs=RUNS, both=BOTH)
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        key, name = chance.choice(connection.execute(f"SELECT rowid, key FROM {table} WHERE {where}").fetchall())  # noqa: S608
        connection.execute(statement.format(table=table, column=column, change=change), (key,))
        connection.commit()
    return f"{statement.split(maxsplit=1)[0].lower()} {name} in {table}"


def a_row(folder: Path, chance: random.Random) -> str:
    """Changed."""
    return _row(folder, chance, "UPDATE {table} SET {column} = {change} WHERE rowid = ?")


def a_deletion(folder: Path, chance: random.Random) -> str:
    """Of a row."""
    return _row(folder, chance, "DELETE FROM {table} WHERE rowid = ?", ("metrics", "params", "tags"))


def swapped_rows(folder: Path, chance: random.Random) -> str:
    """All rows of a metric of two runs."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        name = "train/loss"
        one, other = chance.sample([run for (run,) in connection.execute(RUNS)], 2)
        for table in ("metrics", "latest_metrics"):
            for old, new in ((one, "x"), (other, one), ("x", other)):
                connection.execute("PRAGMA foreign_keys = OFF")
                connection.execute(
                    f"UPDATE {table} SET run_uuid = ? WHERE run_uuid = ? AND key = ?",  # noqa: S608
                    (new, old, name),
                )
        connection.commit()
    return f"{name} of two runs exchanged"


def a_run(folder: Path, chance: random.Random) -> str:
    """Marked as deleted, as the dashboard does; or as failed."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        run = chance.choice([run for (run,) in connection.execute(RUNS)])
        change = chance.choice(("lifecycle_stage = 'deleted'", "status = 'FAILED'"))
        connection.execute(f"UPDATE runs SET {change} WHERE run_uuid = ?", (run,))  # noqa: S608
        connection.commit()
    return f"a run: {change}"


def a_byte_of_the_database(folder: Path, chance: random.Random) -> str:
    """In the middle of a text that is part of a record; what lies in free pages says nothing."""
    database = folder / "mlflow.db"
    values = _texts(database)
    before = database.read_bytes()
    value = chance.choice(values).encode()
    place = before.find(value)
    while place >= 0:
        content, at = bytearray(before), place + chance.randrange(len(value))
        content[at] ^= 1
        database.write_bytes(bytes(content))
        if _texts(database) != values:
            return f"byte {at} of the database"
        place = before.find(value, place + 1)
    raise AssertionError(value)


def _texts(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        question = f"SELECT value FROM tags WHERE key IN ('digest', 'manifest') AND run_uuid IN ({BOTH}) ORDER BY rowid"  # noqa: S608
        return [value for (value,) in connection.execute(question)]


def the_place_of_a_run(folder: Path, chance: random.Random) -> str:
    """Two runs' artifact folders, exchanged in the database."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        runs = connection.execute(f"SELECT run_uuid, artifact_uri FROM runs WHERE run_uuid IN ({RUNS})").fetchall()  # noqa: S608
        (one, here), (other, there) = chance.sample(runs, 2)
        connection.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", (there, one))
        connection.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", (here, other))
        connection.commit()
    return f"{Path(unquote(urlsplit(here).path)).parent.name[:6]} has another's artifacts"


def _spooled(folder: Path, chance: random.Random) -> Path:
    return chance.choice(sorted(path.parent for path in folder.glob(".spool/*/*/record.json")))


def a_byte_of_a_record(folder: Path, chance: random.Random) -> str:
    """That waits for its store: of what it says, or of an artifact."""
    record = _spooled(folder, chance)
    path = chance.choice([path for path in sorted(record.rglob("*")) if path.is_file() and path.stat().st_size])
    content = bytearray(path.read_bytes())
    content[(i := chance.randrange(len(content)))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))
    return f"byte {i} of {path.name} of a record that waits"


def a_cut_record(folder: Path, chance: random.Random) -> str:
    """That waits: nothing is left of what it says, or of an artifact."""
    record = _spooled(folder, chance)
    path = chance.choice([path for path in sorted(record.rglob("*")) if path.is_file()])
    path.write_bytes(b"")
    return f"{path.name} of a record that waits is empty"


FORMS: dict[str, Damage] = {
    each.__name__: each
    for each in (a_byte, a_file, a_cut, an_exchange, a_row, a_deletion, swapped_rows, a_run, a_byte_of_the_database, the_place_of_a_run)
}  # fmt: skip
IN_SPOOL: dict[str, Damage] = {each.__name__: each for each in (a_byte_of_a_record, a_cut_record)}
