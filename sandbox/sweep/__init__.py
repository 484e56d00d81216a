"""What one command does: arms, jobs, records, resumption, verdicts, the ledger."""

from sandbox.system.callable_rooms import make_callable

make_callable(__name__)
