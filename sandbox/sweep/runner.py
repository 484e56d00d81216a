"""A sweep from its arms to its verdicts: prepare the store, launch, gather, judge, draw, record, and say where to look."""

import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox import tracking
from sandbox.claims.worth import Budget
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import understood
from sandbox.sweep import parent as told
from sandbox.sweep.dispatch import Arm, Job, Launch, launch_all, spelled
from sandbox.sweep.job import perform
from sandbox.sweep.naming import arm_names
from sandbox.sweep.report import failures_table, how_to_resume, where_to_look
from sandbox.sweep.resume import history_of, put_in_order, reopen
from sandbox.system.errors import InputError
from sandbox.system.markdown import escaped
from sandbox.system.terminal import console, counted, results_table
from sandbox.trial.build import Setup, data_of, validate
from sandbox.trial.digest import run_digest, sweep_digest
from sandbox.trial.experiment import Experiment, budget_of
from sandbox.trial.outcome import Result
from sandbox.trial.registry import every_claim, experiment_of
from sandbox.trial.table import SHOWN_WITHOUT_A_CHOICE, gathered, shown_metrics, varying

if TYPE_CHECKING:
    from sandbox.sweep.judging import Judgement


@dataclass
class Sweep:
    """What is known about a sweep while it goes on."""

    experiment: Experiment
    store: tracking.Store
    arms: list[Arm]
    configs: list[RunConfig]
    digests: list[str]
    names: list[str]  # the columns in which the arms differ
    budget: Budget
    done: dict[str, str] = field(default_factory=dict)  # digest -> run id of what an earlier call has finished
    failed: dict[str, str] = field(default_factory=dict)  # and of what it has not
    parent: str = ""  # its run; "" where nothing is recorded
    results: list[Result] = field(default_factory=list)
    failures: list[tuple[Arm, BaseException]] = field(default_factory=list)
    judgement: "Judgement | None" = None
    unjudged: str = ""  # why there is none, where there should be
    first_started: int = 0  # milliseconds since 1970: of the parent run
    worked: float = 0.0  # seconds, in earlier calls
    begun: float = field(default_factory=time.perf_counter)
    view: str = ""  # of its runs, in the dashboard

    @property
    def seconds(self) -> float:
        """Of work on it, in all calls."""
        return self.worked + time.perf_counter() - self.begun

    @property
    def ended(self) -> int:
        """When it ended, had it been worked on without a break."""
        return self.first_started + int(1000 * self.seconds)


def run_single(config: RunConfig) -> Result:
    """One run without a sweep: the same record, a table of one row."""
    experiment = experiment_of(config)
    store = tracking.resolve(config.tracking)
    if experiment.trains:
        validate(Setup(config))
        say_what_was_understood([config])
    tracking.prepare(store)
    put_in_order(store)
    if not store.offline:
        tracking.experiment_id(store, experiment.name)  # one in the dashboard's bin is refused before the work is done
    if config.experiment is not None:
        console.print(
            f"One run with the settings of {config.experiment}; its sweep and its claims: "
            f"python -m sandbox.run -m +experiment={config.experiment}",
            soft_wrap=True,
        )
    with console.status(f"{config.replicates} networks, {config.steps} steps"):
        result = perform(config)
    console.print(results_table(gathered([result]), SHOWN_WITHOUT_A_CHOICE, shown_metrics([result])))
    if not where_to_look(store, result.run_id, kind="run"):
        sys.exit(1)
    return result


