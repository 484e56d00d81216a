"""The main command: `python -m sandbox.run` does one run, with `-m` a sweep.

python -m sandbox.run -m init=zero,constant,normal activation=sigmoid,tanh,relu dataset=moons,circles dataset.samples=401
python -m sandbox.run -m +experiment=symmetry
python -m sandbox.run --help
"""

from sandbox.launch.command import answer
from sandbox.launch.execute import compose_and_perform, put_options_first

from sandbox.system.callable_rooms import make_callable

make_callable(__name__)


def main() -> None:
    """Compose, run, record, judge.

    Exit code: 0 all well; 1 a run failed, or results wait for their store; 2 a mistake in the command; 130, 143 or 129
    stopped by SIGINT, SIGTERM or SIGHUP.
    """

    def command() -> None:
        put_options_first()
        compose_and_perform()

    answer(command)


if __name__ == "__main__":
    main()
