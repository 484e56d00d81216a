"""A laboratory for what textbooks say about small neural networks."""

__version__ = "0.1.0"
