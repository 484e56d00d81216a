"""Prints the hash of every prediction of an experiment."""

import sys

from experiments import load
from sandbox.claims.claim import prediction_hash

for claim in load(sys.argv[1]).claims:
    print(prediction_hash(claim))
