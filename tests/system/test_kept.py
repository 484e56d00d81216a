"""Results that are kept by their weight."""

from sandbox.system.kept import Kept


def test_what_was_used_last_is_kept_within_the_weight_and_a_few_beyond_it() -> None:
    made: list[int] = []

    def make(size: int) -> bytes:
        made.append(size)
        return bytes(size)

    small = Kept(make, len, fewest=2, most=100)
    for size in (10, 20, 30, 40):
        small(size=size)
    assert [small(size=size) for size in (20, 30, 40, 10)] == [bytes(size) for size in (20, 30, 40, 10)]
    assert made == [10, 20, 30, 40], "all of them weigh 100"
    small(size=50)  # for which 20 and 30 have to go, which were used longest ago
    for size in (40, 10, 50):
        small(size=size)
    assert made == [10, 20, 30, 40, 50]
    for size in (200, 300):
        small(size=size)
    assert small(size=200) is small(size=200), "two are kept, whatever they weigh"
    assert made == [10, 20, 30, 40, 50, 200, 300]
    small.cache_clear()
    small(size=10)
    assert made[-1] == 10
