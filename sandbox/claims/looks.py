"""When a growing table is looked at, and how much error each look may spend: a rule declared before the first run."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.claims.claim import Claim, Control, Placebo
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import Verdict
from sandbox.system.errors import InputError


@dataclass(frozen=True)
class Plan:
    """Looks after 20, 40, 80 and 160 replicates, at which all verdicts together are wrong with probability <= alpha.

    alpha is shared equally by the questions (see `questions_of`), and by the looks in proportion to their replicates. This
    is Bonferroni's bound: it needs no independence, so it holds however questions, strata and looks depend on each other,
    whenever one stops, and if claims that are decided are looked at again. The controls have an alpha of their own: so
    often may one of them fail, or pass, by luck alone.
    """

    questions: int = 1
    alpha: float = 0.05
    first: int = 20
    looks: int = 4
    controls: int = 1
    control_alpha: float = 0.05

    def replicates(self, look: int) -> int:
        """Replicates per stratum at a look; they double."""
        if not 1 <= look <= self.looks:
            raise InputError(f"look: expected 1 to {self.looks}, got {look}")
        return self.first << (look - 1)

    def level(self, look: int) -> float:
        """The confidence for `judge` at a look."""
        return 1 - self.alpha / self.questions * self._spent(look)

    def control_level(self, look: int) -> float:
        """The confidence for the control at a look."""
        return 1 - self.control_alpha / self.controls * self._spent(look)

    def _spent(self, look: int) -> float:
        return self.replicates(look) / sum(self.replicates(each) for each in range(1, self.looks + 1))


def questions_of(claims: Iterable[Claim]) -> int:
    """How many statistical questions a family of claims asks; exact ones cannot err by chance."""
    return max(1, sum(not STATISTICS[claim.statistic].exact for claim in claims))


def controls_of(claims: Iterable[Claim]) -> int:
    """How many statistical questions their controls ask."""
    asked = [claim if isinstance(claim.control, Placebo) else claim.control for claim in claims]
    return max(1, sum(isinstance(each, Claim | Control) and not STATISTICS[each.statistic].exact for each in asked))


def more_replicates(verdict: Verdict, plan: Plan) -> int:
    """How many replicates the next look needs; 0 if this verdict is final or the budget is spent.

    More are called for while the verdict, its control or any stratum is undecided: a stratum left open could give the
    claim another word when the experiment is repeated. `invalid` stands.
    """
    if verdict.verdict == "invalid" or verdict.look >= plan.looks:
        return 0
    answers = {verdict.verdict, *(part.verdict for part in verdict.strata + verdict.control)}
    return plan.replicates(verdict.look + 1) if "undecided" in answers else 0


def assurance(alpha: float, verdicts: int, strata: int) -> str:
    """What the level of a ledger covers and what it does not, in one line."""
    if not verdicts:
        return "No verdict rests on a level yet: nothing that was tried is a matter of luck."
    return (
        f"What the level covers: with probability {1 - alpha:.0%} luck in the draw of weights and data has misled none of "
        f"the {verdicts} statistical verdicts, nor any of their {strata} strata. What it does not cover: other tasks and "
        "settings than those tried (for these see what a new task would give), mistakes in the code, and verdicts on one "
        "draw of the data, which speak of the weights alone."
    )
