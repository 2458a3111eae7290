"""Every converter reads rows as its publishers write them, and says which row it cannot use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.published.asking import ask_all

from anymol.data.config import PublishedName
from anymol.data.fetch import PUBLIC_SOURCES
from anymol.data.published.chebi20 import CHEBI20
from anymol.data.published.massspecgym import MASSSPECGYM
from anymol.data.published.mol_instructions import MOL_INSTRUCTIONS
from anymol.data.published.moleculenet import MOLECULENET, assign_scaffold_split
from anymol.data.published.published_set import PublishedRowError, PublishedSet, Question
from anymol.data.published.smolinstruct import SMOLINSTRUCT
from anymol.data.published.table import PUBLISHED_SETS
from anymol.data.published.uspto_50k import USPTO_50K
from anymol.data.published.uspto_mit import USPTO_MIT
from anymol.errors import DataError
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.tasks.quantum import B3LYP
from anymol.tasks.task import ReagentsState, TaskInput

ACID_AND_ETHANOL = "CC(=O)O.CCO"
ESTER = "CCOC(C)=O"
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
MAPPED = "[CH3:1][C:2](=[O:3])[OH:4].[CH3:5][CH2:6][OH:7]"
MAPPED_ESTER = "[CH3:5][CH2:6][O:7][C:2]([CH3:1])=[O:3]"


def ask(published: PublishedSet, path: Path, text: str) -> list[tuple[str, Question]]:
    """Return split and questions of the rows of a file with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return ask_all(published, path)


def test_the_table_knows_every_name_and_the_terms_of_fetched_sets() -> None:
    assert set(PUBLISHED_SETS) == set(PublishedName)
    for name, published in PUBLISHED_SETS.items():
        assert published.name == name and published.licence and published.files
        if name in PUBLIC_SOURCES:
            assert published.licence in PUBLIC_SOURCES[name].licence


def test_chebi20(tmp_path: Path) -> None:
    text = "CID\tSMILES\tdescription\n702\tOCC\tThe molecule is a primary alcohol.\n"
    description = "The molecule is a primary alcohol."
    assert ask(CHEBI20, tmp_path / "validation.txt", text) == [
        ("val", Question("captioning", TaskInput(molecule="CCO"), description)),
        ("val", Question("text_guided_design", TaskInput(text=description), "CCO")),
    ]


def test_a_quote_in_a_table_with_tabs_is_a_quote(tmp_path: Path) -> None:
    text = 'CID\tSMILES\tdescription\n1\tCCO\t"Spirit" to most.\n2\tCCN\t"An amine.\n'
    found = [one.answer for _, one in ask(CHEBI20, tmp_path / "train.txt", text) if one.task == "captioning"]
    assert found == ['"Spirit" to most.', '"An amine.']


def test_uspto_50k_with_and_without_class(tmp_path: Path) -> None:
    head = "id,class,reactants>reagents>production\n"
    text = f"{head}US1,2,{MAPPED}>>{MAPPED_ESTER}\nUS2,UNK,{MAPPED}>>{MAPPED_ESTER}\n"
    dropped = ReagentsState.DROPPED
    twice = [
        Question("forward_reaction", TaskInput(reactants=ACID_AND_ETHANOL, reagents_state=dropped), ESTER),
        Question("retrosynthesis", TaskInput(products=ESTER, reagents_state=dropped), ACID_AND_ETHANOL),
    ]
    by_class = Question("retrosynthesis_by_class", TaskInput(products=ESTER, text="acylation"), ACID_AND_ETHANOL)
    found = ask(USPTO_50K, tmp_path / "raw_train.csv", text)
    assert found == [("train", one) for one in (*twice, by_class, *twice)]


def test_uspto_mit_tells_reagents_by_the_maps(tmp_path: Path) -> None:
    found = ask(USPTO_MIT, tmp_path / "valid.txt", f"{MAPPED}.ClCCl>>{MAPPED_ESTER} 2-4;2-7\n")
    assert [(split, one.task, one.answer) for split, one in found] == [
        ("val", "forward_reaction", ESTER),
        ("val", "retrosynthesis", ACID_AND_ETHANOL),
        ("val", "reagent_prediction", "ClCCl"),
    ]
    assert found[0][1].asked == TaskInput(
        reactants=ACID_AND_ETHANOL, reagents="ClCCl", reagents_state=ReagentsState.SEPARATED
    )


@pytest.mark.parametrize(
    ("source", "tasks"),
    [
        ("C C ( = O ) O . C C O . Cl C Cl", ["forward_reaction"]),
        ("C C ( = O ) O . C C O > Cl C Cl", ["forward_reaction", "retrosynthesis", "reagent_prediction"]),
    ],
    ids=["mixed", "separated"],
)
def test_uspto_mit_in_tokens(tmp_path: Path, source: str, tasks: list[str]) -> None:
    (tmp_path / "tgt-test.txt").write_text("C C O C ( C ) = O\n", encoding="utf-8")
    found = ask(USPTO_MIT, tmp_path / "src-test.txt", f"{source}\n")
    assert [one.task for _, one in found] == tasks
    assert found[0] == ("test", found[0][1]) and found[0][1].answer == ESTER
    (tmp_path / "tgt-test.txt").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="not as many lines"):
        list(USPTO_MIT.read_rows(tmp_path / "src-test.txt"))


