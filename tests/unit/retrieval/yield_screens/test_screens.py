"""Which reaction of a screen is meant, by its components alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from rdkit import Chem

from anymol.retrieval.yield_screens.screens import (
    UNSEEN,
    Recognised,
    Screen,
    Unrecognised,
    list_screens,
    split_fragments,
)

HARTWIG, SUZUKI = list_screens()
XPHOS = "CC(C)c1cc(C(C)C)c(-c2ccccc2P(C2CCCCC2)C2CCCCC2)c(C(C)C)c1"
MTBD = "CN1CCCN2CCCN=C12"
TOLUIDINE = "Cc1ccc(N)cc1"
PRODUCT = "Cc1ccc(Nc2ccccn2)cc1"
BIARYL = str(SUZUKI.product)
BORONIC = "Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O"
BORATE = "[K+].Cc1ccc2c(cnn2C2CCCCO2)c1[B-](F)(F)F"


@dataclass(frozen=True)
class Told:
    """A reaction in the words of a test."""

    inputs: str
    product: str = PRODUCT
    screen: Screen = HARTWIG

    def recognise(self) -> Recognised | Unrecognised:
        return self.screen.recognise(self.inputs, self.product)


def components_of(told: Told) -> tuple[str, ...]:
    found = told.recognise()
    assert isinstance(found, Recognised)
    return found.components


def reason_of(told: Told) -> str:
    found = told.recognise()
    assert isinstance(found, Unrecognised)
    return found.reason


def test_the_table_is_of_canonical_components_that_differ() -> None:
    for screen in (HARTWIG, SUZUKI):
        for role in screen.roles:
            assert len(set(role.fragments)) == len(role.components)
            assert all(split_fragments(one) == set(one.split(".")) for one in role.components if one)
            assert role.like is None or Chem.MolFromSmarts(role.like) is not None
            # What is of a kind includes what was measured of it.
            assert role.like is None or all(role.accepts(one) for one in role.components if one)
    assert [len(role.components) for role in HARTWIG.roles] == [15, 4, 3, 22]
    assert [len(role.components) for role in SUZUKI.roles] == [15, 12, 8, 4]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_neither_order_nor_spelling_nor_a_stated_solvent_matters(order: tuple[int, ...]) -> None:
    written = ["n1ccccc1Cl", "Nc1ccc(C)cc1", XPHOS, "C1CN2CCCN(C)C2=NC1", "o1ccc(C)n1"]
    mixed = ".".join(written[place] for place in order)
    wanted = ("Clc1ccccn1", XPHOS, MTBD, "Cc1ccon1")
    assert components_of(Told(mixed, "N(c1ccc(C)cc1)c1ncccc1")) == wanted
    assert components_of(Told(f"{mixed}.CS(C)=O")) == wanted


def test_what_always_stands_there_is_meant_and_told() -> None:
    found = Told(f"Clc1ccccn1.{XPHOS}.{MTBD}.Cc1ccon1").recognise()
    assert isinstance(found, Recognised)
    assert found.unseen is None and found.assumed == HARTWIG.always


@pytest.mark.parametrize(
    ("salts", "base"),
    [
        (f"{BORATE}.[Na+].[OH-]", "[Na+].[OH-]"),
        (f"{BORATE}.[OH-].[K+]", "[K+].[OH-]"),
        (f"{BORATE}", ""),
        (f"{BORATE}.[K+].[K+].[O-]P(=O)([O-])[O-].[K+]", "[K+].O=P([O-])([O-])[O-]"),
        (f"{BORONIC}.CCN(CC)CC", "CCN(CC)CC"),
        (f"{BORONIC}.[Na+].OC(=O)[O-]", "[Na+].O=C([O-])O"),
    ],
)
def test_a_counter_ion_of_a_partner_is_no_part_of_the_base(salts: str, base: str) -> None:
    found = Told(f"Clc1ccc2ncccc2c1.{salts}.CC(=O)O[Pd]OC(C)=O.CC#N.O", BIARYL, SUZUKI).recognise()
    assert isinstance(found, Recognised)
    assert found.components[1:] == ("", base, "CC#N") and not found.assumed


@pytest.mark.parametrize(
    ("told", "role", "unseen"),
    [
        (
            Told(f"Brc1ccc(C#N)cc1.{XPHOS}.{MTBD}.Cc1ccon1", "Cc1ccc(Nc2ccc(C#N)cc2)cc1"),
            "aryl halide",
            "N#Cc1ccc(Br)cc1",
        ),
        (Told(f"Clc1ccccn1.{XPHOS}.{MTBD}.CCc1ccon1"), "additive", "CCc1ccon1"),
        (
            Told(f"Clc1ccc2ncccc2c1.{BORONIC}.[Na+].[OH-].[Pd].CO.CP(C)C", BIARYL, SUZUKI),
            "ligand",
            "CP(C)C",
        ),
    ],
)
def test_one_new_component_takes_the_role_that_nothing_else_fills(told: Told, role: str, unseen: str) -> None:
    found = told.recognise()
    assert isinstance(found, Recognised) and found.role is not None
    assert (found.role.name, found.unseen, found.cell.count(UNSEEN)) == (role, unseen, 1)
    assert unseen in found.components


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Told(f"Clc1ccccn1.{XPHOS}.{MTBD}"), "no additive of its is stated"),
        (Told(f"{TOLUIDINE}.Clc1ccccn1.{XPHOS}.CCN(CC)CC.Cc1ccon1"), "nothing with CCN(CC)CC, and no base"),
        (Told(f"Clc1ccccn1.NC1CCCCC1.{XPHOS}.{MTBD}.Cc1ccon1", "C1CCCCC1Nc1ccccn1"), "nothing with NC1CCCCC1"),
        (Told(f"Clc1ccccn1.{XPHOS}.{MTBD}.Cc1ccon1", "Cc1ccc(Nc2cccnc2)cc1"), f"it makes {PRODUCT}"),
        (Told(f"CCCCCl.{XPHOS}.{MTBD}.Cc1ccon1", "CCCCNc1ccc(C)cc1"), "nothing with CCCCCl, and no aryl halide"),
        (Told(f"Clc1ccccn1.Brc1ccccn1.{XPHOS}.{MTBD}.Cc1ccon1"), "nothing with"),
        (Told(f"Clc1ccc2ncccc2c1.{BORONIC}.[Na+].[OH-].[Pd]", BIARYL, SUZUKI), "no solvent"),
        (Told(f"Clc1ccc2ncccc2c1.{BORONIC}.[Pd].Cc1ccccc1", BIARYL, SUZUKI), "nothing with Cc1ccccc1, and no solvent"),
        (Told("Brc1ccccc1.OB(O)c1ccccc1.[Pd].CO", "c1ccc(-c2ccccc2)cc1", SUZUKI), "nothing with"),
        # Each partner is known, and nobody coupled the two.
        (Told("Brc1ccc2ncccc2c1.Cc1ccc2c(cnn2C2CCCCO2)c1Br.[Pd].CO", BIARYL, SUZUKI), "nothing with"),
    ],
)
def test_any_other_reaction_is_none_of_the_screen(told: Told, reason: str) -> None:
    assert reason in reason_of(told)


def test_fragments_are_canonical_and_each_counted_once() -> None:
    assert split_fragments("[K+].OCC.[K+]") == {"[K+]", "CCO"}
    assert split_fragments("") == frozenset()
