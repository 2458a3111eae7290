"""Every synthesis engine of the table answers the same questions."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from anymol.errors import AnyMolError, ConfigError, MissingDependencyError, UserError
from anymol.modalities.conformer import Conformer
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.modalities.storage import from_json, to_json
from anymol.synthesis.engine import Engine, derive_seed
from anymol.synthesis.table import ENGINES, choose_engines, list_engines

RECORDS = {
    Modality.GRAPH: MolecularGraph,
    Modality.CONFORMER: Conformer,
    Modality.IMAGE: MoleculeImage,
    Modality.MS2: MassSpectrum,
    Modality.IR: InfraredSpectrum,
}
SLOW = {"gfn2-xtb"}
"""Engines that take seconds for a molecule: they are asked about a small one."""

CAFFEINE, METHANOL = "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CO"


@pytest.fixture(params=ENGINES, ids=list_engines())
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn, at its defaults."""
    kind, settings = request.param
    made: Engine = kind(settings())
    return made


def make(engine: Engine, smiles: str, seed: int = 1) -> Any:
    try:
        return engine.synthesize(smiles, seed)
    except MissingDependencyError as error:
        pytest.skip(str(error))


def molecule_for(engine: Engine) -> str:
    return METHANOL if engine.name in SLOW else CAFFEINE


def test_it_fits_the_protocol(engine: Engine) -> None:
    assert isinstance(engine, Engine)
    assert engine.modality in set(Modality)
    assert engine.name == engine.name.strip().lower()
    assert engine.version
    assert type(engine.settings).model_validate(engine.settings.model_dump(mode="json")) == engine.settings


def test_it_makes_records_of_its_modality_that_can_be_stored(engine: Engine) -> None:
    made = make(engine, molecule_for(engine))
    assert made.records
    for record in made.records:
        assert isinstance(record, RECORDS[engine.modality])
        assert from_json(to_json(record)) == record
    assert all(isinstance(value, (str, int, float, bool)) for value in made.notes.values())


def test_the_same_seed_gives_the_same_records_in_every_process(engine: Engine) -> None:
    smiles = molecule_for(engine)
    copy: Engine = pickle.loads(pickle.dumps(engine))
    assert make(engine, smiles, 7) == make(copy, smiles, 7)


@pytest.mark.parametrize("smiles", ["", "C(C", "c1ccccc", "[Xx]", "C" * 3000])
def test_what_is_no_molecule_is_refused_in_words(engine: Engine, smiles: str) -> None:
    with pytest.raises(AnyMolError) as caught:
        make(engine, smiles)
    assert str(caught.value)


@pytest.mark.parametrize(
    "smiles",
    [
        "[Na+].[O-]C(=O)c1ccccc1",
        "C[C@H](N)C(=O)O",
        "C[N+](C)(C)CCO",
        "[Fe+2]",
        "[H][H]",
        "*CC",
        "[2H]C([2H])([2H])O",
        "F",
    ],
    ids=["salt", "chiral", "cation", "metal", "hydrogen", "placeholder", "isotope", "tiny"],
)
def test_odd_molecules_have_records_or_a_reason(engine: Engine, smiles: str) -> None:
    if engine.name in SLOW and len(smiles) > 8:
        pytest.skip("too slow for a test")
    try:
        made = engine.synthesize(smiles, 0)
    except MissingDependencyError as error:
        pytest.skip(str(error))
    except AnyMolError as error:
        assert error.message
    else:
        assert made.records


def test_unknown_settings_are_refused(engine: Engine) -> None:
    with pytest.raises(ConfigError, match="settings"):
        choose_engines(f"{engine.modality}:{engine.name}", {engine.modality: {"no_such_setting": 1}})


def test_seeds_depend_on_molecule_modality_and_run_alone() -> None:
    seeds = {derive_seed(smiles, modality, run) for smiles in ("CCO", "CCN") for modality in Modality for run in (0, 1)}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_first_engine_of_a_modality_is_meant_by_its_bare_name() -> None:
    (graph,) = choose_engines("graph")
    assert graph.name == "rdkit"
    assert [engine.modality for engine in choose_engines("image, graph")] == [Modality.IMAGE, Modality.GRAPH]


@pytest.mark.parametrize(
    ("names", "said"),
    [("grahp", "did you mean graph"), ("graph:corina", "no engine"), ("graph,graph", "twice"), (" , ", "no modality")],
)
def test_names_that_mean_nothing_are_refused(names: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        choose_engines(names)
