"""Sweeps and experiments: many runs compared, and the verdicts on what was claimed of them."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox.launch.execute import prepared  # it comes before Hydra

import pandas as pd

from sandbox.claims import judge as judging
from sandbox.claims.claim import Claim
from sandbox.claims.measures import Paired
from sandbox.claims.statistics import STATISTICS, by_draw
from sandbox.claims.strata import with_draws
from sandbox.claims.verdict import Verdict
from sandbox.claims.worth import WORTH
from sandbox.config.own import HANDED
from sandbox.interface.pictures import Picture
from sandbox.interface.runs import Run
from sandbox.interface.samples import words_for
from sandbox.interface.settings import mistakes, where, words_of
from sandbox.sweep.naming import arm_names
from sandbox.sweep.runner import conduct, planned
from sandbox.system.errors import InputError
from sandbox.tracking import Run as Record
from sandbox.tracking import Store
from sandbox.trial.experiment import budget_of
from sandbox.trial.outcome import Result
from sandbox.trial.registry import load as experiment_named
from sandbox.trial.registry import names as experiments
from sandbox.trial.table import gathered, higher_is_better, shown_metrics, varying

QUICK = {"replicates": 4, "steps": 20, "looks": 1, "quick": True}


def sweep(data: Any = None, *, record: bool | str | Path = False, workers: int = 1, **settings: Any) -> "Sweep":
    """All combinations of the settings that are lists: what `sandbox run -m` does.

    A list is a value each; of keys that take a list themselves (`hidden`, `probes.names` ...) it is a list of lists. Several
    activations in one network are a list in the list. data, record: as in `run`. workers: runs side by side, by
    processes. Raises InputError.
    """
    words = [*words_for(data, record), *where(record), *words_of(settings, several=True)]
    if workers != 1:
        words = ["hydra/launcher=cores", f"hydra.launcher.n_jobs={workers}", *words]
    return _conducted(words)


def experiment(
    name: str, *, quick: bool = False, record: bool | str | Path = False, workers: int = 1, **settings: Any
) -> "Sweep":
    """A prepared sweep with its claims judged: what `sandbox run -m +experiment=NAME` does, with other settings if some are given.

    name: one of ours, or the file of your own that defines EXPERIMENT and SWEEP. quick: a look of seconds, whose verdicts are no
    evidence.
    """
    small = [*words_of(QUICK), *experiment_named(name).quick] if quick and name in experiments() else []
    words = [f"+experiment={name}", *small, *where(record), *words_of(settings, several=True)]
    if workers != 1:
        words = ["hydra/launcher=cores", f"hydra.launcher.n_jobs={workers}", *words]
    return _conducted(words)


def _conducted(words: list[str]) -> "Sweep":
    if any("hydra/launcher=" in word for word in words) and any(HANDED in word for word in words):
        raise InputError(
            "workers: expected 1 beside parts of your own that no file holds, got several processes, which do not know them; "
            "keep them in a file: activation='FILE.py:NAME'"
        )
    with mistakes(), _without_main(), prepared(words) as (arms, configs, launch):
        done = planned(arms, configs, budget_of(words, quick=configs[0].quick))
        conduct(done, launch, printing=False)
    if done.failures and not done.results:
        raise done.failures[0][1]
    verdicts = done.judgement.verdicts if done.judgement is not None else ()
    failures = tuple((" ".join(arm), f"{type(error).__name__}: {error}") for arm, error in done.failures)
    return Sweep(
        tuple(done.results), verdicts, done.experiment.claims, done.parent, failures, done.unjudged, done.budget
    )


@contextmanager
def _without_main() -> Iterator[None]:
    """Workers need nothing of the caller's script, and would run it once more to find that out."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def judge(claim: Claim, table: pd.DataFrame, **options: Any) -> Verdict:
    """The verdict that a table gives on a claim: any table with a row per run and replicate, whatever it was made by.

    The claim names its columns; `replicate` pairs the arms, and `draw`, where there is one, says which draw of the data a
    row is from. options: see `sandbox.claims.judge`. Raises InputError where the table lacks an arm or a column.
    """
    if "replicate" not in table.columns:
        raise InputError("table: expected a column 'replicate', by which arms are paired, got none; add one")
    return judging.judge(claim, table, **options)


