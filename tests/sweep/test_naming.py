"""Names of arms."""

from dataclasses import replace

from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig
from sandbox.sweep.naming import arm_names, layers
from sandbox.trial.table import varying


def test_an_arm_is_named_by_what_varies_its_data_last() -> None:
    plain = RunConfig()
    tried = [
        replace(plain, dataset=DatasetConfig(name=data), init=InitConfig(scale=scale), activation=activation)
        for data in ("moons", "circles")
        for scale in (0.1, 1.0)
        for activation in ("tanh", "relu")
    ]
    names = arm_names(tried, varying(tried))
    assert names[0] == "scale 0.1 · tanh · moons"
    assert len({*names}) == len(tried)


def test_a_scheme_and_its_scale_are_one_word_so_that_what_follows_is_seen_too() -> None:
    plain = RunConfig()
    tried = [
        replace(plain, init=InitConfig(name=name, scale=scale), activation=activation)
        for name in ("he", "xavier")
        for scale in (0.04, 1.0)
        for activation in ("tanh", "relu")
    ]
    names = arm_names(tried, varying(tried))
    assert names[0] == "he ×0.04 · tanh"
    assert len({name[:20] for name in names}) == len(tried)


def test_arms_that_no_column_tells_apart_are_numbered() -> None:
    assert arm_names([RunConfig(), RunConfig()], []) == ["arm 1", "arm 2"]


def test_equal_layers_are_counted() -> None:
    assert [layers(sizes) for sizes in ("16-16-16", "8-4", "4", "none")] == [
        "16×3",
        "units 8-4",
        "units 4",
        "no hidden layer",
    ]
