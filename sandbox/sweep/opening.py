"""The beginning of a sweep: its parent run, new or taken up again, and held by one process alone."""

import _thread
import shlex
import signal
import sys
import time

from sandbox import tracking
from sandbox.sweep import parent as told
from sandbox.sweep.resume import begin_alone, predictions_in, put_in_order, reopen
from sandbox.sweep.state import Sweep
from sandbox.system.errors import InputError
from sandbox.system.markdown import escaped
from sandbox.system.signals import undivided
from sandbox.system.terminal import console, counted
from sandbox.trial.digest import sweep_digest, whole


def open_sweep(sweep: Sweep) -> None:
    """The store prepared, and the parent run open with the hash of every prediction on record."""
    tracking.prepare(sweep.store)
    put_in_order(sweep.store)
    open_parent(sweep)


def open_parent(sweep: Sweep) -> None:
    """A new parent run, or with `resume=true` the one that an earlier call of the same sweep has left."""
    describe(sweep)
    if not sweep.store.offline:
        tracking.experiment_id(sweep.store, sweep.experiment.name)  # one in the dashboard's bin is refused now
        if sweep.configs[0].resume and _resumed(sweep):
            return
    note = escaped(sweep.experiment.question)
    sweep.first_started = int(1000 * time.time())
    with undivided():  # a sweep is on record only with somebody who will close it
        sweep.parent = tracking.start_sweep(
            sweep.store,
            sweep.experiment.name,
            told.parent_name(sweep),
            params=told.params(sweep),
            tags=sweep.tags,
            note=note,
        )
        if sweep.parent:
            _begin_alone(sweep)
            sweep.lease = tracking.Lease(sweep.store, sweep.parent).keep(_stop)
    if sweep.parent:
        _refuse_forgetful(sweep)


def _begin_alone(sweep: Sweep) -> None:
    """A sweep to be resumed is begun by one process, though two may have found at the same moment that there is none."""
    if not sweep.configs[0].resume or sweep.store.offline:
        return
    try:
        begin_alone(sweep.store, sweep.experiment.name, sweep.parent, sweep.tags)
    except InputError:  # it has given way
        sweep.parent = ""
        raise
    except tracking.StoreError:
        _give_up(sweep)
        raise


def _refuse_forgetful(sweep: Sweep) -> None:
    """Nothing is done for a server that does not keep files."""
    try:
        tracking.read_back(sweep.store, sweep.parent)
    except tracking.StoreError:
        _give_up(sweep)
        raise


def _give_up(sweep: Sweep) -> None:
    """Before the first arm."""
    if sweep.lease is not None:
        sweep.lease.release()
    if not sweep.parent.startswith(tracking.WAITING):
        tracking.finish_sweep(sweep.store, sweep.parent, "FAILED")
    sweep.parent, sweep.lease = "", None


def _resumed(sweep: Sweep) -> bool:
    """Take up what an earlier call has left, also of a smaller grid, or say that there is nothing."""
    digests = [whole(parts) for parts in sweep.parts]
    predictions = predictions_in(sweep.tags)
    earlier = reopen(sweep.store, sweep.experiment.name, digests, predictions, grows=grows(sweep), of_map=sweep.map)
    if earlier is None:
        console.print(
            f"resume: found no sweep of these {counted(len(sweep.arms), 'arm')}, nor of some of them, with the same settings and "
            f"code in experiment {sweep.experiment.name} of {sweep.store.shown}; this one begins",
            style="dim",
            soft_wrap=True,
        )
        return False
    before = earlier.sweep
    sweep.parent, sweep.done, sweep.failed = before.run_id, earlier.done, earlier.failed
    sweep.first_started, sweep.worked = before.started, before.metrics.get("seconds", 0.0)
    sweep.lease = earlier.lease.keep(_stop)
    if earlier.arms < len(sweep.arms):
        console.print(f"resume: a sweep of {earlier.arms} of these {len(sweep.arms)} arms goes on, with the others")
    if earlier.arms != len(sweep.arms):
        tracking.rename_sweep(sweep.store, sweep.parent, told.parent_name(sweep), sweep.tags)
    return True


def grows(sweep: Sweep) -> bool:
    """Whether it may go on from a smaller grid; one that adds replicates has runs that no grid names."""
    return sweep.configs[0].looks == 1


def describe(sweep: Sweep) -> None:
    """What is known of a sweep before it runs."""
    command = sweep.store.without_secrets(shlex.join(sys.argv[1:]))
    digest = sweep_digest([whole(parts) for parts in sweep.parts])
    sweep.tags = {"arms": len(sweep.arms), "command": command, "digest": digest}
    sweep.tags |= {"seed": sweep.configs[0].seed, "dataset.seed": sweep.configs[0].dataset.seed}
    sweep.tags |= {"map": sweep.map, "verb": "map"} if sweep.map else {}
    if sweep.experiment.claims:
        from sandbox.sweep.judging import prediction_tags

        sweep.tags |= {"budget": sweep.budget, **prediction_tags(sweep.experiment)}


def _stop(holder: object) -> None:
    """Somebody else works on this sweep, or has closed it."""
    console.print(f"this sweep was closed, or went to another process ({holder}); this one stops", soft_wrap=True)
    _thread.interrupt_main(signal.SIGTERM)
