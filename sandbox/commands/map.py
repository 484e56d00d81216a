"""A map of what two settings do together: every combination of their values is trained, and refined where neighbours disagree.

python -m sandbox.map learning_rate init.scale                                8 x 8 arms, a picture, where to look
python -m sandbox.map learning_rate init.scale --refine 2 --points 6          twice as fine wherever neighbours differ, twice
python -m sandbox.map init.scale activation dataset=circles init.scale=0.1,1,10 activation=tanh,relu
python -m sandbox.map init.scale hidden +experiment=phase_diagram --refine 4 --metric steps_to_threshold

The first key goes across, the second up. Other keys are set as for sandbox.run; one with several values makes a panel for each
(four combinations at most). Called again, it goes on where it was interrupted, or with finer cells than before.
"""

import time
from pathlib import Path

from sandbox.launch.command import Parser, answer

from sandbox.system.errors import InputError


def main() -> None:
    """Train, refine, draw; exit code 0 all well, 1 a run failed or waits for its store, 2 a mistake in the command."""
    answer(_main)


def _main() -> None:
    parser = Parser("map", __doc__, words="KEY KEY", keys=None)
    option = parser.add_argument
    option("--points", type=int, default=8, metavar="N", help="values of a key for which none are typed (8)")
    option("--refine", type=int, default=0, metavar="N", help="how often cells are halved where corners disagree (0)")
    option("--tolerance", type=float, default=0.2, help="how much of the range of values is no disagreement (0.2)")
    option("--most", type=int, default=10_000, metavar="N", help="arms at most (10000)")
    option(
        "--metric", action="append", default=[], metavar="NAME", help="what is drawn, and refined by if it comes first"
    )
    option("--output", type=Path, default=Path("map.png"), metavar="FILE", help="the picture's file (map.png)")
    typed = parser.read()
    options, names = typed.options, typed.words
    if len(names) != 2 or names[0] == names[1]:
        raise InputError(
            f"map: expected two different keys, got {' '.join(names) or 'none'}; for instance: learning_rate init.scale"
        )
    for name, least in (("points", 2), ("refine", 0), ("most", 4), ("tolerance", 0)):
        if not (given := getattr(options, name)) >= least:
            raise InputError(f"map: expected --{name} >= {least}, got {given}; leave it out")
    picture = options.output.expanduser()
    if picture.suffix != ".png" or picture.is_dir():
        raise InputError(f"map: --output: expected a name ending in .png, got {str(picture)!r}")
    from sandbox.launch.mapping import Wanted, drawn_map, planned_map

    from sandbox.sweep.closing import tell
    from sandbox.system.terminal import console

    plan = planned_map(names, typed.overrides, options.points)
    if (count := len(plan.coarse())) > options.most:
        raise InputError(
            f"map: expected at most {options.most} arms, got {count}; type fewer values, or --most {count}"
        )
    try:  # before anything is trained
        picture.parent.mkdir(parents=True, exist_ok=True)
        if not picture.exists():
            picture.touch()
            picture.unlink()
    except OSError as problem:
        raise InputError(f"map: --output: expected a file that can be written, got {problem}") from None
    begun = time.perf_counter()
    wanted = Wanted(options.refine, options.tolerance, options.most, tuple(options.metric), picture)
    sweep = drawn_map(plan, wanted)
    console.print(f"The map: {picture}", markup=False, soft_wrap=True)
    tell(sweep, time.perf_counter() - begun)


if __name__ == "__main__":
    main()
