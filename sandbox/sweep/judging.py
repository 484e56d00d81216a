"""A sweep's table held against its experiment's claims: the design before it runs, the verdicts, their figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.table import Table

from sandbox.claims import judge as judging
from sandbox.claims.claim import Claim
from sandbox.claims.looks import Plan, controls_of, more_replicates, questions_of
from sandbox.claims.report import verdicts_markdown, verdicts_table
from sandbox.claims.strata import Strata, measured
from sandbox.claims.verdict import Verdict
from sandbox.claims.worth import Budget
from sandbox.config.schema import RunConfig
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Result
from sandbox.trial.registry import experiment_of, findings
from sandbox.trial.table import compared, technical

FEW = 2  # replicates of a run tell as much of a design as many


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

    def figures(self, table: pd.DataFrame, results: Sequence[Result] = (), *, trains: bool = False) -> dict[str, bytes]:
        """A picture of each verdict, and one of all of them, by file name.

        results: of the table's runs, to show what is behind it; `trains` if they but train the network they configure.
        """
        from sandbox.plotting.mechanism import why
        from sandbox.plotting.verdict import verdict_figure
        from sandbox.plotting.verdict_overview import verdict_overview

        of = (results[0].config.experiment or "") if results else ""
        asked = experiment_of(results[0].config).question if of else ""
        pictures = {}
        for claim, v in zip(self.claims, self.verdicts, strict=True):
            strata = measured(claim, table)
            settings = {name: stratum.settings for name, stratum in strata.items()}
            behind = why(claim, v, table, results, settings, trains=trains)
            pictures[f"verdicts/{v.claim_id}.png"] = verdict_figure(
                v, claim.statement, dots(strata), behind, settings, asked
            )
        statements = {claim.id: claim.statement for claim in self.claims}
        return {"verdicts.png": verdict_overview(self.verdicts, statements, of), **pictures}

    def table(self, budget: Budget) -> Table:
        return verdicts_table(self.verdicts, budget)

    def markdown(self) -> str:
        return verdicts_markdown(self.claims, self.verdicts)


def dots(strata: Strata) -> dict[str, Array]:
    """Each replicate's number in every stratum, for the statistics that have one number per replicate."""
    return {name: s.frame["low"].to_numpy(float) for name, s in strata.items() if "low" in s.frame}


def check_design(experiment: Experiment, configs: Sequence[RunConfig]) -> None:
    """Before anything runs: whether a sweep has the arms that the experiment's claims compare. Raises InputError."""
    few = [min(config.replicates, FEW) for config in configs]
    settings = pd.DataFrame([{**compared(c), **technical(c), "run_id": i, "arm": i} for i, c in enumerate(configs)])
    table = settings.loc[np.repeat(settings.index, few)].reset_index(drop=True)
    table["replicate"] = np.concatenate(
        [config.first_replicate + np.arange(n) for config, n in zip(configs, few, strict=True)]
    )
    for claim in experiment.claims:
        try:
            judging.check_design(claim, table)
        except InputError as error:
            raise InputError(
                f"{error}; leave out what changes the arms, or sweep without +experiment={experiment.name}"
            ) from None


def judge_claims(
    experiment: Experiment, table: pd.DataFrame, plan: Plan, look: int = 1, *, declared: bool = True
) -> Judgement:
    """All the experiment's claims on one table. Raises InputError where the table lacks what a claim needs.

    declared: whether its runs are those of the design. Of others nobody has found out why they came out as they did.
    """
    told = findings(experiment.name) if experiment.claims and declared else {}
    verdicts = tuple(
        judging.judge(
            claim,
            table,
            level=plan.level(look),
            control_level=plan.control_level(look),
            look=look,
            promise=experiment.promise(claim),
            findings=told.get(claim.id, {}),
        )
        for claim in experiment.claims
    )
    return Judgement(experiment.claims, verdicts)


def plan_of(first: int, looks: int, family: Sequence[Claim]) -> Plan:
    """The rule by which replicates are added, fixed before the first run; the errors are shared by the whole family."""
    return Plan(questions=questions_of(family), controls=controls_of(family), first=first, looks=looks)


def wanted(judgement: Judgement, plan: Plan) -> int:
    """How many replicates in all the next look needs; 0 if every verdict is final or the budget is spent."""
    return max((more_replicates(verdict, plan) for verdict in judgement.verdicts), default=0)


def prediction_tags(experiment: Experiment) -> Mapping[str, str]:
    """The hash of every prediction, put on record before the first run starts."""
    return {f"prediction.{claim.id}": experiment.promise(claim) for claim in experiment.claims}
