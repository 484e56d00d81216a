"""When a growing table is looked at, and how much error each look may spend: a rule declared before the first run."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.claims.claim import Claim, Control
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import Verdict
from sandbox.system.errors import InputError


@dataclass(frozen=True)
class Plan:
    """Looks after 20, 40, 80 and 160 replicates, at which all verdicts together are wrong with probability <= alpha.

    alpha is shared equally by the questions (see `questions_of`), and by the looks in proportion to their replicates. This
    is Bonferroni's bound: it needs no independence, so it holds however questions, strata and looks depend on each other,
    whenever one stops, and if claims that are decided are looked at again.
    """

    questions: int = 1
    alpha: float = 0.05
    first: int = 20
    looks: int = 4

    def replicates(self, look: int) -> int:
        """Replicates per stratum at a look; they double."""
        if not 1 <= look <= self.looks:
            raise InputError(f"look: expected 1 to {self.looks}, got {look}")
        return self.first << (look - 1)

    def level(self, look: int) -> float:
        """The confidence for `judge` at a look."""
        spent = self.replicates(look) / sum(self.replicates(each) for each in range(1, self.looks + 1))
        return 1 - self.alpha / self.questions * spent


def questions_of(claims: Iterable[Claim]) -> int:
    """How many statistical questions a family of claims asks; exact ones cannot err by chance."""
    asked: list[Claim | Control] = []
    for claim in claims:
        asked += [claim, claim.control] if isinstance(claim.control, Control) else [claim]
    return max(1, sum(not STATISTICS[question.statistic].exact for question in asked))


def more_replicates(verdict: Verdict, plan: Plan) -> int:
    """How many replicates the next look needs; 0 if this verdict is final or the budget is spent.

    More are called for while the verdict or any stratum is undecided: a stratum left open could turn into `mixed` when the
    experiment is repeated. `mixed` and `invalid` stand.
    """
    if verdict.verdict in {"mixed", "invalid"} or verdict.look >= plan.looks:
        return 0
    answers = {verdict.verdict, *(part.verdict for part in verdict.strata + verdict.control)}
    return plan.replicates(verdict.look + 1) if "undecided" in answers else 0
