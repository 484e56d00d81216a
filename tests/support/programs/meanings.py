"""What files say, digested one a line: `python meanings.py SOURCE FILE...`, with any Python and nothing installed."""

import hashlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path


def main(source: str, *files: str) -> None:
    """source: the path of sandbox/system/source.py."""
    spec = spec_from_file_location("source", source)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for file in files:
        print(hashlib.sha256(module.meaning(Path(file).read_bytes()).encode()).hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
