"""Training and its limit as on a processor without AVX-512: a process in which NumPy, OpenBLAS and numba do without it.

python -m benchmarks.narrow S M        prints what it measures as JSON; only `measured` starts it as it must be started

What cannot be taken away is the rest of the processor: its clock, its caches, its memory.
"""

import json
import sys
from typing import Any

from benchmarks.commands import python


def environment() -> dict[str, str]:
    """What tells each library to do without: NumPy wants the names of its own sets of instructions."""
    from numpy._core._multiarray_umath import __cpu_dispatch__ as sets

    wide = [name for name in sets if name.startswith("AVX512") or name == "X86_V4"]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(wide), "OPENBLAS_CORETYPE": "Haswell", "NUMBA_CPU_NAME": "haswell"}


def measured(cases: list[str], rounds: int, seconds: float) -> dict[str, Any]:
    """The peak, and microseconds of the fused engine in every round of every case."""
    words = (f"{rounds}", f"{seconds}", *cases)
    found: dict[str, Any] = json.loads(python("benchmarks.narrow", *words, **environment()).printed)
    return found


def _without_avx512() -> None:
    """Before the engine asks, which looks at the processor itself."""
    import llvmlite.binding as llvm

    there = llvm.get_host_cpu_features().items()
    features = llvm.FeatureMap({name: has and not name.startswith("avx512") for name, has in there})
    llvm.get_host_cpu_features = lambda: features


def main() -> None:
    """In a process of its own."""
    _without_avx512()
    from benchmarks import roofline, training
    from benchmarks.engines import CASES

    rounds, seconds, cases = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    before, times = roofline.measured(), {}
    for case in cases:
        fused = training.Contender("fused")
        fused.prepare(CASES[case], "tanh")
        steps = fused.steps_in(seconds)
        times[case] = [fused.microseconds(steps) for _ in range(rounds)]
    peak = before.or_better(roofline.measured())
    sys.stdout.write(json.dumps({"peak": peak._asdict(), "fused": times}))


if __name__ == "__main__":
    main()
