"""The experiments: what each asks, how many claims and arms it has, and about how long it takes.

python -m sandbox.list                      all of them
python -m sandbox.list depth relu           these, and what their claims say
"""

from sandbox.launch.command import Parser, answer

from sandbox.system.errors import InputError, nearest


def main() -> None:
    """Print them; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    from rich.table import Table

    from sandbox.sweep.forecast import sketched
    from sandbox.system.terminal import console, counted, fitted
    from sandbox.system.threads import available_cores
    from sandbox.trial import registry

    named = _named()
    experiments = [registry.load(name) for name in named or registry.names()]
    table = Table(header_style="bold")
    for heading in ("experiment", "claims", "arms", "networks\neach", "about", "question"):
        table.add_column(heading, justify="left" if heading in ("experiment", "question") else "right")
    for each in experiments:
        arms, replicates, about = sketched(each, 1 if each.clocked else available_cores())
        table.add_row(each.name, *map(str, (len(each.claims), arms, replicates)), about, each.question)
    console.print(fitted(table))
    for each in experiments if named else []:
        console.print(f"\n{each.name}: {counted(len(each.claims), 'claim')}", style="bold")
        for claim in each.claims:
            console.print(f"  {claim.id}: {claim.statement}  [{claim.source}]", markup=False, soft_wrap=True)
    console.print("\nTo try one: python -m sandbox.run -m +experiment=NAME; all of them: python -m sandbox.study --all")


def _named() -> list[str]:
    """The experiments asked for. Raises InputError for one that is unknown."""
    from sandbox.trial import registry

    names = Parser("list", __doc__, words="NAME", keys=()).read().words
    for name in names:
        if name not in registry.names():
            raise InputError(f"list: expected an experiment, got {name!r}{nearest(name, registry.names())}")
    return names


if __name__ == "__main__":
    main()
