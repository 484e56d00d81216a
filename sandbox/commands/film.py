"""A film of one run, or of two side by side, for slides.

python -m sandbox.film RUN_ID RUN_ID                     to film.mp4
python -m sandbox.film RUN_ID --output film.gif          as a GIF
python -m sandbox.film RUN_ID RUN_ID --network 3 --seconds 12

Runs on two inputs with one output. MP4 takes the extra `film`.
"""

from pathlib import Path

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.page.film import pictures, reel_of, write_film
from sandbox.system.errors import InputError
from sandbox.system.terminal import console

RATES = {".mp4": 25, ".gif": 12}  # pictures a second


def main() -> None:
    """Make the film; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    parser = Parser("film", __doc__, words="RUN_ID")
    parser.add_argument(
        "--output", type=Path, default=Path("film.mp4"), help="film.mp4 by default; .gif is the other kind"
    )
    parser.add_argument("--network", type=int, default=0, help="which replicate (0)")
    parser.add_argument("--seconds", type=float, default=8, help="8 by default")
    typed = parser.read()
    options, path = typed.options, typed.options.output.expanduser()
    if len(typed.words) not in (1, 2):
        raise InputError(f"film: expected the ids of one run or two, got {len(typed.words)}")
    if path.suffix not in RATES:
        raise InputError(f"--output: expected a name ending in .mp4 or .gif, got {path.name!r}")
    if not 0.5 <= options.seconds <= 120:
        raise InputError(f"--seconds: expected 0.5 to 120, got {options.seconds:g}")
    store = tracking.resolve(configured(typed.overrides).tracking, needed=True)
    tracking.prepare(store)
    count = round(options.seconds * RATES[path.suffix])
    with console.status("training again, then drawing"):
        reels = [reel_of(store, run_id, options.network, count) for run_id in typed.words]
        write_film(pictures(reels, count), path, RATES[path.suffix])
    console.print(f"written to {path.absolute()}", soft_wrap=True, markup=False)


if __name__ == "__main__":
    main()
