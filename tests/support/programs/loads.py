"""Prints which libraries there are after a module was imported, or a function of it called with words.

python loads.py sandbox.trial.outcome
python loads.py sandbox.data.datasets:load moons
python loads.py sandbox.run:main --help            a `main` finds its words on the command line
"""

import sys
from contextlib import suppress
from importlib import import_module

LIBRARIES = {"numpy", "scipy", "pandas", "sklearn", "hydra", "mlflow", "sqlalchemy", "matplotlib", "numba", "joblib"}
LIBRARIES |= {"matplotlib.pyplot"}  # that keeps every figure

target, *words = sys.argv[1:]
module, _, function = target.partition(":")
sys.argv = [module, *words]
found = import_module(module)
if function:
    with suppress(SystemExit):
        getattr(found, function)(*([] if function == "main" else words))
print(*sorted(LIBRARIES & set(sys.modules)))
