"""Oxidants and reductants, and reactions that cannot do without one."""

from __future__ import annotations

import pytest

from anymol.chem.mass_balance import balance_reaction
from anymol.chem.redox import lacks_oxidant, lacks_reductant, oxidises, reduces


@pytest.mark.parametrize(
    "molecule",
    [
        "[H][H]", "[BH4-]", "B", "[AlH4-]", "CC(C)[CH2][AlH][CH2]C(C)C", "[Zn]", "[Fe]", "[Pd]", "Cl[Sn]Cl", "NN",
        "O=CO", "C[SiH](C)C", "CCCC[SnH](CCCC)CCCC", "c1ccc(P(c2ccccc2)c2ccccc2)cc1", "[Li]CCCC", "[S-2]",
        "NNc1ccccc1", "O=S([O-])[O-]", "O=S([O-])O", "I", "[P]",
    ],
)  # fmt: skip
def test_a_reductant_is_known(molecule: str) -> None:
    assert (reduces(molecule), oxidises(molecule)) == (True, False)


@pytest.mark.parametrize(
    "molecule",
    [
        "OO", "O=C(OO)c1cccc(Cl)c1", "O=[Mn]=O", "[O-][Mn](=O)(=O)=O", "O=[Cr](=O)([O-])Cl", "[O-]Cl", "BrBr",
        "O=O", "CC(=O)OI1(OC(C)=O)(OC(C)=O)OC(=O)c2ccccc21", "O=C1C(Cl)=C(Cl)C(=O)C(C#N)=C1C#N", "O=C1CCC(=O)N1Br",
        "CS(C)=O", "C[N+]1([O-])CCOCC1", "O=[Os](=O)(=O)=O", "CC1(C)CCCC(C)(C)N1[O]", "[O-][O+]=O",
        "O=[N+]([O-])O", "[Ce+4]", "Cc1ccc(S(=O)(=O)[N-]Cl)cc1", "F[N+]12CC[N+](CCl)(CC1)CC2", "F[n+]1ccccc1",
        "O=S(=O)(c1ccccc1)N(F)S(=O)(=O)c1ccccc1",
    ],
)  # fmt: skip
def test_an_oxidant_is_known(molecule: str) -> None:
    assert (oxidises(molecule), reduces(molecule)) == (True, False)


@pytest.mark.parametrize(
    "molecule",
    ["O", "CCO", "Cl", "O=S(=O)(O)O", "CC(=O)O", "[Na+]", "[OH-]", "O=[N+]([O-])c1ccccc1", "CCN(CC)CC", "CI",
     "c1ccncc1", "O=CN(C)C", "CC(=O)OC(C)=O", "[Pd+2]", "O=C([O-])[O-]"],
)  # fmt: skip
def test_what_does_neither(molecule: str) -> None:
    assert (oxidises(molecule), reduces(molecule)) == (False, False)


@pytest.mark.parametrize(
    ("inputs", "product", "reductant", "oxidant"),
    [
        ("OC1CCCCC1.O=S(=O)(O)O", "O=C1CCCCC1", False, True),
        ("OC1CCCCC1.O=[Cr](=O)([O-])Cl", "O=C1CCCCC1", False, False),
        ("OC1CCCCC1.O=S(=O)(O)O", "C1=CCCCC1", False, False),
        ("N#Cc1ccccc1.O", "NCc1ccccc1", True, False),
        ("N#Cc1ccccc1.[AlH4-].[Li+]", "NCc1ccccc1", False, False),
        ("N#Cc1ccccc1.[Al+3].[H-].[H-].[H-].[H-].[Li+]", "NCc1ccccc1", False, False),  # a hydride in ions
        ("N#Cc1ccccc1.[H-].[Na+]", "NCc1ccccc1", True, False),  # a base
        ("N#Cc1ccccc1.O", "NC(=O)c1ccccc1", False, False),
        ("c1ccc2c(c1)CCCC2.[Pd]", "c1ccc2ccccc2c1", False, False),  # hydrogen itself leaves over a metal,
        ("CCO.[Cu]", "CC=O", False, False),
        ("CCO.[Cu+]", "CC=O", False, True),  # over no salt of it,
        ("c1ccc2c(c1)CCCC2.[Pd].[H][H]", "c1ccc2ccccc2c1", False, True),  # not under hydrogen,
        ("Cc1ccccc1.[Pd]", "O=C(O)c1ccccc1", False, True),  # and no oxygen is taken up so
    ],
)
def test_a_reaction_that_lacks_one(inputs: str, product: str, reductant: bool, oxidant: bool) -> None:
    balance = balance_reaction(inputs, product)
    assert (lacks_reductant(inputs, balance), lacks_oxidant(inputs, balance)) == (reductant, oxidant)
