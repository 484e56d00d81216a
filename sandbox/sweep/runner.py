"""A sweep from its arms to its verdicts: prepare the store, launch, gather, judge, draw, record, and say where to look."""

import _thread
import shlex
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox import tracking
from sandbox.claims.worth import Budget
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import understood
from sandbox.sweep import parent as told
from sandbox.sweep.dispatch import Arm, Job, Launch, launch_all, spelled
from sandbox.sweep.forecast import expected, forecast, limit_of
from sandbox.sweep.job import perform
from sandbox.sweep.naming import arm_names
from sandbox.sweep.report import failures_table, how_to_resume, show_results, where_to_look
from sandbox.sweep.resume import Done, begin_alone, finished_before, predictions_in, put_in_order, reopen
from sandbox.system.errors import InputError
from sandbox.system.markdown import escaped, in_page
from sandbox.system.signals import undivided
from sandbox.system.terminal import console, counted, results_table
from sandbox.trial.build import Setup, data_of, validate
from sandbox.trial.digest import Parts, parts_of, sweep_digest, whole
from sandbox.trial.experiment import PLAIN, Experiment, budget_of
from sandbox.trial.outcome import Result
from sandbox.trial.registry import experiment_of, family_of
from sandbox.trial.table import SHOWN_WITHOUT_A_CHOICE, gathered, shown_metrics, varying
from sandbox.trial.train import train

if TYPE_CHECKING:
    from pandas import DataFrame

    from sandbox.sweep.judging import Judgement

OVERVIEWS = ("verdicts", "arms", "heat")  # pictures of the whole sweep
ROOM = 720  # pixels for them in a description, beside the page's column of facts in a window of 1,500


@dataclass
class Sweep:
    """What is known about a sweep while it goes on."""

    experiment: Experiment
    store: tracking.Store
    arms: list[Arm]
    configs: list[RunConfig]
    parts: list[Parts]  # of which each arm is made
    names: list[str]  # the columns in which the arms differ
    budget: Budget
    done: dict[str, Done] = field(default_factory=dict)  # digest -> what an earlier call has finished
    failed: dict[str, str] = field(default_factory=dict)  # and the id of what it has not
    parent: str = ""  # its run; "" where nothing is recorded
    lease: tracking.Lease | None = None
    tags: dict[str, Any] = field(default_factory=dict)  # of the parent run, from the beginning on
    results: list[Result] = field(default_factory=list)
    manifests: dict[str, str] = field(default_factory=dict)  # of the runs that count, by digest
    failures: list[tuple[Arm, BaseException]] = field(default_factory=list)
    judgement: "Judgement | None" = None
    unjudged: str = ""  # why there is none, where there should be
    first_started: int = 0  # milliseconds since 1970: of the parent run
    worked: float = 0.0  # seconds, in earlier calls
    begun: float = field(default_factory=time.perf_counter)
    since: int = field(default_factory=time.time_ns)  # its records are no older
    view: str = ""  # of its runs, in the dashboard
    map: str = ""  # the digest of the map that it is the latest state of
    picture: "Callable[[Sweep], dict[str, bytes]] | None" = None  # in place of the usual ones
    _frame: "tuple[int, DataFrame] | None" = None

    @cached_property
    def labels(self) -> list[str]:
        """What each arm is called."""
        return arm_names(self.configs, self.names)

    @property
    def frame(self) -> "DataFrame":
        """The tidy table of its results so far; made once, since it is asked for ten times and takes a while for a thousand arms."""
        if self._frame is None or self._frame[0] != len(self.results):
            self._frame = (len(self.results), gathered(self.results))
        return self._frame[1]

    @property
    def seconds(self) -> float:
        """Of work on it, in all calls."""
        return self.worked + time.perf_counter() - self.begun

    @property
    def ended(self) -> int:
        """When it ended, had it been worked on without a break."""
        return self.first_started + int(1000 * self.seconds)


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


def tell(sweep: Sweep, seconds: float) -> None:
    """Print what came out of a sweep that was conducted without printing, and end as `finished` does."""
    show(sweep)
    finished(sweep, seconds)


def finished(sweep: Sweep, seconds: float) -> None:
    """Say where to look, and how to go on; exits with 1 if an arm failed, or what was recorded waits for its store."""
    console.print(f"{counted(len(sweep.results), 'run')} in {seconds:.1f} s")
    metric = shown_metrics(sweep.results)[0] if sweep.results else ""
    delivered = where_to_look(sweep.store, sweep.parent, metric=metric, view=sweep.view, since=sweep.since)
    if sweep.failures and sweep.parent:
        how_to_resume(sweep.store)
    if sweep.failures or sweep.unjudged or not delivered:
        sys.exit(1)


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
    _describe(sweep)
    digests, done = [whole(parts) for parts in sweep.parts], set[str]()
    if sweep.configs[0].resume:
        done = finished_before(
            sweep.store, sweep.experiment.name, digests, predictions_in(sweep.tags), grows=_grows(sweep)
        )
    finished = [digest in done for digest in digests]
    lines = forecast(sweep.arms, sweep.configs, sweep.experiment, finished, workers)
    console.print("\n".join(lines), soft_wrap=True, markup=False)


