"""A sweep's table held against its experiment's claims: verdicts, and the forms in which they are shown and kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.table import Table

from sandbox.claims import Claim, judge, measured, prediction_hash
from sandbox.console import COLOURS, SYMBOLS
from sandbox.experiment import Budget, Experiment
from sandbox.markdown import escaped, markdown_table
from sandbox.plan import Plan, more_replicates, questions_of
from sandbox.verdicts import Verdict

WORTH = {  # of verdicts, by the budget they were reached with
    "declared": None,
    "quick": "a quick look: these verdicts are not evidence",
    "changed": "not the declared budget: these verdicts do not enter the ledger",
}


@dataclass(frozen=True)
class Judgement:
    """The verdicts on an experiment's claims, in the claims' order."""

    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]

    def tags(self) -> dict[str, str]:
        """What the dashboard's columns show: a tag per claim, with the prediction's hash behind the verdict."""
        return {f"verdict.{v.claim_id}": f"{v.verdict} ({v.prediction_hash[:12]})" for v in self.verdicts}

    def to_json(self) -> str:
        """The verdicts with all that is needed to doubt them."""
        return json.dumps([verdict.to_dict() for verdict in self.verdicts], indent=1, allow_nan=False)

    def figures(self, table: pd.DataFrame) -> dict[str, bytes]:
        """A picture of each verdict, and one of all of them, by file name."""
        from sandbox.plotting.overview import verdict_overview
        from sandbox.plotting.verdicts import verdict_figure

        pictures = {
            f"verdicts/{v.claim_id}.png": verdict_figure(v, claim.statement, dots(claim, table))
            for claim, v in zip(self.claims, self.verdicts, strict=True)
        }
        statements = {claim.id: claim.statement for claim in self.claims}
        return {"verdicts.png": verdict_overview(self.verdicts, statements), **pictures}

    def table(self, budget: Budget = "declared") -> Table:
        """For the screen: a row per claim."""
        rows = Table(header_style="bold", title=WORTH[budget])
        for heading in ("claim", "verdict", "estimate", "interval", "predicted", "strata", "replicates"):
            rows.add_column(heading, no_wrap=heading in ("claim", "verdict"))
        for v in self.verdicts:
            word = f"[{COLOURS[v.verdict]}]{SYMBOLS[v.verdict]} {v.verdict}[/]"
            interval = f"{v.interval.low:.3g} to {v.interval.high:.3g}"
            rows.add_row(
                v.claim_id, word, f"{v.estimate:.3g}", interval, str(v.prediction), tally(v), str(v.replicates)
            )
        return rows

    def markdown(self) -> str:
        """For the parent run's note: a row per claim and the sentences behind it."""
        rows = [
            (
                f"**{escaped(v.claim_id)}**: {escaped(claim.statement)}",
                f"{SYMBOLS[v.verdict]} {v.verdict}",
                f"{v.estimate:.3g}",
                f"{v.interval.low:.3g} to {v.interval.high:.3g}",
                escaped(str(v.prediction)),
                tally(v),
            )
            for claim, v in zip(self.claims, self.verdicts, strict=True)
        ]
        lines = markdown_table(("claim", "verdict", "estimate", "interval", "predicted", "strata"), rows)
        return "\n".join([*lines, "", *(f"- **{escaped(v.claim_id)}**: {escaped(v.text)}" for v in self.verdicts)])


def dots(claim: Claim, table: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Each replicate's number in every stratum, for the statistics that have one number per replicate."""
    frames = measured(claim, table)
    return {stratum: frame["low"].to_numpy(float) for stratum, frame in frames.items() if "low" in frame}


def tally(verdict: Verdict) -> str:
    """How many strata said what: `6 supported`, `4 supported, 2 refuted`."""
    words = [stratum.verdict for stratum in verdict.strata]
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def judge_claims(experiment: Experiment, table: pd.DataFrame, plan: Plan, look: int = 1) -> Judgement:
    """All the experiment's claims on one table. Raises InputError where the table lacks what a claim needs."""
    level = plan.level(look)
    verdicts = tuple(judge(claim, table, level=level, look=look) for claim in experiment.claims)
    return Judgement(experiment.claims, verdicts)


def plan_of(first: int, looks: int, family: Sequence[Claim]) -> Plan:
    """The rule by which replicates are added, fixed before the first run; the error is shared by the whole family."""
    return Plan(questions=questions_of(family), first=first, looks=looks)


def wanted(judgement: Judgement, plan: Plan) -> int:
    """How many replicates in all the next look needs; 0 if every verdict is final or the budget is spent."""
    return max((more_replicates(verdict, plan) for verdict in judgement.verdicts), default=0)


def prediction_tags(experiment: Experiment) -> Mapping[str, str]:
    """The hash of every prediction, put on record before the first run starts."""
    return {f"prediction.{claim.id}": prediction_hash(claim) for claim in experiment.claims}
