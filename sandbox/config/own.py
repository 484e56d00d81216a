"""Parts of the user's own in a configuration: `activation=mine.py:g`, and what was handed over in Python as `own:g`.

A file is imported only if it was named on the command line, or by the caller in Python: a record, or a file of conf/, can
name none. What is found is checked on arrival. Its code counts in the run's digest: the file's, and that of the files beside
it which it imports.
"""

import ast
import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox.config.names import options_of
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError, nearest
from sandbox.system.functions import saying
from sandbox.system.own_parts import PARTS
from sandbox.system.source import meaning

NAMED = re.compile(r"(?P<file>[^,\[\]'\"=]+\.py):(?P<name>[A-Za-z_]\w*)")
FILE = re.compile(r"[^,\[\]'\"=]+\.py")
HANDED = "own:"  # begins the name of what was handed over in Python
SHORT = {
    "activation": "",
    "output": "",
    "init": "init.name=",
    "dataset": "dataset=file\ndataset.name=",
    "experiment": "experiment_file=",
}

_allowed: dict[str, Path] = {}  # files that may be imported, by their names
_codes: dict[str, str] = {}  # of every part and experiment that was taken in, by its name


@dataclass(frozen=True)
class Loaded:
    """A user's file as a module, and what its code says."""

    module: ModuleType
    path: Path
    code: str


_loaded: dict[Path, Loaded] = {}


def allow(words: Iterable[str]) -> None:
    """The files that these words name may be imported."""
    for word in words:
        for found in FILE.findall(word):
            path = Path(found.lstrip("+")).expanduser().absolute()
            _allowed[path.name] = path


def expanded(words: Iterable[str]) -> list[str]:
    """`init=mine.py:f`, `dataset=mine.py:f` and `+experiment=mine.py` as the keys that hold them, where Hydra has groups.

    In a sweep over ours and the user's own, the other keys of the group have one value for all: those of `init=normal`, and
    for data sets what their table says.
    """
    result: list[str] = []
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        own = FILE.fullmatch(value) if key == "experiment" else any(map(_is_own, value.split(",")))
        if own and SHORT.get(key):
            *before, last = SHORT[key].split("\n")
            result += [*before, last + value]
        else:
            result.append(word)
    return result


def _is_own(name: str) -> bool:
    return bool(NAMED.fullmatch(name)) or name.startswith(HANDED)


def taken_in(config: RunConfig) -> RunConfig:
    """The configuration with its own parts checked, known and called by short names. Raises InputError."""
    experiment = config.experiment_file or config.experiment
    experiment = _experiment(experiment) if experiment and experiment.endswith(".py") else experiment
    return _renamed(replace(config, experiment=experiment, experiment_file=None), _taken)


def full(config: RunConfig) -> RunConfig:
    """The configuration with its files by their full paths, as it is recorded."""
    return _renamed(replace(config, experiment=config.experiment and _whole("", config.experiment)), _whole)


def _renamed(config: RunConfig, rename: Callable[[str, Any], Any]) -> RunConfig:
    """With every part of a network and its training called as `rename(kind, name)` says."""
    given, probes = config.activation, config.probes.names
    several = isinstance(given, list)
    return replace(
        config,
        activation=[rename("activation", name) for name in given] if several else rename("activation", given),
        output=rename("output", config.output),
        init=replace(config.init, name=rename("init", config.init.name)),
        dataset=replace(config.dataset, name=rename("dataset", config.dataset.name)),
        probes=replace(config.probes, names=probes and [rename("probe", name) for name in probes]),
    )


def names_of(config: RunConfig) -> list[str]:
    """The names in a configuration that are the user's own."""
    several = config.activation if isinstance(config.activation, list) else [config.activation]
    words = [*several, config.output, config.init.name, config.dataset.name, *(config.probes.names or ())]
    return [name for name in dict.fromkeys(words) if isinstance(name, str) and name in _codes]


def code_of(config: RunConfig) -> str:
    """A name for the code of all parts in a configuration that are the user's own; "" where there are none."""
    own = names_of(config)
    return hashlib.sha256("\n".join(_codes[name] for name in own).encode()).hexdigest()[:16] if own else ""


def hand_over(kind: str, given: Any, name: str) -> str:
    """Take in what was defined in Python, and the name that it has from now on. Raises InputError."""
    from sandbox.config.arrival import ARRIVALS  # here, since --help need not pay for NumPy

    code = "\n".join(saying(each, f"{HANDED}{name}") for each in _flat(given) if callable(each))
    names = (f"{HANDED}{name}{f'_{n}' if n > 1 else ''}" for n in count(1))
    called = next(free for free in names if _codes.get(free, code) == code)  # runs of an earlier one keep it
    PARTS[kind, called] = ARRIVALS[kind](given, called)
    _codes[called] = code
    return called


def module_of(experiment: str) -> ModuleType:
    """The module of an experiment that is the user's own, by its short name."""
    return _loaded[_allowed[experiment]].module


def sweep_of(experiment: str) -> dict[str, str]:
    """What the file of an experiment declares as its sweep: `SWEEP = {"init": "zero,normal"}`."""
    declared = getattr(_load("experiment", experiment).module, "SWEEP", {})
    return {str(key): str(value) for key, value in declared.items()}


