"""Figures: of a run, of a sweep, of a claim."""
