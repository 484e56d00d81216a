"""In whatever folder it is started: one recorded run, and an experiment. Prints where the package lies and its ledger goes, the digest, the claims."""

from pathlib import Path

import sandbox

run = sandbox.run(dataset__samples=40, steps=5, replicates=2, record=True, tracking__figures=False)
records = sandbox.load(Path("mlruns"))
assert isinstance(records, sandbox.Records)
symmetry = sandbox.experiment("symmetry", quick=True, dataset=["moons"])
from sandbox.sweep.ledger import place  # noqa: E402 - after the environment is set
from sandbox.tracking import fetch_run  # noqa: E402

print(Path(sandbox.__file__).resolve())
print(place(records.store))
print(fetch_run(records.store, run.id).tags["digest"])
print(*symmetry.verdicts.index)