ACID_AND_ETHANOL_SELFIES = "[C][C][=Branch1][C][=O][O].[C][C][O]"
ESTER_SELFIES = "[C][C][O][C][Branch1][C][C][=O]"


@pytest.mark.parametrize(
    ("file", "entry", "question"),
    [
        (
            "forward_reaction_prediction.json",
            ("Predict the product.", ACID_AND_ETHANOL_SELFIES, ESTER_SELFIES),
            Question(
                "forward_reaction",
                TaskInput(reactants=ACID_AND_ETHANOL, reagents_state=ReagentsState.MIXED),
                ESTER,
            ),
        ),
        (
            "retrosynthesis.json",
            ("Which reactants?", ESTER_SELFIES, ACID_AND_ETHANOL_SELFIES),
            Question(
                "retrosynthesis", TaskInput(products=ESTER, reagents_state=ReagentsState.DROPPED), ACID_AND_ETHANOL
            ),
        ),
        (
            "reagent_prediction.json",
            ("Which reagents?", f"{ACID_AND_ETHANOL_SELFIES}>>{ESTER_SELFIES}", "[Cl][C][Cl]"),
            Question("reagent_prediction", TaskInput(reactants=ACID_AND_ETHANOL, products=ESTER), "ClCCl"),
        ),
        (
            "molecular_description_generation.json",
            ("Describe it.", "[C][C][O]", "The molecule is an alcohol."),
            Question("captioning", TaskInput(molecule="CCO"), "The molecule is an alcohol."),
        ),
        (
            "description_guided_molecule_design.json",
            ("Create it.", "The molecule is an alcohol.", "[C][C][O]"),
            Question("text_guided_design", TaskInput(text="The molecule is an alcohol."), "CCO"),
        ),
        (
            "property_prediction.json",
            ("Please provide the HOMO energy value for this molecule.", "[C]", "-0.3877"),
            Question("homo", TaskInput(molecule="C", text=B3LYP), "-0.3877"),
        ),
        (
            "property_prediction.json",
            ("What is the lowest unoccupied molecular orbital (LUMO) energy?", "[C]", "0.1171"),
            Question("lumo", TaskInput(molecule="C", text=B3LYP), "0.1171"),
        ),
        (
            "property_prediction.json",
            ("Give me the energy difference between the HOMO and LUMO of this molecule.", "[C]", "0.5048"),
            Question("homo_lumo_gap", TaskInput(molecule="C", text=B3LYP), "0.5048"),
        ),
    ],
)
def test_mol_instructions(tmp_path: Path, file: str, entry: tuple[str, str, str], question: Question) -> None:
    fields = dict(zip(("instruction", "input", "output"), entry, strict=True))
    text = json.dumps([{**fields, "metadata": {"task": file.removesuffix(".json"), "split": "test"}}])
    assert ask(MOL_INSTRUCTIONS, tmp_path / file, text) == [("test", question)]


def test_smolinstruct(tmp_path: Path) -> None:
    lines = {
        "forward_synthesis": ("<SMILES> CC(=O)O.CCO </SMILES> gives what?", f"<SMILES> {ESTER} </SMILES>"),
        "name_conversion-i2s": ("ethanol", "CCO"),
        "name_conversion-s2i": ("Name <SMILES> OCC </SMILES>.", "It is <IUPAC> ethanol </IUPAC>."),
        "molecule_captioning": ("Describe <SMILES> CCO </SMILES>.", "An alcohol."),
        "property_prediction-esol": ("c1ccccc1", "The value is <NUMBER> -1.64 </NUMBER>."),
        "property_prediction-bbbp": ("<SMILES> Cn1c(=O)c2c(ncn2C)n(C)c1=O </SMILES>?", "<BOOLEAN> Yes </BOOLEAN>"),
        "retrosynthesis": (f"<SMILES> {ESTER} </SMILES>", "<SMILES> [Na+];[O-]C(C)=O.CCO </SMILES>"),
    }
    answers = {}
    for task, (asked, answer) in lines.items():
        text = json.dumps({"input": asked, "output": answer}) + "\n"
        ((split, question),) = ask(SMOLINSTRUCT, tmp_path / "raw/dev" / f"{task}.jsonl", text)
        assert split == "val"
        answers[question.task] = question.answer
    assert answers == {
        "forward_reaction": ESTER,
        "name_to_molecule": "CCO",
        "molecule_to_name": "ethanol",
        "captioning": "An alcohol.",
        "solubility": "-1.64",
        "bbbp": "Yes",
        "retrosynthesis": "CC(=O)[O-].CCO.[Na+]",
    }