def run_sweep(arms: list[Arm], configs: list[RunConfig], launch: Launch, typed: Sequence[str] = ()) -> list[Result]:
    """All arms under one parent run. Exits with 1 if an arm failed, after everything else has been recorded.

    typed: the overrides on the command line, beside which stands what the experiment's YAML declares.
    """
    sweep = open_sweep(arms, configs, budget_of(typed, quick=configs[0].quick))
    begun = time.perf_counter()
    try:
        launch_and_judge(sweep, launch)
        finish(sweep)
    except BaseException as error:
        if sweep.parent:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            tracking.finish_sweep(sweep.store, sweep.parent, status, ended=sweep.ended)
            how_to_resume(sweep.store)
        raise
    console.print(f"{counted(len(sweep.results), 'run')} in {time.perf_counter() - begun:.1f} s")
    metric = shown_metrics(sweep.results)[0] if sweep.results else ""
    delivered = where_to_look(sweep.store, sweep.parent, metric=metric, view=sweep.view)
    if sweep.failures and sweep.parent:
        how_to_resume(sweep.store)
    if sweep.failures or sweep.unjudged or not delivered:
        sys.exit(1)
    return sweep.results


def say_what_was_understood(configs: list[RunConfig]) -> None:
    """Once for each file that a user brings, before anything is trained on it."""
    files = [config.dataset for config in configs if config.dataset.path]
    for line in dict.fromkeys(understood(data_of(dataset)) for dataset in files):
        console.print(f"data: {line}", soft_wrap=True, markup=False)


def open_sweep(arms: list[Arm], configs: list[RunConfig], budget: Budget) -> Sweep:
    """Every arm checked, the store prepared, the parent run open with the hash of every prediction on record."""
    first = configs[0]
    experiment = experiment_of(first)
    digests = [_checked(arm, config, first, experiment) for arm, config in zip(arms, configs, strict=True)]
    _refuse_twins(arms, digests)
    if experiment.trains:
        say_what_was_understood(configs)
    if experiment.claims:
        from sandbox.sweep.judging import check_design

        check_design(experiment, configs)
    sweep = Sweep(experiment, tracking.resolve(first.tracking), arms, configs, digests, varying(configs), budget)
    tracking.prepare(sweep.store)
    put_in_order(sweep.store)
    open_parent(sweep)
    return sweep


def open_parent(sweep: Sweep) -> None:
    """A new parent run, or with `resume=true` the one that an earlier call of the same sweep has left."""
    tags = _tags(sweep)
    if sweep.configs[0].resume and not sweep.store.offline and _resumed(sweep, tags):
        return
    note = escaped(sweep.experiment.question)
    sweep.first_started = int(1000 * time.time())
    name, params = told.parent_name(sweep), told.params(sweep)
    sweep.parent = tracking.start_sweep(sweep.store, sweep.experiment.name, name, params=params, tags=tags, note=note)


def _resumed(sweep: Sweep, tags: Mapping[str, Any]) -> bool:
    """Take up what an earlier call has left, also of a smaller grid, or say that there is nothing."""
    few = sweep.configs[0].looks == 1  # a sweep that adds replicates has runs that no grid names
    earlier = reopen(sweep.store, sweep.experiment.name, sweep.digests, grows=few)
    if earlier is None:
        console.print(
            f"resume: found no sweep of these {counted(len(sweep.arms), 'arm')}, nor of some of them, with the same settings and "
            f"code in experiment {sweep.experiment.name} of {sweep.store.shown}; this one begins",
            style="dim",
            soft_wrap=True,
        )
        return False
    sweep.parent, sweep.done, sweep.failed = earlier.sweep, earlier.done, earlier.failed
    before = tracking.fetch_run(sweep.store, earlier.sweep)
    sweep.first_started, sweep.worked = before.started, before.metrics.get("seconds", 0.0)
    if earlier.arms < len(sweep.arms):
        console.print(f"resume: a sweep of {earlier.arms} of these {len(sweep.arms)} arms goes on, with the others")
        tracking.rename_sweep(sweep.store, sweep.parent, told.parent_name(sweep), tags)
    return True


