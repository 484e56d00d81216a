"""Does what the server of workers does before it forks: `python server_of_workers.py [recording] [drawing]`.

Prints how often the trainer is compiled, how many threads there are, and whether Matplotlib is imported and has drawn texts.
"""

import sys
import threading
from importlib import import_module

from sandbox.launch import bootstrap

for name in bootstrap.modules(recording="recording" in sys.argv, drawing="drawing" in sys.argv):
    import_module(name)
kernel = import_module("sandbox.nn.engines.fused.kernel")
texts = sys.modules.get("sandbox.plotting.canvas.fast_text")
print(
    len(kernel.descend.signatures),
    threading.active_count(),
    bool(texts and texts._rasterise.cache_info().currsize),
    "matplotlib" in sys.modules,
)
