from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.published.ord import ORD
from anymol.data.published.published_set import PublishedRowError, Question
from anymol.errors import DataError
from anymol.tasks.conditions import PARAGRAPH, PATENT_REACTION
from anymol.tasks.task import ReagentsState, TaskInput

ACID, ETHANOL, ESTER, CATALYST, TOLUENE = "CC(=O)O", "OCC", "CC(=O)OCC", "OS(=O)(=O)O", "Cc1ccccc1"
REACTANT, REAGENT, SOLVENT, CATALYSES, WORKUP, PRODUCT, BYPRODUCT = 1, 2, 3, 4, 5, 8, 9
MAPPED = (
    "[CH3:1][C:2](=[O:3])[OH:4].[CH3:5][CH2:6][OH:7].O=C([O-])[O-].[K+].[K+]>>[CH3:5][CH2:6][O:7][C:2]([CH3:1])=[O:3]"
)

# Messages are written byte by byte here, with the numbers of ord-schema's proto files, so that these are compared too.


def text(number: int, content: str | bytes) -> bytes:
    """A field of a text or a message: its number and kind, its length, its bytes."""
    content = content.encode() if isinstance(content, str) else content
    length, size = len(content), b""
    while True:
        size += bytes([length & 127 | (128 if length > 127 else 0)])
        length >>= 7
        if not length:
            return bytes([number << 3 | 2]) + size + content


def whole(number: int, value: int) -> bytes:
    return bytes([number << 3, value])


def compound(smiles: str | None, role: int) -> bytes:
    """A Compound; its name comes first, and an amount stands between, which nobody reads."""
    named = text(1, whole(1, 6) + text(3, "its name"))
    return named + (text(1, whole(1, 2) + text(3, smiles)) if smiles else b"") + text(2, b"") + whole(3, role)


def mixture(key: str, *components: bytes) -> bytes:
    """An entry of the map Reaction.inputs."""
    return text(2, text(1, key) + text(2, b"".join(text(1, one) for one in components) + whole(3, 1)))


def product(smiles: str, percent: float | None = None, role: int = PRODUCT, *, desired: bool | None = None) -> bytes:
    """A ProductCompound."""
    measured = b"" if percent is None else text(3, whole(2, 3) + text(8, b"\x0d" + struct.pack("<f", percent)))
    said = b"" if desired is None else whole(2, int(desired))
    return text(1, whole(1, 2) + text(3, smiles)) + said + measured + whole(7, role)


def outcome(*products: bytes) -> bytes:
    return text(8, b"".join(text(3, one) for one in products))


ESTERIFICATION = (
    mixture("acid", compound(ACID, REACTANT), compound(TOLUENE, SOLVENT))
    + mixture("alcohol", compound(ETHANOL, REACTANT), compound(TOLUENE, SOLVENT))
    + mixture("catalyst", compound(CATALYST, CATALYSES))
    + mixture("wash", compound("O", WORKUP))
    + text(5, text(9, "The acid was\nheated."))
    + outcome(product(ESTER, 87.0))
    + text(10, "ord-1")
)
REACTION = TaskInput(reactants="CC(=O)O.CCO", products="CCOC(C)=O")
AGENTS = "Cc1ccccc1.O=S(=O)(O)O"


def write(folder: Path, *reactions: bytes) -> Path:
    path = folder / "data/4d/ord_dataset-0123.pb.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text(1, "a name") + b"".join(text(3, one) for one in reactions)))
    return path


def ask(path: Path) -> list[Question]:
    return [one for _, one in ask_all(ORD, path)]


EXPECTED = [
    Question(
        "forward_reaction",
        TaskInput(reactants="CC(=O)O.CCO", reagents=AGENTS, reagents_state=ReagentsState.SEPARATED),
        "CCOC(C)=O",
    ),
    Question(
        "retrosynthesis",
        TaskInput(products="CCOC(C)=O", reagents_state=ReagentsState.SEPARATED),
        "CC(=O)O.CCO",
    ),
    Question("reagent_prediction", REACTION, AGENTS),
    Question("solvent_prediction", REACTION, "Cc1ccccc1"),
    Question("catalyst_prediction", REACTION, "O=S(=O)(O)O"),
    Question(
        "procedure_writing",
        TaskInput(reactants="CC(=O)O.CCO", reagents=AGENTS, products="CCOC(C)=O", text=PARAGRAPH),
        "The acid was heated.",
    ),
]  # fmt: skip