@dataclass(frozen=True)
class Comparison:
    """Two arms held against each other, replicate by replicate.

    share: of the pairs in which the first is better, with its interval at 95 %. table: a row per pair.
    """

    first: str
    second: str
    metric: str
    share: float
    low: float
    high: float
    table: pd.DataFrame = field(repr=False)

    def _repr_html_(self) -> str:
        said = f"{escape(self.first)} is better than {escape(self.second)} in {self.share:.0%} of the pairs, by {self.metric}"
        return f"{said} (95 %: {self.low:.0%} to {self.high:.0%})"


@dataclass(frozen=True)
class Sweep:
    """A sweep that has ended.

    judged: the verdicts themselves. failures: arms that failed, and why. unjudged: why there are no verdicts, where there
    should be. budget: what they are worth: "declared" is evidence. records: by id, the store that a run was read from, and
    its record there.
    """

    results: tuple[Result, ...] = field(repr=False)
    judged: tuple[Verdict, ...] = field(default=(), repr=False)
    claims: tuple[Claim, ...] = field(default=(), repr=False)
    id: str = ""
    failures: tuple[tuple[str, str], ...] = ()
    unjudged: str = ""
    budget: str = ""
    records: Mapping[str, tuple[Store, Record]] = field(default_factory=dict, repr=False)

    @property
    def varied(self) -> list[str]:
        """The settings in which the arms differ."""
        return varying([result.config for result in self.results])

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per run and replicate, as `Run.table`; `arm` numbers the configurations, `name` says what sets them apart."""
        frame = gathered(list(self.results))
        return pd.concat([frame["arm"].map(self.names).rename("name"), frame], axis=1)

    @property
    def names(self) -> dict[int, str]:
        """Of the arms, by number."""
        configs = {result.arm: result.config for result in self.results}
        return dict(zip(configs, arm_names([*configs.values()], self.varied), strict=True))

    @property
    def metric(self) -> str:
        """By which arms are compared unless another one is named."""
        return shown_metrics(list(self.results))[0]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, arm: int) -> Run:
        return self._run(self._result(arm))

    def __iter__(self) -> Iterator[Run]:
        """The runs in the arms' order, those that have failed left out."""
        return map(self._run, sorted(self.results, key=lambda result: result.arm))

    def _run(self, result: Result) -> Run:
        return Run(result, self.records.get(result.run_id))

    def _result(self, arm: int) -> Result:
        found = [result for result in self.results if result.arm == arm]
        if not found:
            raise InputError(f"arm: expected one of 0 to {len(self.names) - 1} that has not failed, got {arm}")
        return found[0]

    def best(self, count: int = 5, metric: str | None = None) -> pd.DataFrame:
        """The arms with the best median, best first: what sets them apart, the median and the middle half of the replicates."""
        metric = self._known(metric)
        if count != int(count) or count < 1:
            raise InputError(f"count: expected a whole number from 1 on, got {count}")
        groups = self.table.groupby("arm")[metric]
        found = pd.DataFrame(
            {
                "name": pd.Series(self.names),
                metric: groups.median(),
                "25 %": groups.quantile(0.25),
                "75 %": groups.quantile(0.75),
            }
        )
        settings = self.table.groupby("arm")[self.varied].first() if self.varied else pd.DataFrame(index=found.index)
        ordered = found.join(settings).sort_values(metric, ascending=not higher_is_better(metric))
        return ordered.rename_axis("arm").head(count)

    def heatmap(self, x: str, y: str, metric: str | None = None) -> Picture:
        """What two settings do together: the median over the replicates in each cell, and between what eight in ten lie."""
        from sandbox.plotting.heat_map import heat_map

        if x == y or not {x, y} <= {*self.varied}:
            raise InputError(
                f"heatmap: expected two settings of the sweep ({', '.join(self.varied)}), got {x!r}, {y!r}"
            )
        metric = self._known(metric)
        drawn = heat_map(self.table, names=self.varied, metric=metric, factors=(y, x))
        assert drawn is not None  # which only a sweep without two such settings would give
        return Picture(drawn, f"{metric}: {x} × {y}")

    def compare(self, first: int, second: int, metric: str | None = None) -> Comparison:
        """Two arms by number, replicate by replicate: the same data, split and seed."""
        metric = self._known(metric)
        one, other = self._result(first), self._result(second)
        question = Paired(metric, {"arm": first}, {"arm": second}, lower_is_better=not higher_is_better(metric))
        frame = with_draws(question(self.table), self.table)
        share = STATISTICS["share"].estimate([by_draw(frame, "share")], 0.95, 0.0)
        columns = {self.names[arm]: question.arm(self.table, {"arm": arm}) for arm in (one.arm, other.arm)}
        return Comparison(
            self.names[first], self.names[second], metric, share.value, share.low, share.high, pd.DataFrame(columns)
        )

    @property
    def verdicts(self) -> pd.DataFrame:
        """A row per claim: the verdict, the estimate and its interval, what was predicted, over what it speaks, in words."""
        columns = [
            "claim",
            "statement",
            "verdict",
            "estimate",
            "low",
            "high",
            "predicted",
            "replicates",
            "draws",
            "over",
            "text",
        ]
        statements = {claim.id: claim.statement for claim in self.claims}
        rows = [
            (v.claim_id, statements.get(v.claim_id, ""), v.verdict, v.estimate, v.interval.low, v.interval.high, str(v.prediction), v.replicates, v.draws, v.over, v.text)
            for v in self.judged
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index("claim")

    def figure(self, metric: str | None = None) -> Picture:
        """All arms side by side: every replicate, and the learning curves."""
        from sandbox.plotting.sweep import sweep_figure

        outcomes = {result.run_id or str(result.arm): result.outcome for result in self.results}
        frame = self.table.assign(
            run_id=self.table["run_id"].where(self.table["run_id"] != "", self.table["arm"].astype(str))
        )
        metric = metric and self._known(metric)
        words = f"{len(self.names)} arms of {', '.join(self.varied) or 'one kind'}"
        return Picture(sweep_figure(frame, outcomes, names=self.varied, title=words, metric=metric), words)

    def _known(self, metric: str | None) -> str:
        metric = metric or self.metric
        numbers = self.table.select_dtypes("number").columns
        if metric not in numbers:
            from sandbox.system.errors import nearest

            raise InputError(
                f"metric: expected a column of numbers of the table, got {metric!r}{nearest(metric, numbers)}"
            )
        return metric

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        said = f"; {', '.join(f'{v.claim_id} {v.verdict}' for v in self.judged)}" if self.judged else ""
        worth = WORTH.get(self.budget) if self.judged else None
        whole = f"{len(self.names)} arms over {', '.join(self.varied) or 'nothing'}{failed}{said}"
        return f"<Sweep of {whole}{f'; {worth}' if worth else ''}>"

    def _repr_png_(self) -> bytes | None:
        return self.figure().png if self.varied and "train/loss" in self.table.columns else None

    def _repr_html_(self) -> str:
        shown = self.verdicts[["verdict", "statement", "text"]] if self.judged else self.best(10)
        notes = [f"no verdicts: {self.unjudged}"] if self.unjudged else []
        notes += [f"failed: {arm}: {why}" for arm, why in self.failures]
        drawn = self._repr_png_()
        picture = Picture(drawn, "the arms side by side").html if drawn else ""
        return f"<b>{escape(repr(self)[1:-1])}</b>{shown.to_html()}{''.join(f'<br>{escape(note)}' for note in notes)}{picture}"
