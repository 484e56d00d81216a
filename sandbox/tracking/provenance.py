"""What made a result: who, the state of the code, and the versions of what it stands on."""

import getpass
import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("numpy", "scipy", "scikit-learn", "hydra-core", "mlflow", "numba")
UNKNOWN = "unknown"


@lru_cache
def git(folder: Path) -> dict[str, str]:
    """Tags with the commit checked out in a folder, and whether files differ from it or are not in it."""
    try:
        status = subprocess.run(  # noqa: S603 - a literal command
            ["git", "-C", str(folder), "status", "--porcelain=v2", "--branch"],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=10,
            check=True,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError):  # no git, no repository, or one too slow to wait for
        return {"git.commit": UNKNOWN, "git.dirty": UNKNOWN}
    lines = status.splitlines()
    commits = [line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")]
    commit = commits[0] if commits and commits[0] != "(initial)" else UNKNOWN
    tags = {"git.commit": commit, "git.dirty": str(any(not line.startswith("#") for line in lines)).lower()}
    return tags if commit == UNKNOWN else tags | {"mlflow.source.git.commit": commit}


@lru_cache
def versions() -> str:
    """Versions of Python and the packages that shape a result, as JSON; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return json.dumps(found)


@lru_cache
def cpu() -> str:
    """The processor in the maker's words, with what NumPy makes of it: the last bits of a result may depend on both."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else model}, {platform.machine()}, {platform.system()}"


@lru_cache
def kernel(engine: str = "numpy") -> str:
    """What was chosen for this processor when libraries were loaded and code was compiled, as JSON.

    It changes the last bits of a result, and no meaning.
    """
    import threadpoolctl

    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    pools.sort(key=lambda pool: "numpy" not in str(pool.get("filepath")).lower())  # SciPy brings one of its own
    blas = " ".join(str(pools[0].get(key)) for key in ("internal_api", "version", "architecture")) if pools else UNKNOWN
    config: Callable[..., Any] = np.show_config  # annotated as if it only printed
    wide = config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    chosen = {"BLAS": blas, "NumPy's loops": wide[-1] if wide else "baseline"}
    if engine.startswith("fused"):
        from llvmlite import binding  # type: ignore[import-untyped] # comes with numba, which will be wanted

        chosen["compiled for"] = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return json.dumps(chosen)


def made_with(tags: Mapping[str, str]) -> dict[str, str]:
    """What of a run's tags says with what it was made: versions, processor, what was chosen for it."""
    found: dict[str, str] = {}
    for tag in ("versions", "kernel"):
        with suppress(ValueError, TypeError):
            found |= json.loads(tags.get(tag, "{}"))
    return found | ({"CPU": tags["cpu"]} if "cpu" in tags else {})


def user() -> str:
    """The name of whoever runs this, where the system knows one; containers often do not."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return UNKNOWN