def test_what_a_record_tells(tmp_path: Path) -> None:
    write(tmp_path, ESTERIFICATION)
    assert ask(tmp_path) == EXPECTED  # no yield: nobody says whether a screen or a notebook reports it


def test_parquet_holds_a_reaction_per_row(tmp_path: Path) -> None:
    table = pa.table({"reaction_id": ["ord-1"], "reaction": pa.array([ESTERIFICATION], pa.binary())})
    pq.write_table(table, tmp_path / "ord_dataset-0123.parquet")
    assert ask(tmp_path) == EXPECTED


def test_yields_are_asked_of_patents_and_maps_tell_their_reagents(tmp_path: Path) -> None:
    base = mixture("base", compound("O=C([O-])[O-].[K+].[K+]", REACTANT))
    patent = text(9, text(5, "US1234567")) + text(1, whole(1, 6) + text(3, MAPPED))
    found = {one.task: one for one in ask(write(tmp_path, ESTERIFICATION + base + patent))}
    agents = f"{AGENTS[:9]}.O=C([O-])[O-].{AGENTS[10:]}.[K+].[K+]"
    assert found["retrosynthesis"].answer == "CC(=O)O.CCO"
    assert found["reagent_prediction"].answer == agents
    assert found["yield_prediction"] == Question(
        "yield_prediction",
        TaskInput(reactants="CC(=O)O.CCO", reagents=agents, products="CCOC(C)=O", text=PATENT_REACTION),
        "87.0",
    )


def test_reactants_of_a_patent_without_maps_are_mixed(tmp_path: Path) -> None:
    found = ask(write(tmp_path, ESTERIFICATION + text(9, text(5, "US1234567"))))
    assert "retrosynthesis" not in {one.task for one in found}
    mixed = TaskInput(reactants="CC(=O)O.CCO.Cc1ccccc1.O=S(=O)(O)O", reagents_state=ReagentsState.MIXED)
    assert found[0] == Question("forward_reaction", mixed, "CCOC(C)=O")


@pytest.mark.parametrize(
    "outcomes",
    [
        outcome(product(ESTER), product("O", role=BYPRODUCT)),
        outcome(product(ESTER, desired=True), product("O", desired=False)),
        outcome(product(ESTER)) + outcome(product(ESTER)),
    ],
)
def test_the_product_is_the_one_that_was_wanted(tmp_path: Path, outcomes: bytes) -> None:
    inputs = mixture("acid", compound(ACID, REACTANT), compound(ETHANOL, REACTANT))
    assert {one.answer for one in ask(write(tmp_path, inputs + outcomes)) if one.task == "forward_reaction"} == {
        "CCOC(C)=O"
    }


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (mixture("x", compound(None, REAGENT)), "an input has no SMILES"),
        (mixture("x", compound("C", 0)), "an input has no role"),
        (text(2, text(1, "x") + text(2, text(2, text(1, "ord-0")))), "crude product of another reaction"),
        (outcome(product("CC=O")), "not one product with a SMILES, but 2"),
        (mixture("x", compound("C(C", REACTANT)), r"C\(C"),
        (mixture("x", compound("CCOC(C)=O", SOLVENT)), "the product is also an input"),
        (text(1, whole(1, 2) + text(3, "[CH3:1]Cl.[OH2:2]>>[CH3:1][OH:2]")), "a reactant that its inputs have not"),
    ],
)
def test_a_reaction_that_cannot_be_used_is_named(tmp_path: Path, added: bytes, said: str) -> None:
    with pytest.raises(PublishedRowError, match=f"ord_dataset-0123.pb.gz, line 2: .*{said}"):
        ask(write(tmp_path, ESTERIFICATION, ESTERIFICATION + added))


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ord_dataset-0123.pb"
    path.write_bytes(b"\x1a\xff not a message")
    with pytest.raises(DataError, match="not a message of the schema"):
        ask(path)
    pq.write_table(pa.table({"reaction_id": ["ord-1"]}), tmp_path / "ord_dataset-0124.parquet")
    with pytest.raises(DataError, match="no column reaction"):
        ask(tmp_path / "ord_dataset-0124.parquet")
