"""Records three runs in a store that may not exist yet: `python record_three.py FOLDER`."""

import sys

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from tests.support.records import record_run

store = tracking.resolve(TrackingConfig(directory=sys.argv[1]))
tracking.prepare(store)
for i in range(3):
    record_run(store, "sandbox", f"run {i}", config={"i": i}, config_yaml="", parent="shared")