def _tags(sweep: Sweep) -> dict[str, Any]:
    """What is known of a sweep before it runs."""
    command = sweep.store.without_secrets(shlex.join(sys.argv[1:]))
    tags: dict[str, Any] = {"arms": len(sweep.arms), "command": command, "digest": sweep_digest(sweep.digests)}
    tags |= {"seed": sweep.configs[0].seed, "dataset.seed": sweep.configs[0].dataset.seed}
    if sweep.experiment.claims:
        from sandbox.sweep.judging import prediction_tags

        tags |= {"budget": sweep.budget, **prediction_tags(sweep.experiment)}
    return tags


def launch_and_judge(sweep: Sweep, launch: Launch) -> None:
    """Run all arms; where the experiment has claims, judge them, and add replicates as the plan declares."""
    first = sweep.configs[0]
    _launch_once(sweep, launch, first.replicates, first.first_replicate, f"{len(sweep.arms)} arms")
    if not sweep.experiment.claims or not sweep.results:
        return
    from sandbox.sweep.judging import judge_claims, plan_of, wanted

    plan = plan_of(first.replicates, first.looks, every_claim())
    for look in range(1, plan.looks + 1):
        try:
            sweep.judgement = judge_claims(sweep.experiment, gathered(sweep.results), plan, look)
        except InputError as problem:  # an arm that a claim needs has failed, or its numbers are none
            sweep.unjudged = str(problem)
            return
        have, want = plan.replicates(look), wanted(sweep.judgement, plan)
        if not want or sweep.failures:
            return
        what = f"{len(sweep.arms)} arms, {want - have} more replicates each"
        _launch_once(sweep, launch, want - have, first.first_replicate + have, what)


def finish(sweep: Sweep) -> None:
    """Print what came out, and where it is recorded draw it and complete the parent run."""
    if sweep.results:
        frame = gathered(sweep.results)
        console.print(results_table(frame, sweep.names or SHOWN_WITHOUT_A_CHOICE, shown_metrics(sweep.results)))
    if sweep.judgement is not None:
        console.print(sweep.judgement.table(sweep.budget))
    if sweep.failures:
        console.print(failures_table(sweep.failures, sweep.store))
    if sweep.unjudged:
        console.print(f"no verdicts: {sweep.unjudged}", style="red", markup=False, soft_wrap=True)
    if sweep.parent:
        complete(sweep, sweep.parent)


def complete(sweep: Sweep, parent: str) -> None:
    """Tell the parent run what was learnt from the sweep."""
    artifacts: dict[str, Any] = drawn(sweep) if sweep.configs[0].tracking.figures else {}
    tags: dict[str, Any] = {"failed_arms": len(sweep.failures)}
    if sweep.results:
        artifacts["runs.csv"] = told.table(sweep)
    notes = [told.note(sweep, [name for name in ("verdicts.png", "arms.png") if name in artifacts])]
    if sweep.judgement is not None:
        tags |= sweep.judgement.tags()
        artifacts["verdicts.json"] = sweep.judgement.to_json()
    if sweep.unjudged:
        notes.append(escaped(f"No verdicts: {sweep.unjudged}"))
    status = "FAILED" if sweep.failures or sweep.unjudged else "FINISHED"
    tracking.finish_sweep(
        sweep.store,
        parent,
        status,
        tags=tags,
        metrics=told.metrics(sweep, sweep.seconds),
        artifacts=artifacts,
        note="\n\n".join(notes),
        ended=sweep.ended,
    )
    if not (sweep.store.offline or tracking.pause_reason(sweep.store)):
        publish(sweep, parent)


def publish(sweep: Sweep, parent: str) -> None:
    """Describe the experiment and prepare its views; without them, an address shows the runs all the same."""
    with suppress(tracking.StoreError):
        there = tracking.whereabouts(sweep.store, parent)
        views = told.views(sweep, there)
        own = next(iter(views))
        tracking.publish(sweep.store, sweep.experiment.name, told.experiment_note(sweep), views, unlisted=[own])
        sweep.view = own


