"""Arms composed quickly are what Hydra composes slowly, and a launcher's processes get them too."""

import pickle
from collections.abc import Iterator

from sandbox.launch.compose_cache import Composer

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.errors import ConfigCompositionException
from hydra.initialize import initialize_config_dir
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from sandbox.config.names import CONF

ARMS = [
    [],
    ["steps=3"],
    ["init=zero", "dataset=circles"],
    ["init.scale=0.1", "init=xavier", "dataset=iris", "dataset.noise=null"],
    ["dataset.noise=0.3", "dataset=moons"],
    ["hidden=[3,4]", "activation=[tanh,relu]", "probes.names=[train/loss]"],
    ["+trial.h=1e-3", "++trial.deep.er={a: 1}", "trial.h=2"],
    ["+trial.h=1", "~trial.h", "learning_rate=1e-2"],
    ["+experiment=symmetry", "init=normal", "steps=5"],
    ["steps=7", "+experiment=symmetry", "tracking=none", "steps=9"],
    ["hydra.job.name=other", "steps=4", "hydra.verbose=true"],
    ["dataset.noise=0.2", "dataset={noise: 0.1}"],
    ["seed=1", "seed=2", "output='softmax'"],
]


@pytest.fixture(scope="module")
def hydra() -> Iterator[Hydra]:
    setup_globals()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield GlobalHydra.instance().hydra  # type: ignore[misc]


@pytest.fixture(scope="module")
def master(hydra: Hydra) -> DictConfig:
    return hydra.compose_config("config", ["hydra.sweep.dir=here"], RunMode.MULTIRUN)


@pytest.fixture(scope="module")
def used(hydra: Hydra, master: DictConfig) -> Composer:
    """One that has composed all arms: what was composed before must not show."""
    composer = Composer(hydra.config_loader)
    for arm in ARMS:
        composer.load_sweep_config(master, arm)
    return composer


@pytest.mark.parametrize("arm", ARMS, ids=" ".join)
def test_an_arm_is_composed_as_hydra_does_it(hydra: Hydra, used: Composer, master: DictConfig, arm: list[str]) -> None:
    ours, theirs = (loader.load_sweep_config(master, arm) for loader in (used, hydra.config_loader))
    assert OmegaConf.to_yaml(ours) == OmegaConf.to_yaml(theirs)
    assert ours == theirs
    assert OmegaConf.is_struct(ours) and not OmegaConf.is_readonly(ours)
    assert OmegaConf.get_type(ours) is OmegaConf.get_type(theirs)
    with pytest.raises(Exception, match="stepz"):
        ours.stepz = 3


@pytest.mark.parametrize("wrong", ["stepz=3", "init=norml", "steps=many", "+steps=3", "~nothing", "~init.zero_layers"])
def test_a_mistake_is_hydras_mistake(hydra: Hydra, master: DictConfig, wrong: str) -> None:
    errors = []
    for loader in (Composer(hydra.config_loader), hydra.config_loader):
        with pytest.raises(ConfigCompositionException) as caught:
            loader.load_sweep_config(master, [wrong])
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]


def test_what_the_parent_tells_one_arm_reaches_its_job_in_another_process_and_no_other_arm(
    hydra: Hydra, master: DictConfig
) -> None:
    composer = Composer(hydra.config_loader)
    composer.load_sweep_config(master, ["steps=3", "init=zero"])
    composer.tell(["steps=3", "init=zero"], {"tracking.parent": "abc"})
    there = pickle.loads(pickle.dumps(composer))  # noqa: S301 - our own
    assert there.load_sweep_config(master, ["steps=3", "init=zero"]).tracking.parent == "abc"
    assert there.load_sweep_config(master, ["steps=4", "init=zero"]).tracking.parent is None
    composer.tell(["steps=3", "init=zero"], {"tracking.parent": "def"})
    there = pickle.loads(pickle.dumps(composer))  # noqa: S301 - our own
    assert there.load_sweep_config(master, ["steps=3", "init=zero"]).tracking.parent == "def"


def test_composed_configurations_are_the_callers_own(hydra: Hydra, master: DictConfig) -> None:
    composer = Composer(hydra.config_loader)
    first = composer.load_sweep_config(master, ["steps=3"])
    first.steps = 99
    assert composer.load_sweep_config(master, ["steps=3"]).steps == 3
    assert composer.load_sweep_config(master, []).steps == 2000
