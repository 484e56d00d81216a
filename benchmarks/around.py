"""What stands around training: the time until --help answers, and until a run's card is drawn."""

from time import perf_counter

from benchmarks.commands import python
from sandbox.config.schema import RunConfig
from sandbox.trial.build import Setup
from sandbox.trial.train import trained


def answered(rounds: int) -> dict[str, list[float]]:
    """Seconds of an empty Hydra app's --help, of ours and of an unrecorded run, in turns, each once before."""
    commands = {
        "empty": ("benchmarks.template.empty", "--help"),
        "help": ("sandbox.run", "--help"),
        "run": ("sandbox.run", "tracking=none", "dataset=xor", "steps=5", "replicates=2"),
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            seconds = python(*command).seconds
            if turn:  # the first one finds nothing compiled and no file in memory
                found[name].append(seconds)
    return found


def drawn(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of a card and of the frames of the boundary, of one run after another."""
    from sandbox.plotting.run_card import run_card
    from sandbox.plotting.run_frames import boundary_frames

    setup = Setup(RunConfig(hidden=[16], steps=1000))
    outcome, data, network = trained(setup), setup.data, setup.network
    found: dict[str, list[float]] = {"card": [], "frames": []}
    for i in range(rounds + 1):
        begin = perf_counter()
        run_card(outcome, data, network, title=f"run {i}")
        middle = perf_counter()
        boundary_frames(outcome, data, network, title=f"run {i}")
        if i:  # the first one makes the axes
            found["card"].append(1e3 * (middle - begin))
            found["frames"].append(1e3 * (perf_counter() - middle))
    return found
