"""Reactions in the files that chemists keep them in."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit.Chem import rdChemReactions

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import InvalidFileError
from anymol.readers.reactions import ReactionRow, read_reactions

ESTER = "CC(=O)O.CCO>O=S(=O)(O)O>CCOC(C)=O"
AMIDE = "CC(=O)Cl.NCc1ccccc1>CCN(CC)CC>CC(=O)NCc1ccccc1"


def _read(path: Path, text: str, **more: str) -> list[ReactionRow]:
    path.write_text(text)
    return list(read_reactions(path, **more))  # type: ignore[arg-type]


def _records(rows: list[ReactionRow]) -> list[RecordedReaction]:
    return [row.record for row in rows if row.record is not None]


def test_a_table_of_reaction_smiles(tmp_path: Path) -> None:
    text = (
        "Page,Reaction SMILES,Yield (%),Temperature,Date,Conditions\n"
        f"ELN-7/12,{ESTER},72%,78 °C,2024-03-05,reflux with removal of water\n"
        f'ELN-7/13,{AMIDE},"81,5",r.t.,,\n'
    )
    rows = _read(tmp_path / "eln.csv", text, source="ELN")
    first, second = _records(rows)
    assert (first.id, first.source, first.year, first.yield_percent, first.temperature_c) == (
        "ELN-7/12", "ELN", 2024, 72.0, 78.0,
    )  # fmt: skip
    assert first.note == "reflux with removal of water"
    assert (first.products, set(first.reactants.split(".")), first.reagents) == (
        "CCOC(C)=O", {"CC(=O)O", "CCO"}, "O=S(=O)(O)O",
    )  # fmt: skip
    assert second.yield_percent == 81.5
    assert second.temperature_c is None
    assert any("r.t." in note for note in rows[1].notes)


def test_a_table_with_a_column_for_each_role_and_names(tmp_path: Path) -> None:
    text = "id;reactants;reagents;solvent;product\n3;CC(=O)Cl; triethylamine;dichloromethane;CC(=O)NCc1ccccc1\n"
    rows = _read(tmp_path / "a.csv", text)
    # Without quotes the semicolon parts columns; a molecule that is missing makes the row no worse than it is.
    (one,) = _records(rows)
    assert (one.reagents, one.solvents) == ("CCN(CC)CC", "ClCCl")


def test_several_molecules_in_a_cell_are_parted_by_semicolons(tmp_path: Path) -> None:
    text = "entry\treactants\tproduct\n1\tacetyl chloride; benzylamine\tN-benzylacetamide\n"
    (one,) = _records(_read(tmp_path / "a.tsv", text))
    assert set(one.reactants.split(".")) == {"CC(=O)Cl", "NCc1ccccc1"}
    assert one.products == "CC(=O)NCc1ccccc1"


def test_damaged_rows_are_told_and_the_others_kept(tmp_path: Path) -> None:
    text = f"reaction,page\n{ESTER},1\nCC(=O)O.CCO>>CCOC(C=O,2\nCCO,3\n,4\nCCO>>CCO,5\n{AMIDE},6\n"
    rows = _read(tmp_path / "a.csv", text)
    assert [row.record is None for row in rows] == [False, True, True, True, True, False]
    assert "not a reaction" in str(rows[2].error)
    assert "what went in" in str(rows[4].error)


def test_of_several_products_the_largest_new_one_is_kept(tmp_path: Path) -> None:
    rows = _read(tmp_path / "a.csv", "rxn\nCC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1.Cl\n")
    assert _records(rows)[0].products == "CC(=O)NCc1ccccc1"
    assert "of 2 products" in rows[0].notes[0]


def test_maps_tell_what_helps(tmp_path: Path) -> None:
    text = "smiles\n[CH3:1][OH:2].[Na+].[OH-].[CH3:3][I:4]>>[CH3:1][O:2][CH3:3]\n"
    (one,) = _records(_read(tmp_path / "a.csv", text))
    assert set(one.reactants.split(".")) == {"CO", "CI"}
    assert set(one.reagents.split(".")) == {"[Na+]", "[OH-]"}


def test_lists_of_reaction_smiles(tmp_path: Path) -> None:
    rows = _read(tmp_path / "a.rsmi", f"# mine\n{ESTER}\tpage 1\n{AMIDE} page 2\n")
    assert [row.name for row in rows] == ["page 1", "page 2"]


def _write_rxn(smiles: str) -> str:
    return rdChemReactions.ReactionToRxnBlock(rdChemReactions.ReactionFromSmarts(smiles, useSmiles=True))


def test_rxn_files(tmp_path: Path) -> None:
    for ending in (".rxn", ".rxn"):
        (one,) = _records(_read(tmp_path / f"a{ending}", _write_rxn("CC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1")))
        assert one.products == "CC(=O)NCc1ccccc1"
        assert set(one.reactants.split(".")) == {"CC(=O)Cl", "NCc1ccccc1"}


def test_rd_files_with_data_and_a_damaged_record(tmp_path: Path) -> None:
    good = _write_rxn("CC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1")
    other = _write_rxn("CCBr.[OH-]>>CCO")
    damaged = good.replace("  1  2  1", "  1 99  1", 1).replace("M  END", "M  EN", 1)
    head = "$RDFILE 1\n$DATM 11/30/26 10:00\n"
    data = "$DTYPE RXN:VARIATION(1):YIELD\n$DATUM 64\n$DTYPE RXN:PAGE\n$DATUM book 3, p. 41\n"
    text = head + "$RFMT\n" + good + data + "$RFMT\n" + damaged + "$RFMT\n" + other
    rows = _read(tmp_path / "a.rdf", text)
    assert [row.record is None for row in rows] == [False, True, False]
    first, second = _records(rows)
    assert (first.id, first.yield_percent) == ("book 3, p. 41", 64.0)
    assert second.products == "CCO"


def test_a_chiral_centre_of_an_rxn_file_stays(tmp_path: Path) -> None:
    block = _write_rxn("C[C@H](N)C(=O)O.CC(=O)Cl>>C[C@H](NC(C)=O)C(=O)O")
    (one,) = _records(_read(tmp_path / "a.rxn", block))
    assert one.products == "CC(=O)N[C@@H](C)C(=O)O"


def test_sd_files_of_products(tmp_path: Path) -> None:
    from rdkit import Chem

    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCOC(C)=O"))
    text = f"{block}> <reactants>\nCC(=O)O; CCO\n\n> <page>\n9\n\n$$$$\n"
    (one,) = _records(_read(tmp_path / "a.sdf", text))
    assert (one.products, one.id) == ("CCOC(C)=O", "9")
    assert set(one.reactants.split(".")) == {"CC(=O)O", "CCO"}


def test_a_file_without_reactions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="no column is one of reactions"):
        _read(tmp_path / "a.csv", "name,weight\na,1\n")
    with pytest.raises(InvalidFileError, match="ending"):
        list(read_reactions(tmp_path / "a.docx"))


def test_sd_files_whose_field_holds_the_whole_reaction(tmp_path: Path) -> None:
    from rdkit import Chem

    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCOC(C)=O"))
    text = f"{block}> <reaction_smiles>\n{ESTER}\n\n$$$$\n{block}> <note>\nnothing\n\n$$$$\n"
    whole, bare = _read(tmp_path / "a.sdf", text)
    assert whole.record is not None
    assert whole.record.reagents == "O=S(=O)(O)O"
    assert "no field of reactants" in str(bare.error)
    first = f"{block}> <note>\nx\n\n$$$$\n{block}> <Reactants>\nCC(=O)O; CCO\n\n> <SMILES>\nCCOC(C)=O\n\n$$$$\n"
    assert [row.record is None for row in _read(tmp_path / "b.sdf", first)] == [True, False]


def test_roles_say_more_than_a_column_called_reaction_and_a_named_column_wins(tmp_path: Path) -> None:
    text = f"Reaction,Reactants,Products,rxn\nacylation,CC(=O)Cl; NCc1ccccc1,CC(=O)NCc1ccccc1,{ESTER}\n"
    assert _records(_read(tmp_path / "a.csv", text))[0].products == "CC(=O)NCc1ccccc1"
    assert _records(_read(tmp_path / "a.csv", text, column="rxn"))[0].products == "CCOC(C)=O"


def test_a_field_that_is_not_unicode_costs_its_row_alone(tmp_path: Path) -> None:
    text = f'{{"reaction": "{ESTER}", "page": "\\ud800"}}\n{{"reaction": "{AMIDE}", "page": "2"}}\n'
    rows = _read(tmp_path / "a.jsonl", text)
    assert [row.record is None for row in rows] == [True, False]
    assert "not Unicode" in str(rows[0].error)


def test_columns_of_what_helped_beside_the_reaction(tmp_path: Path) -> None:
    suzuki = "Brc1ccccc1.OB(O)c1ccncc1>>c1ccc(-c2ccncc2)cc1"
    text = f"reaction,solvent,catalyst,reagents\n{suzuki},ethanol,[Pd],Celite XX9; CO\n"
    (row,) = _read(tmp_path / "a.csv", text)
    assert row.record is not None
    assert (row.record.solvents, row.record.catalysts, row.record.reagents) == ("CCO", "[Pd]", "CO")
    assert any("Celite XX9" in note for note in row.notes)
