"""Maps: values in order and in between, and new places only where neighbours disagree."""

import math

import pytest

from sandbox.config.schema import InitConfig, RunConfig
from sandbox.sweep.maps import Map, Place, axis, cells, declared_words, disagree, refined, scaled, theory, usual
from sandbox.system.errors import InputError


def test_the_value_between_two_is_the_geometric_one_where_they_span_orders() -> None:
    rates, noise = axis("learning_rate", ["10", "0.1", "1"]), axis("dataset.noise", ["0", "0.2", "0.4"])
    assert rates.words == ("0.1", "1", "10") and rates.word(0.5) == "0.3162" and rates.word(1.25) == "1.778"
    assert noise.word(0.5) == "0.1" and noise.word(1.75) == "0.35"


def test_whole_numbers_and_layers_stay_what_they_are_and_names_have_nothing_in_between() -> None:
    steps, deep = axis("steps", ["10", "1000"]), axis("hidden", ["[8,8]", "[8,8,8,8]"])
    wide, names = axis("hidden", ["[4]", "[2]"]), axis("activation", ["tanh", "relu"])
    assert steps.word(0.5) == "100" and deep.word(0.5) == "[8,8,8]" and wide.word(0.5) == "[3]"
    assert deep.middle(0.0, 1.0) == 0.5 and deep.middle(0.0, 0.5) is None  # no layer between two and three
    assert names.middle(0.0, 1.0) is None and names.words == ("tanh", "relu")


def test_a_value_in_between_is_one_however_near_its_neighbours_are() -> None:
    near, alike = axis("learning_rate", ["1.0001", "1.0002"]), axis("init.scale", ["0.1", "10", "1e-1"])
    assert near.word(0.5) == "1.00015" and 1.0001 < float(near.word(0.03125)) < 1.0002
    assert alike.words == ("0.1", "10")
    with pytest.raises(InputError, match="expected two values or more"):
        axis("init.scale", ["0.1", "1e-1"])


@pytest.mark.parametrize("key", ["first_replicate", "per_draw", "probes.count", "dataset.samples", "seed"])
def test_between_whole_numbers_lie_whole_numbers(key: str) -> None:
    whole = axis(key, ["0", "2", "5"])
    assert whole.word(1.5) == "4" and whole.word(0.5) == "1" and whole.middle(0.0, 0.5) is None


@pytest.mark.parametrize("key", ["learning_rate", "init.scale", "steps", "hidden", "dataset.noise"])
def test_what_is_usual_is_an_axis(key: str) -> None:
    assert 2 <= len(axis(key, usual(key, 5)).numbers) <= 5


def test_a_key_without_usual_values_asks_for_some() -> None:
    with pytest.raises(InputError, match=r"expected values of activation, got none; name them: activation=A,B,C"):
        usual("activation", 5)
    with pytest.raises(InputError, match="two values or more"):
        axis("steps", ["3"])


def test_neighbours_disagree_by_more_than_the_tolerance_or_where_only_one_has_a_value() -> None:
    assert disagree([0.1, 0.4], 0.2) and not disagree([0.1, 0.2], 0.2)
    assert disagree([0.1, math.inf], 0.2) and not disagree([math.nan, math.inf], 0.2)


def test_a_boundary_is_followed_and_nothing_else() -> None:
    """Inside a circle 1, outside 0: three rounds on 9 x 9 places come near a grid of 65 x 65 with a fifth of its places."""
    words = [str(i) for i in range(9)]
    plan = Map(axis("learning_rate", words), axis("init.scale", words))

    def inside(place: Place) -> float:
        return float(math.hypot(place[1] - 4.1, place[2] - 3.9) < 2.6)

    tried, left = plan.coarse(), cells(plan)
    values = {place: inside(place) for place in tried}
    for _ in range(3):
        new, left = refined(plan, values, left, 0.5, 10_000)
        assert new and not {*new} & {*values}
        values |= {place: inside(place) for place in new}
    assert len(values) < 65 * 65 / 5
    finest = [cell for cell in left if disagree([values[corner] for corner in cell.corners], 0.5)]
    for turn in range(100):  # the circle itself runs through the finest cells alone
        x, y = 4.1 + 2.6 * math.cos(turn / 16), 3.9 + 2.6 * math.sin(turn / 16)
        assert any(c.left - 0.01 <= x <= c.right + 0.01 and c.low - 0.01 <= y <= c.high + 0.01 for c in finest)


def test_no_more_places_are_named_than_are_left() -> None:
    plan = Map(axis("learning_rate", ["1", "2", "3"]), axis("init.scale", ["1", "2", "3"]))
    values = {place: float(place[1] > 0) for place in plan.coarse()}
    new, _ = refined(plan, values, cells(plan), 0.5, 7)
    assert 0 < len(new) <= 7 and refined(plan, values, cells(plan), 0.5, 0) == ([], [])


def test_values_are_told_on_the_scale_that_they_are_drawn_on() -> None:
    told = scaled({(0, 0.0, float(i)): 10.0**i for i in range(5)} | {(0, 1.0, 0.0): math.inf})
    assert told[0, 0.0, 2.0] == pytest.approx(0.5) and told[0, 1.0, 0.0] == math.inf


def test_arms_say_what_all_share_then_their_panel_then_their_place() -> None:
    plan = Map(
        axis("learning_rate", ["0.1", "1"]),
        axis("hidden", ["[4]", "[8]"]),
        (("init=he",),),
        ("hydra/launcher=cores", "steps=9"),
    )
    assert plan.arm((0, 0.5, 1.0)) == ["steps=9", "init=he", "learning_rate=0.3162", "hidden=[8]"]
    assert (
        plan.digest == Map(plan.across, plan.up, plan.panels, ("steps=9",)).digest != Map(plan.up, plan.across).digest
    )


def test_an_experiments_settings_are_words_that_could_be_typed() -> None:
    words = declared_words("phase_diagram")
    assert {"init=lecun", "replicates=20", "dataset.samples=120", "probes.names=[train/loss,gradient_z]"} <= {*words}
    assert not any(word.startswith(("experiment", "hydra")) for word in words)


def test_theory_is_drawn_where_it_speaks_of_what_is_mapped() -> None:
    deep = axis("hidden", ["[32,32]", "[32,32,32,32,32,32,32,32]"])
    plan = Map(axis("init.scale", ["0.5", "4"]), deep)
    (lines,) = theory(plan, [RunConfig(init=InitConfig("lecun"))])
    scales, depths = lines["6 depth scales"]
    assert lines["edge of chaos"][0][0] == pytest.approx(1.0, abs=0.01)
    assert depths[0] == pytest.approx(6 / -math.log(0.25), rel=1e-3) and scales[0] == pytest.approx(0.5)
    assert theory(plan, [RunConfig(init=InitConfig("xavier"))]) == [{}]
    assert theory(Map(plan.across, axis("steps", ["1", "9"])), [RunConfig(init=InitConfig("lecun"))]) == [{}]
