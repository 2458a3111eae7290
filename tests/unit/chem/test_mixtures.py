"""Mixtures are parted as a chemist would part them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.mixtures import describe_mixture, read_model, separate_mixture
from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction_roles import find_roles
from anymol.errors import InvalidSmilesError

TEXTBOOK = Path(__file__).parents[3] / "benchmarks/textbook_reactions.tsv"


def cut(smiles: str) -> list[str]:
    return canonicalize_smiles(smiles).split(".")


def part(mixture: str, reagents: str = "") -> tuple[set[str], set[str]]:
    found = separate_mixture(cut(mixture), cut(reagents) if reagents else ())
    return set(found.reactants), set(found.reagents)


@pytest.mark.parametrize(
    ("reactants", "reagents"),
    [
        ("OC(=O)c1ccccc1.CO", "OS(=O)(=O)O"),  # methanol reacts
        ("COC(=O)c1ccccc1", "CO.[Na+].[OH-].O"),  # and here it dissolves
        ("Oc1ccccc1.CI", "O=C([O-])[O-].[K+].[K+].CC(C)=O"),
        ("O=Cc1ccccc1", "[BH4-].[Na+].CO"),
        ("O=C(O)c1ccccc1.NCc1ccccc1", "CCN=C=NCCCN(C)C.On1nnc2ccccc21.CN(C)C=O"),
        ("Brc1ccncc1.OB(O)c1ccccc1", "[Pd].c1ccc(P(c2ccccc2)c2ccccc2)cc1.O=C([O-])[O-].[Na+].[Na+].Cc1ccccc1.O"),
        ("Cc1ccccc1.ClCl", "Cl[Fe](Cl)Cl"),  # toluene reacts where nothing else organic is there
        ("OCCc1ccccc1.CS(=O)(=O)Cl", "CCN(CC)CC.ClCCl"),
        ("O=C1NC(=O)c2ccccc21.BrCc1ccccc1", "O=C([O-])[O-].[K+].[K+].CN(C)C=O"),
    ],
)
def test_textbook(reactants: str, reagents: str) -> None:
    assert part(f"{reactants}.{reagents}") == (set(cut(reactants)), set(cut(reagents)))


def test_most_textbook_reactions_are_parted_exactly() -> None:
    with TEXTBOOK.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    right = sum(part(f"{row['reactants']}.{row['reagents']}")[0] == set(cut(row["reactants"])) for row in rows)
    assert len(rows) == 45 and right >= 43


def test_what_is_known_to_be_a_reagent_stays_one() -> None:
    reactants, reagents = part("OC(=O)c1ccccc1.NCc1ccccc1", reagents="CI")
    assert reagents == {"CI"} and len(reactants) == 2


def test_order_does_not_matter_and_repeats_stay_together() -> None:
    mixture = ["[Na+]", "O=C([O-])[O-]", "[Na+]", "Brc1ccccc1", "OB(O)c1ccccc1", "[Pd]"]
    found, back = separate_mixture(mixture), separate_mixture(mixture[::-1])
    assert found.reagents.count("[Na+]") == 2
    assert set(found.reactants) == set(back.reactants) == {"Brc1ccccc1", "OB(O)c1ccccc1"}
    assert found.probability == pytest.approx(back.probability)


def test_something_organic_reacts() -> None:
    alone = separate_mixture(["ClCCl"])
    assert (alone.reactants, alone.reagents, alone.probability, alone.doubtful) == (("ClCCl",), (), 1.0, ())
    assert part("[Na+].[Cl-].O.CCO")[0] >= {"CCO"}


def test_doubt_is_said() -> None:
    sure = separate_mixture(cut("O=C(Cl)c1ccccc1.NCc1ccccc1.CCN(CC)CC.ClCCl"))
    unsure = separate_mixture(cut("CC(=O)O.CCO.OS(=O)(=O)O"))
    assert sure.probability > 0.9 and not sure.doubtful
    assert unsure.probability < 0.9 and set(unsure.doubtful) <= {"CC(=O)O", "CCO", "O=S(=O)(O)O"}


def test_descriptions_have_one_length_and_do_not_depend_on_order() -> None:
    card = read_model().card
    mixture = cut("Brc1ccccc1.OB(O)c1ccccc1.[Pd].ClCCl")
    rows = describe_mixture(mixture, list(map(find_roles, mixture)), card.companions)
    turned = describe_mixture(mixture[::-1], list(map(find_roles, mixture[::-1])), card.companions)
    assert rows.shape == (4, len(read_model().weights)) and np.isfinite(rows).all()
    np.testing.assert_allclose(rows, turned[::-1])
    assert describe_mixture(mixture[:1], [None], card.companions).shape == (1, rows.shape[1])


def test_a_broken_molecule_is_named() -> None:
    with pytest.raises(InvalidSmilesError, match="C1CC"):
        separate_mixture(["CCO", "C1CC"])


def test_figures_of_the_fit_are_those_of_a_useful_model() -> None:
    figures = read_model().card.figures
    assert figures["val_exact_as_recorded"] > figures["val_exact_as_recorded_by_table_alone"] > 0.7


@pytest.mark.parametrize(
    "mixture",
    ["c1ccncc1.[NH4+].[Cl-]", "O=[N+]([O-])c1ccccc1.[Fe].[NH4+].[Cl-].CCO.O", "CC(C)=O.[Na+].[BH4-].CO"],
)
def test_ions_of_a_salt_do_not_react_without_each_other(mixture: str) -> None:
    parted = separate_mixture([canonicalize_smiles(one) for one in mixture.split(".")])
    assert not any("+]" in one and "O-" not in one for one in parted.reactants)
    assert any("+]" in one for one in parted.reagents)


def test_the_ion_that_reacts_does_so_without_its_counterion() -> None:
    parted = separate_mixture(["CCBr", "[N-]=[N+]=[N-]", "[Na+]"])
    assert parted.reactants == ("CCBr", "[N-]=[N+]=[N-]") and parted.reagents == ("[Na+]",)