def open_sweep(sweep: Sweep) -> None:
    """The store prepared, and the parent run open with the hash of every prediction on record."""
    tracking.prepare(sweep.store)
    put_in_order(sweep.store)
    open_parent(sweep)


def open_parent(sweep: Sweep) -> None:
    """A new parent run, or with `resume=true` the one that an earlier call of the same sweep has left."""
    _describe(sweep)
    if not sweep.store.offline:
        tracking.experiment_id(sweep.store, sweep.experiment.name)  # one in the dashboard's bin is refused now
        if sweep.configs[0].resume and _resumed(sweep):
            return
    note = escaped(sweep.experiment.question)
    sweep.first_started = int(1000 * time.time())
    with undivided():  # a sweep is on record only with somebody who will close it
        sweep.parent = tracking.start_sweep(
            sweep.store,
            sweep.experiment.name,
            told.parent_name(sweep),
            params=told.params(sweep),
            tags=sweep.tags,
            note=note,
        )
        if sweep.parent:
            _begin_alone(sweep)
            sweep.lease = tracking.Lease(sweep.store, sweep.parent).keep(_stop)
    if sweep.parent:
        _refuse_forgetful(sweep)


def _begin_alone(sweep: Sweep) -> None:
    """A sweep to be resumed is begun by one process, though two may have found at the same moment that there is none."""
    if not sweep.configs[0].resume or sweep.store.offline:
        return
    try:
        begin_alone(sweep.store, sweep.experiment.name, sweep.parent, sweep.tags)
    except InputError:  # it has given way
        sweep.parent = ""
        raise
    except tracking.StoreError:
        _give_up(sweep)
        raise


def _refuse_forgetful(sweep: Sweep) -> None:
    """Nothing is done for a server that does not keep files."""
    try:
        tracking.read_back(sweep.store, sweep.parent)
    except tracking.StoreError:
        _give_up(sweep)
        raise


def _give_up(sweep: Sweep) -> None:
    """Before the first arm."""
    if sweep.lease is not None:
        sweep.lease.release()
    if not sweep.parent.startswith(tracking.WAITING):
        tracking.finish_sweep(sweep.store, sweep.parent, "FAILED")
    sweep.parent, sweep.lease = "", None


def _resumed(sweep: Sweep) -> bool:
    """Take up what an earlier call has left, also of a smaller grid, or say that there is nothing."""
    digests = [whole(parts) for parts in sweep.parts]
    predictions = predictions_in(sweep.tags)
    earlier = reopen(sweep.store, sweep.experiment.name, digests, predictions, grows=_grows(sweep), of_map=sweep.map)
    if earlier is None:
        console.print(
            f"resume: found no sweep of these {counted(len(sweep.arms), 'arm')}, nor of some of them, with the same settings and "
            f"code in experiment {sweep.experiment.name} of {sweep.store.shown}; this one begins",
            style="dim",
            soft_wrap=True,
        )
        return False
    before = earlier.sweep
    sweep.parent, sweep.done, sweep.failed = before.run_id, earlier.done, earlier.failed
    sweep.first_started, sweep.worked = before.started, before.metrics.get("seconds", 0.0)
    sweep.lease = earlier.lease.keep(_stop)
    if earlier.arms < len(sweep.arms):
        console.print(f"resume: a sweep of {earlier.arms} of these {len(sweep.arms)} arms goes on, with the others")
    if earlier.arms != len(sweep.arms):
        tracking.rename_sweep(sweep.store, sweep.parent, told.parent_name(sweep), sweep.tags)
    return True


def _grows(sweep: Sweep) -> bool:
    """Whether it may go on from a smaller grid; one that adds replicates has runs that no grid names."""
    return sweep.configs[0].looks == 1


def _describe(sweep: Sweep) -> None:
    """What is known of a sweep before it runs."""
    command = sweep.store.without_secrets(shlex.join(sys.argv[1:]))
    digest = sweep_digest([whole(parts) for parts in sweep.parts])
    sweep.tags = {"arms": len(sweep.arms), "command": command, "digest": digest}
    sweep.tags |= {"seed": sweep.configs[0].seed, "dataset.seed": sweep.configs[0].dataset.seed}
    sweep.tags |= {"map": sweep.map, "verb": "map"} if sweep.map else {}
    if sweep.experiment.claims:
        from sandbox.sweep.judging import prediction_tags

        sweep.tags |= {"budget": sweep.budget, **prediction_tags(sweep.experiment)}


