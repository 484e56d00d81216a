"""A gradient check: the backward pass against differences of the cost, parameter by parameter, on the weights and data given.

python -m sandbox.gradcheck init=file init.path=weights.npz dataset=file dataset.path=own.csv
python -m sandbox.gradcheck activation=relu hidden=[8,8] init=he      whatever sandbox.run understands
python -m sandbox.gradcheck --tolerance 1e-5 weight_decay=0.1

For each W and b the relative error |claimed - measured| / (|claimed| + |measured|), in Euclidean norms over the whole array.
"""

import sys

from sandbox.launch.command import Parser, answer, configured

from sandbox.system.errors import InputError

TOLERANCE = 1e-7  # what differences of double precision can tell


def main() -> None:
    """Check, and print a row per parameter; exit code 0 all within the tolerance, 1 if one is not, 2 for a mistake."""
    answer(_main)


def _main() -> None:
    parser = Parser("gradcheck", __doc__, keys=None)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help=f"largest relative error ({TOLERANCE:g})")
    typed = parser.read()
    tolerance = typed.options.tolerance
    if not tolerance > 0:
        raise InputError(f"gradcheck: expected --tolerance > 0, got {tolerance:g}; leave it out")
    from rich.table import Table

    from sandbox.analysis.gradient_check import errors_by_parameter
    from sandbox.nn.network import backward, forward, replicate
    from sandbox.system.terminal import console
    from sandbox.trial.build import Setup, validate

    setup = Setup(configured(["replicates=1", *typed.overrides]))
    validate(setup)
    network, data, parameters = setup.network, setup.data, replicate(setup.start, slice(0, 1))
    gradients = backward(network, parameters, forward(network, parameters, data.X), data.Y)
    rows = errors_by_parameter(network, parameters, data.X, data.Y, gradients)
    table = Table("parameter", "shape", "largest |gradient|", "relative error", "", header_style="bold")
    for row in rows:
        well = row.error <= tolerance
        table.add_row(row.name, str(row.shape), f"{row.largest:.3g}", f"{row.error:.2e}", "" if well else "too large")
    console.print(table)
    worst = max(rows, key=lambda row: row.error)
    console.print(f"worst: {worst.name} {worst.error:.2e}; allowed: {tolerance:g}")
    sys.exit(0 if worst.error <= tolerance else 1)


if __name__ == "__main__":
    main()
