"""Modules that can be called: `sandbox.sweep(...)` is a function, and `sandbox.sweep` the room of that name as well."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallableRoom(ModuleType):
    """A module that stands for the function of its name in `sandbox.interface`, however it was imported first."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(import_module("sandbox.interface"), self.__name__.rpartition(".")[2])(*args, **kwargs)


def make_callable(module: str) -> None:
    """From now on a call of the module is one of the function."""
    if module in sys.modules and module != "__main__":
        sys.modules[module].__class__ = CallableRoom
