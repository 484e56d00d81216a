"""Two counts of what becomes of a store that somebody changes: damage, and another place. Both on one small judged sweep."""

import hashlib
import random
import shutil
from pathlib import Path

from sandbox import tracking
from tests.support.damage import IN_SPOOL, damaged
from tests.support.sweeps import start, store_in
from tests.support.typed import overheard, typed, verdicts

CLAIMED = (
    "-m", "+experiment=symmetry", "activation=sigmoid,tanh", "dataset=moons", "dataset.samples=101", "steps=20", "replicates=4", "per_draw=4", "probes.count=4",
    "tracking.figures=false", "resume=true",
)  # fmt: skip


def judged(folder: Path, *more: str) -> Path:
    """A store with one sweep and its verdicts, made by a process that has ended: who lives still holds what it began."""
    log = folder.with_name(f"{folder.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    assert start(*CLAIMED, *more, f"tracking.directory={folder}", log=log).wait(300) == 0, log.read_text()
    return folder


def spoiled(form: str, before: Path, folder: Path, seed: int, expected: dict[str, str]) -> list[str]:
    """What is wrong after one damage: it must be noticed, named in one line and mended, and no verdict be another one."""
    shutil.copytree(before, folder, dirs_exist_ok=True)
    said = damaged(form, folder, seed)
    found = []
    if form not in IN_SPOOL:
        tracking.prepare(store_in(folder))
        with overheard() as heard:
            words = verdicts(folder)
        if wrong := {claim: word for claim, word in words.items() if word not in ("untried", expected[claim])}:
            found.append(f"WRONG VERDICTS {wrong}")
        if set(words.values()) != {"untried"} or heard.getvalue().count("\n") != 1:
            found.append(f"not noticed in one line: {heard.getvalue()[:200]!r}")
    code, printed = typed("sandbox.run", *CLAIMED, f"tracking.directory={folder}")
    if form in IN_SPOOL and "set aside" not in printed:
        found.append(f"not said: {printed[:200]!r}")
    if code or "Traceback" in printed:
        found.append(f"not mended: exit code {code}: {printed[-200:]!r}")
    elif (after := verdicts(folder)) != expected:
        found.append(f"WRONG VERDICTS {after}")
    shutil.rmtree(folder)
    return [f"{said}: {each}" for each in found]


MOVES = ("moved", "copied", "renamed", "project renamed", "linked")


def moved(times: int, root: Path, seed: int, made: Path | None = None) -> list[list[str]]:
    """One store, in another place before each command: what is wrong after each move. made: what it begins as a copy of."""
    chance = random.Random(seed)  # noqa: S311
    here = root / "project" / "mlruns"
    if made is None:
        judged(here)
    else:
        shutil.copytree(made, here)
    expected = verdicts(here)
    found = []
    for i in range(times):
        how = MOVES[i % len(MOVES)]
        old, here = here, elsewhere(how, here, root, i)
        still = tree(old) if old.exists() and how == "copied" else None
        wrong = commands_wrong(here, expected, chance)
        if still is not None and tree(old) != still:
            wrong.append("the original was written into")
        if how not in ("copied", "linked") and old.exists():
            wrong.append("the old place is there again")
        found.append([f"{how}: {each}" for each in wrong])
    return found


def elsewhere(how: str, here: Path, root: Path, i: int) -> Path:
    if how == "linked":
        there = root / f"link {i}"
        there.symlink_to(here, target_is_directory=True)
        return there
    here = here.resolve()
    if how == "project renamed":
        there = root / f"project {i}" / here.name
        there.parent.mkdir()
        here.rename(there)
        return there
    there = here.with_name(f"runs {i}") if how == "renamed" else root / f"ünd {how} {i}"
    (shutil.copytree if how == "copied" else shutil.move)(here, there)
    return there


def tree(folder: Path) -> dict[str, str]:
    """The content of everything in a folder; a lock says nothing."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def commands_wrong(here: Path, expected: dict[str, str], chance: random.Random) -> list[str]:
    """Each command in turn, in any order, on a store that is whole."""
    where = f"tracking.directory={here}"
    store = store_in(here)
    tracking.prepare(store)
    sweep = tracking.sweeps_of(store)[0].run_id
    wanted = {
        "run": (("sandbox.run", *CLAIMED, where), "6 of 6 arms were finished before"),
        "replay": (("sandbox.commands.replay", "--sweep", sweep, where), "6 runs replayed: 6 bit-identical"),
        "status": (("sandbox.commands.status", where), "(6 finished)"),
    }
    wrong = []
    for name in chance.sample([*wanted], len(wanted)):
        words, said = wanted[name]
        code, printed = typed(*words)
        if code or said not in printed:
            wrong.append(f"{name}: exit code {code}: {printed[-200:]!r}")
    if verdicts(here) != expected:
        wrong.append(f"ledger: {verdicts(here)}")
    return wrong
