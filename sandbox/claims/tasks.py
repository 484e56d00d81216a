"""What to expect of a new task: the tasks that were tried stand for others, and an average of these says nothing of one.

A task is a data set, or what else a claim names. If the tried ones are a fair choice, the number of a new one is as likely
to fall into any of the T + 1 gaps between those of the T tried: between the least and the largest with probability
(T - 1) / (T + 1), whatever their distribution. How many new ones would lie inside the prediction is a share like any other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.claims.statistics import binomial
from sandbox.claims.verdict import Interval

FEWEST = 3  # tasks; of two, a new one is as likely to lie outside as between them
LEVEL = 0.95  # of the share of new tasks; it is a summary, and decides no verdict


@dataclass(frozen=True)
class Tasks:
    """T tasks of which `inside` have their number inside the prediction, and what that says of a new one.

    interval: from the least to the largest number; a new task's lies there with probability `chance`.
    share: of all tasks like these, those with a number inside the prediction, at level 0.95.
    """

    tried: int
    inside: int
    interval: Interval
    chance: float
    share: Interval

    def __str__(self) -> str:
        return (
            f"A new task's number lies in {self.interval} with probability {self.tried - 1} in {self.tried + 1}; it is as "
            f"predicted in {self.inside} of {self.tried} tasks, so of all like them in {self.share} (level {LEVEL})"
        )


def new_task(numbers: Sequence[tuple[float, float]], prediction: Interval) -> Tasks | None:
    """What the tasks' numbers say of a new one; None where they are too few.

    numbers: of each task, the ends between which its number is known to lie; one twice where it is known.
    """
    tried = len(numbers)
    if tried < FEWEST:
        return None
    known = [Interval(-math.inf if math.isnan(a) else a, math.inf if math.isnan(b) else b) for a, b in numbers]
    interval = Interval(min(each.low for each in known), max(each.high for each in known))
    sure = sum(prediction.contains(each) for each in known)
    possible = sum(prediction.overlaps(each) for each in known)
    share = Interval(binomial(sure, tried, LEVEL)[0], binomial(possible, tried, LEVEL)[1])
    return Tasks(tried, sure, interval, (tried - 1) / (tried + 1), share)
