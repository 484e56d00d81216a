"""Prints after how many new objects the garbage collector looks, once a module is imported: `python collector.py MODULE`."""

import gc
import sys
from importlib import import_module

import_module(sys.argv[1])
print(gc.get_threshold()[0])
