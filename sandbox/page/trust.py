"""How far to trust the verdicts, as it was measured: read from what the benchmarks keep, never typed here."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def measured(results: Path = RESULTS) -> dict[str, dict[str, float] | None]:
    """What the benchmarks found of the procedure and of published numbers; None for what has not been kept."""
    procedure, published = (_kept(results / f"{name}.json") for name in ("procedure_calibration", "published"))
    return {
        "procedure": None if procedure is None else error_rates(procedure),
        "published": None if published is None else reproduced(published),
    }


def error_rates(kept: dict[str, Any]) -> dict[str, float]:
    """The worst shares, in per cent, of tables with known truth on which the judge or its placebo was wrong; and the power."""
    errors = kept["errors"]
    return {
        "tables": kept["trials"] * len(errors),
        "kinds": len({row["kind"] for row in errors}),
        "stated": 100 * (1 - kept["level"]),
        "wrong": 100 * max(row["wrong"] for row in errors),
        "placebo": 100 * max(row["placebo failed"] for row in errors),
        **_power(kept["power"], kept["questions"]),
    }


def _power(rows: list[dict[str, float]], questions: int) -> dict[str, float]:
    """The least share of strata, in per cent, in which a lead of one and of half a standard deviation is seen."""
    seen = {ahead: 100 * min(row["seen"] for row in rows if row["ahead"] == ahead) for ahead in (0.5, 1.0)}
    return {"questions": questions, "half": seen[0.5], "whole": seen[1.0]}


def reproduced(kept: list[dict[str, Any]]) -> dict[str, float]:
    """How many published numbers came out here as near as they may be, of how many, from how many sources."""
    return {
        "same": sum(row["agrees"] for row in kept),
        "count": len(kept),
        "sources": len({row["source"] for row in kept}),
    }


def _kept(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
