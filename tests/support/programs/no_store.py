"""Prepares the store that keeps nothing, and prints where its dashboard is (nowhere), then what that has loaded."""

import sys

from sandbox import tracking
from sandbox.config.schema import TrackingConfig

store = tracking.resolve(TrackingConfig(kind="none"))
tracking.prepare(store)
print(repr(tracking.dashboard_hint(store)))
print(sorted({"mlflow", "sqlalchemy"} & set(sys.modules)))