def declared(experiment: str) -> dict[str, Any]:
    """What `config.compose.declared_sweep` says of an experiment of the user's own, by its name; nothing of ours."""
    file = f"{experiment}.py"
    return {"hydra": {"sweeper": {"params": sweep_of(file)}}} if file in _allowed else {}


def _taken(kind: str, name: Any) -> Any:
    if not isinstance(name, str):
        return name
    if name.startswith(HANDED):
        if (kind, name) not in PARTS:
            raise InputError(
                f"{kind}: expected a part that was handed over in this process, got {name!r}; do it again, or keep it in a file: "
                f"{kind}=FILE.py:NAME"
            )
        return name
    if (match := NAMED.fullmatch(name)) is None:
        return name
    from sandbox.config.arrival import ARRIVALS

    loaded = _load(kind, match["file"])
    short = f"{loaded.path.name}:{match['name']}"
    if _codes.get(short) != loaded.code or (kind, short) not in PARTS:
        PARTS[kind, short] = ARRIVALS[kind](_found(loaded, match["name"]), short)
        _codes[short] = loaded.code
    return short


def _found(loaded: Loaded, name: str) -> Any:
    """What a file calls so; a function with its derivative `NAME_derivative` beside it, if there is one."""
    there = {known for known in vars(loaded.module) if not known.startswith("_")}
    if not hasattr(loaded.module, name):
        raise InputError(f"{loaded.path.name}: expected something called {name!r}, got none{nearest(name, there)}")
    found, slope = getattr(loaded.module, name), getattr(loaded.module, f"{name}_derivative", None)
    return (found, slope) if slope is not None else found


def _experiment(text: str) -> str:
    loaded = _load("experiment", text)
    if not hasattr(loaded.module, "EXPERIMENT"):
        raise InputError(
            f"experiment: expected EXPERIMENT in {loaded.path.name}, got none; see the experiments of the package"
        )
    if loaded.path.stem in options_of("experiment"):
        raise InputError(
            f"experiment: expected a name that none of ours has, got {loaded.path.name}; call the file otherwise"
        )
    return loaded.path.name


def _load(kind: str, text: str) -> Loaded:
    """The file as a module, read again if it has changed. Raises InputError."""
    path = Path(text).expanduser().absolute()
    allowed = _allowed.get(path.name)
    if allowed is None:
        raise InputError(
            f"{kind}: expected a file that was named by you, got {text!r} from a record or a configuration; name it as well (replay: --own FILE)"
        )
    try:
        content = allowed.read_bytes()
        beside = _neighbours(allowed, content)
        code = "\n".join([meaning(content), *map(meaning, beside.values())])
    except OSError as problem:
        raise InputError(f"{kind}: expected a file that can be read, got {text!r} ({problem.strerror})") from None
    except SyntaxError as problem:
        raise InputError(
            f"{kind}: expected Python in {allowed.name}, got {problem.msg} in line {problem.lineno}"
        ) from None
    if allowed not in _loaded or _loaded[allowed].code != code:
        _loaded[allowed] = Loaded(_imported(kind, allowed, code, beside), allowed, code)
    return _loaded[allowed]


def _imported(kind: str, path: Path, code: str, beside: Iterable[str]) -> ModuleType:
    # within the package of experiments, whose code counts wherever it is reached; a name for each state of the file
    name = f"experiments.own_{path.stem}_{hashlib.sha256(code.encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    for neighbour in beside:  # as it is now
        called = neighbour.removesuffix(".__init__")
        file = path.parent.joinpath(*neighbour.split(".")).with_suffix(".py")
        if getattr(sys.modules.get(called), "__file__", None) == str(file):
            del sys.modules[called]
    sys.modules[name] = module
    sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # noqa: BLE001 - whatever the user's code raises
        del sys.modules[name]
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())
        raise InputError(
            f"{kind}: expected a file that can be imported, got {reason[:200]} from {path.name}; correct it"
        ) from None
    finally:
        sys.path.remove(str(path.parent))
    return module


def _neighbours(path: Path, content: bytes) -> dict[str, bytes]:
    """The files beside it that it imports, and those that these import, by module."""
    found: dict[str, bytes] = {}
    waiting = [content]
    while waiting:
        for name in _imports(ast.parse(waiting.pop())):
            for beside in _files_of(path.parent, name):
                module = ".".join(beside.relative_to(path.parent).with_suffix("").parts)
                if module not in found and beside != path:
                    found[module] = beside.read_bytes()
                    waiting.append(found[module])
    return found


def _files_of(folder: Path, name: str) -> list[Path]:
    """A module's file; of a folder all that it holds, since any of them may be reached through it."""
    if (package := folder / name).is_dir():
        return sorted(package.rglob("*.py"))
    return [file for file in (folder / f"{name}.py",) if file.is_file()]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _whole(kind: str, name: Any) -> Any:
    if not isinstance(name, str):
        return name
    file, colon, rest = name.partition(":")
    return f"{_allowed[file]}{colon}{rest}" if file in _allowed and file.endswith(".py") else name


def _flat(given: Any) -> Iterator[Any]:
    if isinstance(given, tuple | list):
        for each in given:
            yield from _flat(each)
    elif hasattr(given, "__dataclass_fields__"):
        yield from vars(given).values()
    else:
        yield given
