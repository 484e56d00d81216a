"""What a command would do, said without doing it: its arms, what is finished already, about how long it takes and what it needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from sandbox.config.compose import declared_grid, declared_run
from sandbox.config.schema import RunConfig
from sandbox.nn.engines import cost
from sandbox.sweep.dispatch import Arm, spelled
from sandbox.system.terminal import counted
from sandbox.system.threads import available_cores, available_memory
from sandbox.trial.build import Setup, bytes_needed
from sandbox.trial.experiment import Experiment
from sandbox.trial.train import train

# Measured beside `cost`, on the same machine; per run, or once for a command.
PROBE = 5  # steps of the reference engine, on all samples: a look at every replicate
RECORD, DRAW, START = 0.05, 0.1, 3.0  # seconds

PROGRAM = 350 * 2.0**20  # bytes of a process before it has any data
SHARE = 0.8  # of the memory that is free

# A run that takes so many times as long as it should, on a machine that may be busy, does not come any more.
MANY = 50
LEAST, LEAST_OF_ITS_OWN = (
    600.0,
    3600.0,
)  # seconds; of a trial of its own nothing is known but that it trains, if it does


@dataclass(frozen=True)
class Need:
    """Of one run."""

    seconds: float
    bytes: float


def need_of(config: RunConfig) -> Need:
    """About what a run of the default trial takes on one core; its data are drawn to know their size."""
    setup = Setup(config)
    data, engine = setup.data, cost.FUSED if setup.engine == "fused" else cost.REFERENCE
    m, every, R = data.X.shape[1], data.X.shape[1] + data.X_test.shape[1], config.replicates
    probes = len(config.probes.steps) if config.probes.steps else config.probes.count
    spent = cost.seconds(engine, setup.sizes, m, R, config.steps)
    spent += PROBE * cost.seconds(cost.REFERENCE, setup.sizes, every, R, probes)
    if config.tracking.kind != "none":
        spent += RECORD + DRAW * config.tracking.figures
    return Need(spent, bytes_needed(setup))


LOOKED_AT = 5  # arms of a declared sweep


def sketched(experiment: Experiment, workers: int) -> tuple[int, int, str]:
    """How many arms a declared sweep has and replicates each, and about how long it takes; "" where only its trial knows."""
    grid = declared_grid(experiment.name)
    arms = prod(map(len, grid.values()))
    few = sorted({i * (arms - 1) // (LOOKED_AT - 1) for i in range(LOOKED_AT)})
    combinations = [dict(zip(grid, chosen, strict=True)) for chosen in product(*grid.values())]
    configs = [declared_run(experiment.name, combinations[i]) for i in few]
    if not experiment.trains:
        return arms, configs[0].replicates, ""
    spent = START + arms / workers * sum(need_of(config).seconds for config in configs) / len(configs)
    least = "" if experiment.trial is train else "> "  # a trial of its own may do more than train
    return arms, configs[0].replicates, f"{least}{_words(spent)}"


def side_by_side(configs: Sequence[RunConfig]) -> int:
    """How many of these runs this machine holds at once, each in a process of its own: by its cores and its free memory."""
    largest = max(need_of(config).bytes for config in configs)
    return max(1, min(available_cores(), int(SHARE * available_memory() / (PROGRAM + largest))))


def expected(config: RunConfig, experiment: Experiment) -> float | None:
    """Seconds that a run should take; None where only the experiment's trial knows."""
    return need_of(config).seconds if experiment.trial is train else None


def limit_of(config: RunConfig, experiment: Experiment) -> float:
    """Seconds that a run may take: what the user says, else many times what it should; 0 for as long as it likes."""
    if config.time_limit is not None:
        return config.time_limit
    least = need_of(config).seconds if experiment.trains else 0.0
    return max(LEAST if experiment.trial is train else LEAST_OF_ITS_OWN, MANY * least)


def forecast(
    arms: Sequence[Arm],
    configs: Sequence[RunConfig],
    experiment: Experiment,
    finished: Sequence[bool],
    workers: int = 1,
) -> Iterator[str]:
    """Lines: how many arms there are and what they need, then what makes each arm another one."""
    left = [config for config, done in zip(configs, finished, strict=True) if not done]
    first = configs[0]
    yield (
        f"{counted(len(arms), 'run')} of {counted(first.replicates, 'replicate')}, {counted(first.steps, 'step')} each"
        if len({(config.replicates, config.steps) for config in configs}) == 1
        else counted(len(arms), "run")
    )
    if any(finished):
        yield f"{sum(finished)} of them finished before, {len(left)} to do"
    if left and experiment.trains:
        needs = [need_of(config) for config in left]
        spent = START + sum(need.seconds for need in needs) / max(1, min(workers, len(left)))
        least = "" if experiment.trial is train else "at least "  # a trial of its own may do more than train
        most = max(need.bytes for need in needs)
        side = f", {counted(workers, 'worker')} side by side" if workers > 1 else ""
        yield f"{least}about {_words(spent)}{side}; {_size(most)} of memory for the largest run, beside the program's own"
    shared = set.intersection(*map(set, arms)) if len(arms) > 1 else set()
    for i, (arm, done) in enumerate(zip(arms, finished, strict=True), start=1):
        own = spelled([word for word in arm if word not in shared])
        yield f"{i:4}  {own or 'as it stands'}" + ("   (finished before)" if done else "")
    yield "nothing was run (dry_run)"


def _words(seconds: float) -> str:
    """To the one digit that such an estimate is worth."""
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1g} {unit}" if seconds < 9.5 * length else f"{seconds / length:.0f} {unit}"
    return f"{float(f'{seconds:.1g}'):.0f} s"


def _size(count: float) -> str:
    for unit, length in (("GiB", 2.0**30), ("MiB", 2.0**20)):
        if count >= length:
            return f"about {count / length:.2g} {unit}"
    return "less than 1 MiB"
