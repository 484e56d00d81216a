"""Records three runs in a store that may not exist yet: `python record_three.py FOLDER`."""

import sys

from sandbox import tracking
from sandbox.config.schema import TrackingConfig

store = tracking.resolve(TrackingConfig(directory=sys.argv[1]))
tracking.prepare(store)
for i in range(3):
    record = tracking.described("sandbox", f"run {i}", "run", config={"i": i})
    tracking.end_run(store, record, config_yaml="")
