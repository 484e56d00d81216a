"""Who works on a sweep: signs of life, and the end of them."""

import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox.config.schema import TrackingConfig
from sandbox.tracking import lease as module
from sandbox.tracking import prepare, resolve, start_sweep
from sandbox.tracking.lease import Lease, holder_of
from sandbox.tracking.store import client


@pytest.mark.parametrize("released_by", ["itself", "another"])
def test_its_own_end_is_not_taken_for_that_of_another(
    released_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at the store that began before the end and comes back after it finds the sweep released."""
    monkeypatch.setattr(module, "BEAT", 0.01)
    store = resolve(TrackingConfig(directory=str(tmp_path / "mlruns")))
    prepare(store)
    sweep = start_sweep(store, "sandbox", "a sweep")
    looking, ended, lost = threading.Event(), threading.Event(), threading.Event()

    def slowly(run: Any) -> Any:
        looking.set()
        assert ended.wait(30)
        return holder_of(client(store).get_run(sweep))

    lease = Lease(store, sweep)
    monkeypatch.setattr(module, "holder_of", slowly)
    lease.keep(lambda holder: lost.set())
    assert looking.wait(30)
    (lease if released_by == "itself" else Lease(store, sweep)).release()
    ended.set()
    keeper = next((each for each in threading.enumerate() if each.name == "keeps a lease"), None)
    if keeper:
        keeper.join(30)
    assert lost.is_set() == lease.lost == (released_by == "another")
