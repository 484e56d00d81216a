"""A laboratory for what textbooks say about small neural networks."""

from pathlib import Path

__version__ = "0.1.0"
__path__.append(str(Path(__file__).parent / "commands"))  # where `python -m sandbox.VERB` finds them