def drawn(sweep: Sweep) -> dict[str, bytes]:
    """The sweep's figures: arms side by side, and verdicts."""
    figures: dict[str, bytes] = {}
    frame = gathered(sweep.results) if sweep.results else None
    if frame is not None and sweep.experiment.trains and sweep.names:
        from sandbox.plotting.sweep import sweep_figure

        outcomes = {result.run_id: result.outcome for result in sweep.results}
        figures["arms.png"] = sweep_figure(frame, outcomes, names=sweep.names, title=name_of(sweep))
    if frame is not None and sweep.judgement is not None:
        figures |= sweep.judgement.figures(frame)
    return figures


def name_of(sweep: Sweep) -> str:
    """A sweep in words: what it varies."""
    return f"{sweep.experiment.name}: {len(sweep.arms)} arms" + (f" of {', '.join(sweep.names)}" if sweep.names else "")


def _launch_once(sweep: Sweep, launch: Launch, replicates: int, first_replicate: int, what: str) -> None:
    """Run what is not done yet of all arms with these replicates; results in the arms' order."""
    more = [] if first_replicate == sweep.configs[0].first_replicate else [f"first_replicate={first_replicate}"]
    more += [f"replicates={replicates}"] if more else []
    configs = [replace(c, replicates=replicates, first_replicate=first_replicate) for c in sweep.configs]
    digests = [run_digest(Setup(c), sweep.experiment.trains) for c in configs] if more else sweep.digests
    labels = [name + (f" · from {first_replicate}" if more else "") for name in arm_names(sweep.configs, sweep.names)]
    jobs = [
        Job([*arm, *more], c, digest, label=label, among=told.among(sweep))
        for arm, c, digest, label in zip(sweep.arms, configs, digests, labels, strict=True)
    ]
    results: list[Result | None] = [None] * len(jobs)
    if sweep.done or sweep.failed:
        results = [_finished_before(sweep, job, i) for i, job in enumerate(jobs)]
        jobs = [replace(job, replaces=sweep.failed.get(job.digest)) for job in jobs]
    left = [i for i, result in enumerate(results) if result is None]
    if left:
        what = f"{sweep.experiment.name}: {what}"
        for i, answer in zip(
            left, launch_all(launch, [jobs[i] for i in left], sweep.store, sweep.parent or None, what), strict=True
        ):
            if isinstance(answer, BaseException):
                sweep.failures.append((jobs[i].arm, answer))
            else:
                results[i] = replace(answer, arm=i)
    if len(left) < len(jobs):
        console.print(f"{len(jobs) - len(left)} of {len(jobs)} arms were finished before")
    sweep.results += [result for result in results if result is not None]


def _finished_before(sweep: Sweep, job: Job, arm: int) -> Result | None:
    run_id = sweep.done.get(job.digest)
    return Result(job.config, run_id, history_of(sweep.store, run_id), 0.0, arm) if run_id else None


def _checked(arm: Arm, config: RunConfig, first: RunConfig, experiment: Experiment) -> str:
    """The arm's digest, once it is one that can be run in this sweep."""
    if (config.experiment, config.tracking, config.looks) != (first.experiment, first.tracking, first.looks):
        raise InputError("tracking, experiment, looks: expected one value for the whole sweep, got several")
    if experiment.claims and config.replicates != first.replicates:
        raise InputError("replicates: expected one number for all arms of an experiment with claims, got several")
    setup = Setup(config)
    try:
        if experiment.trains:
            validate(setup)
    except InputError as error:
        raise InputError(f"{error} (in the arm {spelled(arm)})") from error
    return run_digest(setup, experiment.trains)


def _refuse_twins(arms: list[Arm], digests: list[str]) -> None:
    seen: dict[str, Arm] = {}
    for arm, digest in zip(arms, digests, strict=True):
        same = seen.setdefault(digest, arm)
        if same is not arm:
            twice = "twice" if same == arm else f"as {spelled(same)}"
            raise InputError(f"arms: expected different ones, got the same run {twice}: {spelled(arm)}; leave one out")