def _stop(holder: object) -> None:
    """Somebody else works on this sweep, or has closed it."""
    console.print(f"this sweep was closed, or went to another process ({holder}); this one stops", soft_wrap=True)
    _thread.interrupt_main(signal.SIGTERM)


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


def finish(sweep: Sweep, *, printing: bool = True) -> None:
    """Complete the parent run with what came out, and then print it: a terminal that takes no more must cost nothing."""
    try:
        if sweep.parent:
            complete(sweep, sweep.parent)
    finally:
        if printing:
            show(sweep)


def complete(sweep: Sweep, parent: str) -> None:
    """Tell the parent run what was learnt from the sweep."""
    artifacts: dict[str, Any] = drawn(sweep) if sweep.picture or sweep.configs[0].tracking.figures else {}
    tags: dict[str, Any] = {**sweep.tags, "failed_arms": len(sweep.failures)}
    if sweep.results:
        artifacts["runs.csv"] = told.table(sweep)
    shown = {f"in the page/{name}.svg": artifacts[f"{name}.png"] for name in OVERVIEWS if f"{name}.png" in artifacts}
    artifacts |= {name: in_page(picture, ROOM) for name, picture in shown.items()}
    notes = [told.note(sweep, list(shown))]
    if sweep.judgement is not None:
        tags |= sweep.judgement.tags()
        artifacts["verdicts.json"] = sweep.judgement.to_json()
    notes += [escaped(line) for line in remarks(sweep)]
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
        runs=sweep.manifests,
    )
    if not (sweep.store.offline or tracking.pause_reason(sweep.store)):
        publish(sweep, parent)


def publish(sweep: Sweep, parent: str) -> None:
    """Describe the experiment and prepare its views; without them, an address shows the runs all the same."""
    with suppress(tracking.StoreError):
        there = tracking.whereabouts(sweep.store, parent)
        views = told.views(sweep, there)
        own = next(iter(views))
        kept = tracking.publish(sweep.store, sweep.experiment.name, told.experiment_note(sweep), views, unlisted=[own])
        sweep.view = own if own in kept else ""


def show(sweep: Sweep) -> None:
    """Print what came out."""
    if sweep.results:
        frame = sweep.frame
        names = sweep.names or SHOWN_WITHOUT_A_CHOICE
        metrics, recorded = shown_metrics(sweep.results), sweep.store != tracking.NOWHERE
        show_results(frame, names, metrics, trains=sweep.experiment.trains, recorded=recorded)
    if sweep.judgement is not None:
        console.print(sweep.judgement.table(sweep.budget))
    if sweep.failures:
        console.print(failures_table(sweep.failures, sweep.store))
    for line in remarks(sweep):
        console.print(line, style="red", markup=False, soft_wrap=True)


def remarks(sweep: Sweep) -> list[str]:
    """What stands beside the verdicts: why there are none, and which runs were made with something else than the others."""
    lines = [f"no verdicts: {sweep.unjudged}"] if sweep.unjudged else []
    return lines + unlike([result.made_with for result in sweep.results])


def unlike(made_with: Sequence[Mapping[str, str]]) -> list[str]:
    """In what the runs of a sweep were made differently: a line for each library or processor that is not the same in all."""
    lines = []
    for name in dict.fromkeys(name for each in made_with for name in each):
        counts = Counter(each[name] for each in made_with if name in each)
        if len(counts) > 1:
            several = ", ".join(f"{text} in {counted(number, 'run')}" for text, number in counts.most_common())
            lines.append(f"not all runs were made alike: {name} was {several}")
    return lines


def drawn(sweep: Sweep) -> dict[str, bytes]:
    """The sweep's figures: arms side by side, two factors as a map, and verdicts."""
    from sandbox.plotting.canvas.paper import on_paper, with_paper

    with on_paper(sweep.configs[0].figures):
        return with_paper(_drawn(sweep))


def _drawn(sweep: Sweep) -> dict[str, bytes]:
    if sweep.picture is not None:
        return sweep.picture(sweep) if sweep.results else {}
    figures: dict[str, bytes] = {}
    frame = sweep.frame if sweep.results else None
    if frame is not None and sweep.experiment.trains and sweep.names:
        from sandbox.plotting.heat_map import heat_map
        from sandbox.plotting.sweep import sweep_figure

        outcomes = {result.run_id: result.outcome for result in sweep.results}
        of = "" if sweep.experiment.name == PLAIN.name else sweep.experiment.name
        figures["arms.png"] = sweep_figure(frame, outcomes, names=sweep.names, of=of)
        if (drawn_map := heat_map(frame, names=sweep.names, of=of)) is not None:
            figures["heat.png"] = drawn_map
    if frame is not None and sweep.judgement is not None:
        trains = sweep.experiment.trial is train
        figures |= sweep.judgement.figures(frame, sweep.results, trains=trains)
    return figures


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
