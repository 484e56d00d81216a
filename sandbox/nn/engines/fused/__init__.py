"""The compiled engine, a sealed annex behind `advance`."""
