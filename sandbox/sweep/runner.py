"""A sweep from its arms to its verdicts: checked, opened, launched, judged and closed; and a run without one."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from sandbox import tracking
from sandbox.claims.worth import Budget
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import understood
from sandbox.sweep import parent as told
from sandbox.sweep.closing import finish, finished
from sandbox.sweep.dispatch import Arm, Job, Launch, launch_all, spelled
from sandbox.sweep.forecast import expected, forecast, limit_of
from sandbox.sweep.job import perform
from sandbox.sweep.opening import describe, grows, open_sweep
from sandbox.sweep.report import how_to_resume, where_to_look
from sandbox.sweep.resume import finished_before, predictions_in, put_in_order
from sandbox.sweep.state import Sweep
from sandbox.system.errors import InputError
from sandbox.system.terminal import console, results_table
from sandbox.trial.build import Setup, data_of, validate
from sandbox.trial.digest import Parts, parts_of, whole
from sandbox.trial.experiment import Experiment, budget_of
from sandbox.trial.outcome import Result
from sandbox.trial.registry import experiment_of, family_of
from sandbox.trial.table import SHOWN_WITHOUT_A_CHOICE, gathered, shown_metrics, varying


def run_single(config: RunConfig) -> Result | None:
    """One run without a sweep: the same record, a table of one row."""
    check_single(config)
    if config.dry_run:
        console.print("\n".join(forecast([[]], [config], experiment_of(config), [False])), soft_wrap=True, markup=False)
        return None
    store = open_single(config)
    if config.experiment is not None:
        console.print(
            f"One run with the settings of {config.experiment}; its sweep and its claims: "
            f"python -m sandbox.run -m +experiment={config.experiment}",
            soft_wrap=True,
        )
    since = time.time_ns()
    with console.status(f"{config.replicates} networks, {config.steps} steps"):
        result = perform(config)
    console.print(results_table(gathered([result]), SHOWN_WITHOUT_A_CHOICE, shown_metrics([result])))
    if not where_to_look(store, result.run_id, kind="run", since=since):
        sys.exit(1)
    return result


def check_single(config: RunConfig) -> None:
    """What only its files can tell about a run, before anything is made for it. Raises InputError."""
    for key in ("paired", "only"):
        if getattr(config, key):
            raise InputError(f"{key}: expected a sweep, got a single run; add -m, or leave it out")
    if experiment_of(config).trains:
        validate(Setup(config))
        say_what_was_understood([config])


def open_single(config: RunConfig) -> tracking.Store:
    """The store of a run without a sweep, ready to take it."""
    store = tracking.resolve(config.tracking)
    tracking.prepare(store)
    put_in_order(store)
    if not store.offline:
        # one in the dashboard's bin is refused before the work is done
        tracking.experiment_id(store, experiment_of(config).name)
    return store


def run_sweep(
    arms: list[Arm], configs: list[RunConfig], launch: Launch, typed: Sequence[str] = (), workers: int = 1
) -> list[Result]:
    """All arms under one parent run. Exits with 1 if an arm failed, after everything else has been recorded.

    typed: the overrides on the command line, beside which stands what the experiment's YAML declares. workers: how many
    runs the launcher does side by side, for the forecast of a dry run.
    """
    sweep = planned(arms, configs, budget_of(typed, quick=configs[0].quick))
    if configs[0].dry_run:
        print_forecast(sweep, workers)
        return []
    begun = time.perf_counter()
    conduct(sweep, launch)
    finished(sweep, time.perf_counter() - begun)
    return sweep.results


def conduct(sweep: Sweep, launch: Launch, *, printing: bool = True) -> None:
    """Open the sweep, run and judge it, and complete its record; one that breaks off is recorded as such."""
    try:
        open_sweep(sweep)
        launch_and_judge(sweep, launch)
        finish(sweep, printing=printing)
    except BaseException as error:
        if sweep.parent and not (sweep.lease and sweep.lease.lost):
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            tracking.finish_sweep(sweep.store, sweep.parent, status, tags=sweep.tags, ended=sweep.ended)
            how_to_resume(sweep.store)
        raise
    finally:
        if sweep.lease is not None:
            sweep.lease.release()


def say_what_was_understood(configs: list[RunConfig]) -> None:
    """Once for each file that a user brings, before anything is trained on it."""
    files = [config.dataset for config in configs if config.dataset.path]
    for line in dict.fromkeys(understood(data_of(dataset)) for dataset in files):
        console.print(f"data: {line}", soft_wrap=True, markup=False)


def planned(arms: list[Arm], configs: list[RunConfig], budget: Budget) -> Sweep:
    """The sweep of these arms, once every one of them is checked."""
    first = configs[0]
    experiment = experiment_of(first)
    parts = [_checked(arm, config, first, experiment) for arm, config in zip(arms, configs, strict=True)]
    _refuse_twins(arms, [whole(each) for each in parts])
    if experiment.trains:
        say_what_was_understood(configs)
    if experiment.claims:
        from sandbox.sweep.judging import check_design

        check_design(experiment, configs)
    return Sweep(experiment, tracking.resolve(first.tracking), arms, configs, parts, varying(configs), budget)


def print_forecast(sweep: Sweep, workers: int) -> None:
    """What the sweep would do; nothing is recorded, not even a store is made."""
    describe(sweep)
    digests, done = [whole(parts) for parts in sweep.parts], set[str]()
    if sweep.configs[0].resume:
        done = finished_before(
            sweep.store, sweep.experiment.name, digests, predictions_in(sweep.tags), grows=grows(sweep)
        )
    lines = forecast(sweep.arms, sweep.configs, sweep.experiment, [digest in done for digest in digests], workers)
    console.print("\n".join(lines), soft_wrap=True, markup=False)


def launch_and_judge(sweep: Sweep, launch: Launch) -> None:
    """Run all arms; where the experiment has claims, judge them, and add replicates as the plan declares."""
    first = sweep.configs[0]
    _launch_once(sweep, launch, first.replicates, first.first_replicate, f"{len(sweep.arms)} arms")
    if not sweep.experiment.claims or not sweep.results:
        return
    from sandbox.sweep.judging import judge_claims, plan_of, wanted

    plan = plan_of(first.replicates, first.looks, family_of(sweep.experiment))
    for look in range(1, plan.looks + 1):
        try:
            declared = sweep.budget == "declared"
            sweep.judgement = judge_claims(sweep.experiment, sweep.frame, plan, look, declared=declared)
        except InputError as problem:  # an arm that a claim needs has failed, or its numbers are none
            sweep.unjudged = str(problem)
            return
        have, want = plan.replicates(look), wanted(sweep.judgement, plan)
        if not want or sweep.failures:
            return
        what = f"{len(sweep.arms)} arms, {want - have} more replicates each"
        _launch_once(sweep, launch, want - have, first.first_replicate + have, what)


def _launch_once(sweep: Sweep, launch: Launch, replicates: int, first_replicate: int, what: str) -> None:
    """Run what is not done yet of all arms with these replicates; results in the arms' order."""
    more = [] if first_replicate == sweep.configs[0].first_replicate else [f"first_replicate={first_replicate}"]
    more += [f"replicates={replicates}"] if more else []
    configs = list(sweep.configs)  # each with its own replicates, which a sweep without claims may vary
    if more:
        configs = [replace(c, replicates=replicates, first_replicate=first_replicate) for c in configs]
    parts = [parts_of(Setup(c), sweep.experiment) for c in configs] if more else sweep.parts
    labels = [name + (f" · from {first_replicate}" if more else "") for name in sweep.labels]
    among = told.among(sweep)
    jobs = [
        Job([*arm, *more], c, made_of, None, label, among, limit_of(c, sweep.experiment), expected(c, sweep.experiment))
        for arm, c, made_of, label in zip(sweep.arms, configs, parts, labels, strict=True)
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
    for job, result in zip(jobs, results, strict=True):
        if result is not None:
            sweep.results.append(result)
            sweep.manifests[job.digest] = result.manifest


def _finished_before(sweep: Sweep, job: Job, arm: int) -> Result | None:
    done = sweep.done.get(job.digest)
    return done.as_result(job.config, arm) if done else None


def _checked(arm: Arm, config: RunConfig, first: RunConfig, experiment: Experiment) -> Parts:
    """What the arm is made of, once it is one that can be run in this sweep."""
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
    return parts_of(setup, experiment)


def _refuse_twins(arms: list[Arm], digests: list[str]) -> None:
    seen: dict[str, Arm] = {}
    for arm, digest in zip(arms, digests, strict=True):
        same = seen.setdefault(digest, arm)
        if same is not arm:
            twice = "twice" if same == arm else f"as {spelled(same)}"
            raise InputError(f"arms: expected different ones, got the same run {twice}: {spelled(arm)}; leave one out")
