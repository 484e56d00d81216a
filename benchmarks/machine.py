"""What the numbers were measured with: processor, cores, load, versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sandbox.system.threads import available_cores
from sandbox.tracking import cpu

PACKAGES = ("numpy", "numba", "scikit-learn", "torch", "jax", "jaxlib", "hydra-core", "mlflow", "matplotlib")


def described() -> dict[str, Any]:
    """Processor, cores that we may use, load of the last minute before the benchmark, and versions."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cpu": cpu(), "cores": available_cores(), "load": load, "versions": found}