def test_moleculenet(tmp_path: Path) -> None:
    esol = "Compound ID,measured log solubility in mols per litre,smiles\nBenzene,-1.64,c1ccccc1\n"
    ((_, number),) = ask(MOLECULENET, tmp_path / "delaney-processed.csv", esol)
    assert number == Question("solubility", TaskInput(molecule="c1ccccc1"), "-1.64")
    clintox = "smiles,FDA_APPROVED,CT_TOX\nCC(=O)Oc1ccccc1C(=O)O,1,\n"
    ((_, approved),) = ask(MOLECULENET, tmp_path / "clintox.csv", clintox)  # the empty cell asks nothing
    assert approved.asked.text == "approval by the FDA" and approved.answer == "Yes"


SPECTRA_HEAD = "identifier\tmzs\tintensities\tsmiles\tprecursor_mz\tadduct\tcollision_energy\tfold\n"


def test_massspecgym(tmp_path: Path) -> None:
    text = f"{SPECTRA_HEAD}M1\t138.066,195.0877\t1.0,0.25\t{CAFFEINE}\t195.0877\t[M+H]+\t\tval\n"
    ((split, question),) = ask(MASSSPECGYM, tmp_path / "MassSpecGym.tsv", text)
    assert (split, question.task, question.answer) == ("val", "molecule_recognition", CAFFEINE)
    ((part,),) = question.asked.records.values()
    assert isinstance(part.record, MassSpectrum)
    np.testing.assert_allclose(part.record.mz, [138.066, 195.0877])
    np.testing.assert_allclose(part.record.intensity, [1.0, 0.25])


def test_molecules_of_one_scaffold_share_a_split() -> None:
    assert len({assign_scaffold_split(smiles) for smiles in ("c1ccccc1", "Cc1ccccc1", "OC(=O)c1ccccc1O")}) == 1


@pytest.mark.parametrize(
    ("published", "file", "text", "said"),
    [
        (CHEBI20, "train.txt", "CID\tSMILES\tdescription\n1\tCCO\tGood.\n2\tC(C\tBad.\n", r"train.txt, line 3: .*C\(C"),
        (USPTO_50K, "raw_test.csv", f"id,class,reactants>reagents>production\nA,11,{MAPPED}>>CC\n", "line 2: .*'11'"),
        (USPTO_MIT, "train.txt", "CCO>>CCO\n", "line 1: the product is also an input"),
        (
            MASSSPECGYM,
            "MassSpecGym.tsv",
            f"{SPECTRA_HEAD}M1\t50,60\t1\t{CAFFEINE}\t195.0877\t[M+H]+\t\ttrain\n",
            "line 2: 2 m/z values stand beside 1 intensities",
        ),
        (MOLECULENET, "BBBP.csv", "num,name,p_np,smiles\n1,x,maybe,CCO\n", "line 2: .*'maybe'"),
        (
            MOL_INSTRUCTIONS,
            "property_prediction.json",
            json.dumps(
                [{"instruction": "HOMO?", "input": "[C]", "output": "0.2", "metadata": {"split": "train"}}]
            ),
            "line 1: 0.2 Hartree cannot be a homo",
        ),
        (
            MOL_INSTRUCTIONS,
            "retrosynthesis.json",
            json.dumps([{"instruction": "", "input": "[C][=F][C]", "output": "[C]", "metadata": {"split": "train"}}]),
            "line 1: the SELFIES means no molecule",
        ),
        (
            SMOLINSTRUCT,
            "train/property_prediction-hiv.jsonl",
            '{"input": "<SMILES> CCO </SMILES>", "output": "<BOOLEAN> Perhaps </BOOLEAN>"}\n',
            "line 1: .*Perhaps",
        ),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named(
    tmp_path: Path, published: PublishedSet, file: str, text: str, said: str
) -> None:
    with pytest.raises(PublishedRowError, match=said):
        ask(published, tmp_path / file, text)


@pytest.mark.parametrize(
    ("published", "file", "text", "said"),
    [
        (CHEBI20, "train.txt", "CID\tsmiles\tdescription\n", "no column SMILES"),
        (CHEBI20, "train.txt", "CID\tSMILES\tdescription\n1\tCCO\n", "line 2: the row has not as many cells"),
        (CHEBI20, "other.txt", "", "'other.txt' is not a file of ChEBI-20"),
        (MOL_INSTRUCTIONS, "retrosynthesis.json", "[{}]", "entry 1 lacks 'instruction'"),
        (MOL_INSTRUCTIONS, "retrosynthesis.json", "[", "is not JSON"),
        (SMOLINSTRUCT, "train/retrosynthesis.jsonl", "{}\n", "line 1"),
        (MASSSPECGYM, "MassSpecGym.tsv", f"{SPECTRA_HEAD}M1\t1\t1\tC\t17\t[M+H]+\t\tdev\n", "line 2: the fold"),
        (MOLECULENET, "HIV.csv", "smiles,activity\n", "no column hiv_active"),
    ],
)
def test_another_format_is_refused(tmp_path: Path, published: PublishedSet, file: str, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        ask(published, tmp_path / file, text)


@pytest.mark.parametrize("published", PUBLISHED_SETS.values(), ids=lambda one: one.name)
def test_a_folder_without_the_files_says_which_are_wanted(tmp_path: Path, published: PublishedSet) -> None:
    with pytest.raises(DataError, match=re.escape(published.files[0])):
        list(published.read_rows(tmp_path))
