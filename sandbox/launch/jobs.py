"""Arms as jobs of a launcher: how many go into one, whether the launcher is worth its cost, and what came of each arm."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sandbox.launch import clusters, forked
from sandbox.launch.compose_cache import Batch, Composer

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.sweep.batches import Cost, cut, packed, pays
from sandbox.sweep.dispatch import Task
from sandbox.sweep.forecast import side_by_side
from sandbox.system.threads import available_cores
from sandbox.trial.outcome import Result

Answers = list[Result | BaseException]

# By the name of a launcher's class; see docs/scaling.md. What has no start is worth it from the first job on.
COSTS = {
    "CoresLauncher": Cost(start=0.0, job=0.03),
    "JoblibLauncher": Cost(start=4.0, job=0.05),
    "RayLauncher": Cost(start=12.0, job=0.1),
    "LocalLauncher": Cost(start=4.0, job=4.0),  # submitit's, a program of its own for each job
    "SlurmLauncher": Cost(start=0.0, job=5.0),
}
LAST_RECORD = 8  # questions to a server, one after another: its files are not among them
USUAL = Cost(start=0.0, job=0.1)
BY_NAME = {**clusters.BY_NAME, "JoblibLauncher": forked.by_joblib}  # those that do not launch by themselves


@dataclass(frozen=True)
class Jobs:
    """A sweep's launcher, and what its jobs have in common."""

    launcher: Launcher
    loader: Composer
    context: HydraContext
    task: TaskFunction
    master: DictConfig

    @property
    def name(self) -> str:
        """Of the launcher's class."""
        return str(self.master.hydra.launcher._target_).rpartition(".")[2]

    def launch(self, tasks: Sequence[Task]) -> Answers:
        """Do all tasks, in batches; here, if the launcher's workers would take longer. What came of each, in their order."""
        cost, launcher, workers = self._cost(tasks[0].config.tracking), self.launcher, self.workers(tasks)
        most = tasks[0].config.batch
        if most is None and not pays([task.seconds for task in tasks], workers, cost):
            launcher, workers = self._basic(), 1
        batches = self._cut(tasks, workers, cost, most)
        at_once = workers if self.name == "LocalLauncher" else len(batches)  # it starts all that it is given
        found: dict[int, Result | BaseException] = {}
        for begin in range(0, len(batches), at_once):
            wave = batches[begin : begin + at_once]
            words = [[self._batch([tasks[i] for i in batch])] for batch in wave]
            for batch, given in zip(wave, _launched(launcher, words, begin), strict=True):
                found |= _of_each(batch, given)
        return [found[i] for i in range(len(tasks))]

    def workers(self, tasks: Sequence[Task] = ()) -> int:
        """How many jobs go side by side; of a cluster's, as many as the launcher may ask for."""
        launcher = self.master.hydra.launcher
        if self.name == "BasicLauncher":
            return 1
        if self.name == "LocalLauncher":
            return side_by_side([task.config for task in tasks]) if tasks else available_cores()
        given = launcher.get("n_jobs") or launcher.get("array_parallelism")
        if self.name == "RayLauncher":
            given = launcher.ray.init.get("num_cpus") or clusters.cores_of_ray(launcher.ray.init)
        return int(given) if isinstance(given, int) and given > 0 else available_cores()

    def _cost(self, where: TrackingConfig) -> Cost:
        """The launcher's own, and for each job that its last record is still on its way when the work is done."""
        own = COSTS.get(self.name, USUAL)
        if self.name == "JoblibLauncher" and forked.possible():
            own = forked.COST
        store = tracking.resolve(where)
        with suppress(tracking.StoreError):
            if not tracking.pause_reason(store):
                return replace(own, job=own.job + LAST_RECORD * tracking.round_trip(store))
        return own

    def _cut(self, tasks: Sequence[Task], workers: int, cost: Cost, most: int | None) -> list[list[int]]:
        """Batches of tasks, by number; those of a batch say the same of Hydra."""
        alike: dict[tuple[str, ...], list[int]] = {}
        for i, task in enumerate(tasks):
            alike.setdefault(self.loader.about_hydra(task.arm), []).append(i)
        return [
            [group[i] for i in each]
            for group in alike.values()
            for each in cut([tasks[i].seconds for i in group], workers, cost, most)
        ]

    def _batch(self, tasks: Sequence[Task]) -> Batch:
        words = self.loader.about_hydra(tasks[0].arm)
        return Batch.of(len(tasks), words, packed([(task.arm, task.config) for task in tasks]))

    def _basic(self) -> Launcher:
        basic = BasicLauncher()
        basic.setup(hydra_context=self.context, task_function=self.task, config=self.master)
        return basic


def _launched(launcher: Launcher, words: Sequence[Sequence[str]], first: int) -> Sequence[JobReturn]:
    """What came of each job."""
    own = BY_NAME.get(type(launcher).__name__)
    return own(launcher, words, first) if own else launcher.launch(words, initial_job_idx=first)


def _of_each(batch: Sequence[int], given: JobReturn) -> Iterator[tuple[int, Result | BaseException]]:
    """What came of each task of a job; where the job itself has failed, that."""
    told = given._return_value  # noqa: SLF001 - `return_value` raises: one failed arm must not hide the rest
    return zip(batch, told if isinstance(told, list) else [told] * len(batch), strict=True)
