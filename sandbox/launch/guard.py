"""What Hydra itself would import and call for a configuration, refused: no configuration or file can run code.

Our own keys are looked up in tables. Hydra's, below `hydra.`, can name things to call: plugins, callbacks, and in its logging
any class or factory. Plugins stay within Hydra's own packages, callbacks are not used here, and logging takes what logs.
"""

from typing import Any

from hydra._internal import hydra as hydra_itself
from hydra._internal.callbacks import Callbacks
from omegaconf import DictConfig, OmegaConf

from sandbox.system.errors import InputError

PLUGINS = ("hydra_plugins.", "hydra._internal.core_plugins.")
SWEEPER = "hydra_plugins.sandbox_sweeper.SandboxSweeper"
LOGGING = ("logging.", "colorlog.")


def guard(composed: DictConfig | None) -> None:
    """Raises InputError if Hydra would call anything but its plugins and the standard logging for this configuration."""
    if composed is None or "hydra" not in composed:
        return
    if OmegaConf.is_missing(composed, "hydra"):
        return
    own = OmegaConf.to_container(composed.hydra, resolve=False)
    assert isinstance(own, dict)
    target = (own.get("sweeper") or {}).get("_target_")
    if target is not None and target != SWEEPER:
        raise InputError(other_sweeper(str(target)[:80]))
    if own.get("callbacks"):
        raise InputError("hydra.callbacks: expected none, since no configuration may run code; leave them out")
    _walk(own, "hydra")


def other_sweeper(got: str) -> str:
    """Why no other sweeper than ours: a claim is judged on all arms of a grid, named and checked before the first of them runs."""
    return (
        f"hydra/sweeper: expected sandbox, got {got!r}: arms that are chosen while others run are no grid that can be checked, resumed "
        "and judged; name the values, as in learning_rate=0.1,0.3,1"
    )


def _walk(value: Any, key: str) -> None:
    if isinstance(value, dict):
        for name, given in value.items():
            called = name in ("_target_", "()") or (name == "class" and "logging" in key)
            allowed = PLUGINS if name == "_target_" else LOGGING
            if called and not str(given).startswith(allowed):
                raise InputError(
                    f"{key}.{name}: expected one of {', '.join(allowed)}..., got {str(given)[:80]!r}; leave it out"
                )
            _walk(given, f"{key}.{name}")
    elif isinstance(value, list):
        for given in value:
            _walk(given, key)
    elif isinstance(value, str) and value.startswith(("ext://", "cfg://")) and not value.startswith("ext://sys.std"):
        raise InputError(f"{key}: expected a plain value, got {value[:80]!r}; leave it out")


class GuardedCallbacks(Callbacks):
    """Hydra makes its callbacks right after it has composed, before it calls anything that the configuration names."""

    def __init__(self, config: DictConfig | None = None) -> None:
        guard(config)
        super().__init__(None)


def install() -> None:
    """From now on Hydra asks before it calls."""
    hydra_itself.Callbacks = GuardedCallbacks  # type: ignore[attr-defined]
