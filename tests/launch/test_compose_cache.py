"""Arms composed quickly are what Hydra composes slowly, and a launcher's processes get them too."""

import pickle
from collections.abc import Iterator

import sandbox.launch.command  # noqa: F401 - it tells Hydra the schema
from sandbox.launch.arm_configs import Reader
from sandbox.launch.compose_cache import Batch, Composer

import pytest
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.errors import ConfigCompositionException
from hydra.initialize import initialize_config_dir
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from sandbox.config.compose import read
from sandbox.config.names import CONF
from sandbox.system.errors import InputError

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


READ = [
    *(arm for arm in ARMS if "output='softmax'" not in arm),
    ["init=xavier", "init.scale=2", "hidden=[3,4]", "activation=[tanh,relu]"],
    ["hidden=[]", "per_draw=2", "dataset.noise=0", "only=[init.scale if init=normal]", "tracking.directory=~/there"],
    ["+trial={h: 1}", "init.zero_layers=[1]", "seed=2", "seed=1"],
    ["dataset=file", "dataset.path='ünï & code.csv'", "dataset.header=false", "dataset.drop=[a,b]"],
]


def test_arms_are_read_as_their_composed_configurations_are(hydra: Hydra, master: DictConfig) -> None:
    reader = Reader(Composer(hydra.config_loader), master)
    for arm in (*READ, *reversed(READ)):  # what was read before must not show
        composed = hydra.config_loader.load_sweep_config(master, arm)
        with open_dict(composed):
            del composed["hydra"]
        assert reader.read(arm) == read(composed), arm


@pytest.mark.parametrize(
    "wrong", ["steps=many", "stepz=3", "hidden=[0]", "init=norml", "seed=${oc.env:HOME}", "output=sofmax"]
)
def test_a_mistake_in_an_arm_that_is_read_is_the_composed_ones(hydra: Hydra, master: DictConfig, wrong: str) -> None:
    def slowly() -> None:
        composed = hydra.config_loader.load_sweep_config(master, [wrong])
        with open_dict(composed):
            del composed["hydra"]
        read(composed)

    errors = []
    for attempt in (lambda: Reader(Composer(hydra.config_loader), master).read([wrong]), slowly):
        with pytest.raises((ConfigCompositionException, InputError)) as caught:
            attempt()
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]


@pytest.mark.parametrize("wrong", ["stepz=3", "init=norml", "steps=many", "+steps=3", "~nothing", "~init.zero_layers"])
def test_a_mistake_is_hydras_mistake(hydra: Hydra, master: DictConfig, wrong: str) -> None:
    errors = []
    for loader in (Composer(hydra.config_loader), hydra.config_loader):
        with pytest.raises(ConfigCompositionException) as caught:
            loader.load_sweep_config(master, [wrong])
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]


def test_a_batch_reaches_a_job_in_another_process_with_what_its_arms_say_of_hydra(
    hydra: Hydra, master: DictConfig
) -> None:
    composer = Composer(hydra.config_loader)
    arm = ["steps=3", "hydra.job.name=other"]
    batch = Batch.of(2, composer.about_hydra(arm), b"two runs")
    there, handed = pickle.loads(pickle.dumps((composer, [batch])))  # noqa: S301 - our own
    composed = there.load_sweep_config(master, list(handed))
    assert (composed.hydra.job.name, composed.tracking.batch, composed.steps) == ("other", b"two runs", 2000)
    assert " ".join(handed) == "2 arms"


def test_a_batch_costs_no_composition_where_an_arm_has_said_the_same_of_hydra(
    hydra: Hydra, master: DictConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = Composer(hydra.config_loader)
    for arm in (["init=zero", "steps=3"], ["init=zero", "hydra.job.name=other"]):
        composer.load_sweep_config(master, arm)
    monkeypatch.setattr(hydra.config_loader, "load_sweep_config", lambda *_: pytest.fail("composed again"))
    for words, name in (((), "sandbox"), (("hydra.job.name=other",), "other")):
        composed = composer.load_sweep_config(master, [Batch.of(1, words, b"a run")])
        assert (composed.hydra.job.name, composed.tracking.batch) == (name, b"a run")
        assert list(composed.hydra.overrides.task) == [] and composed.hydra.job.override_dirname == ""


def test_composed_configurations_are_the_callers_own(hydra: Hydra, master: DictConfig) -> None:
    composer = Composer(hydra.config_loader)
    first = composer.load_sweep_config(master, ["steps=3"])
    first.steps = 99
    assert composer.load_sweep_config(master, ["steps=3"]).steps == 3
    assert composer.load_sweep_config(master, []).steps == 2000
