"""The console script `sandbox VERB`: each verb is a module that `python -m` runs as well."""

import runpy
import sys

from sandbox.system.outlet import put_before_streams

VERBS = {
    "run": "one run, or with -m a sweep: sandbox run -m +experiment=symmetry",
    "map": "a map of what two settings do together: sandbox map learning_rate init.scale",
    "list": "the experiments: what they ask, how many claims and arms they have, how long they take",
    "ui": "the dashboards in a browser, for this machine only",
    "replay": "runs done again from their records, bit for bit: sandbox replay RUN_ID",
    "status": "the sweeps of the store and how they stand",
    "sync": "deliver what waits on the local disk for a store that was away",
    "report": "every claim and its evidence as one HTML file, to look at and to pass on",
    "compare": "two or more runs side by side: settings, results, a figure: sandbox compare RUN_ID RUN_ID",
    "film": "one run or two side by side as MP4 or GIF, for slides: sandbox film RUN_ID RUN_ID",
    "gradcheck": "the backward pass against differences, on weights and data of yours; exit code 0 or 1",
    "promises": "whether every claim is still what was promised before its first run",
    "study": "experiments one after another, and the ledger of all claims: sandbox study --all",
    "completion": 'tab completion: eval "$(sandbox completion bash)", or zsh',
}


def main() -> None:
    """Hand over to the verb's module; `sandbox` alone lists the verbs."""
    put_before_streams()
    verb = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if verb in ("-h", "--help", "help"):
        print("usage: sandbox VERB [...]\n")
        for name, words in VERBS.items():
            print(f"  {name:12}{words}")
        print("\n`sandbox VERB --help` says more.")
        return
    if verb not in VERBS:
        from sandbox.system.errors import nearest

        print(f"error: expected a verb, got {verb!r}{nearest(verb, VERBS)}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [f"sandbox {verb}", *sys.argv[2:]]
    runpy.run_module(f"sandbox.{verb}", run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main()
