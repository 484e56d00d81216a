"""Data sets: made, shipped, or brought by the user."""
