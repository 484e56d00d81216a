"""What a sweep's verdicts are worth, by the budget that they were reached with."""

from typing import Literal

Budget = Literal["declared", "quick", "changed"]

WORTH: dict[str, str | None] = {  # by a Budget, or what a record says it was
    "declared": None,
    "quick": "a quick look: these verdicts are not evidence",
    "changed": "not the declared budget: these verdicts do not enter the ledger",
}
