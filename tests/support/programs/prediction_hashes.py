"""Prints the hash of every prediction of an experiment."""

import sys

from experiments import load

experiment = load(sys.argv[1])
for claim in experiment.claims:
    print(experiment.promise(claim))
