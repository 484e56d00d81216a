"""What a function has returned lately, as much of it as there is room for."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A function of keywords whose last results are kept: `fewest` of them, and more while together they weigh at most `most`.

    For results of very different sizes, of which `lru_cache` would keep too few or too much.
    """

    def __init__(self, function: Callable[..., T], weight: Callable[[T], int], fewest: int, most: int) -> None:
        self.function, self.weight, self.fewest, self.most = function, weight, fewest, most
        self.results: OrderedDict[Hashable, T] = OrderedDict()  # the last used one last
        self.load, self.lock = 0, Lock()

    def __call__(self, **given: Hashable) -> T:
        key = tuple(sorted(given.items()))
        with self.lock:
            if key in self.results:
                self.results.move_to_end(key)
                return self.results[key]
        result = self.function(**given)
        with self.lock:
            if key not in self.results:  # another thread may have been faster
                self.results[key] = result
                self.load += self.weight(result)
            while len(self.results) > self.fewest and self.load > self.most:
                self.load -= self.weight(self.results.popitem(last=False)[1])
        return result

    def cache_clear(self) -> None:
        """As that of `lru_cache`."""
        with self.lock:
            self.results.clear()
            self.load = 0
