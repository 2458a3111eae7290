"""Where a proton comes off and goes on."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.acidity import find_acid_base, list_compounds
from anymol.chem.conjugates import find_conjugate_acid, find_conjugate_base
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("acid", "base"),
    [
        ("[OH3+]", "O"),
        ("O", "[OH-]"),
        ("N", "[NH2-]"),
        ("Cl", "[Cl-]"),
        ("O[N+](=O)[O-]", "O=[N+]([O-])[O-]"),
        ("OC(=O)c1ccccc1O", "O=C([O-])c1ccccc1O"),  # the carboxyl before the phenol
        ("[NH3+]CC(=O)O", "[NH3+]CC(=O)[O-]"),  # and before the ammonium
        ("OCCS", "OCC[S-]"),
        ("CC(=O)CC(C)=O", "CC(=O)[CH-]C(C)=O"),
        ("CC#C", "[C-]#CC"),
        ("NC(N)=[NH2+]", "N=C(N)N"),
        ("OP(=O)([O-])OCC", "CCOP(=O)([O-])[O-]"),
        ("[2H]O[2H]", "[2H][O-]"),
        ("CC(=O)O[2H]", "CC(=O)[O-]"),
        ("[2H][N+]([2H])([2H])[2H]", "[2H]N([2H])[2H]"),
        ("[2H]Cl", "[Cl-]"),
        ("CC(=[OH+])O", "CC(=O)O"),  # -6 before all neutral acids
        ("C[OH+]CC(=O)O", "COCC(=O)O"),
        ("NCCc1c[nH]c2ccc(O)cc12", "NCCc1c[nH]c2ccc([O-])cc12"),  # phenol 10, indole 17
        ("[NH3+][C@@H](CCCNC(N)=[NH2+])C(=O)[O-]", "N[C@@H](CCCNC(N)=[NH2+])C(=O)[O-]"),  # 9 before 13.8
        ("Oc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]", "[O-]c1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]"),
        ("OC(=O)CC(=O)O", "OC(=O)CC(=O)[O-]"),
    ],
)
def test_base(acid: str, base: str) -> None:
    assert find_conjugate_base(Chem.MolFromSmiles(acid)) == Chem.CanonSmiles(base)


@pytest.mark.parametrize(
    ("base", "acid"),
    [
        ("O", "[OH3+]"),
        ("CCO", "CC[OH2+]"),
        ("CC(C)=O", "CC(C)=[OH+]"),
        ("c1c[nH]cn1", "c1c[nH+]c[nH]1"),  # the nitrogen without a hydrogen
        ("CC(=O)[O-]", "CC(=O)O"),
        ("O=[N+]([O-])[O-]", "O[N+](=O)[O-]"),
        ("[O-]S(=O)(=O)[O-]", "OS(=O)(=O)[O-]"),
        ("N=C(N)N", "NC(N)=[NH2+]"),
        ("[NH3+]CC(=O)[O-]", "[NH3+]CC(=O)O"),
        ("[C-]#N", "C#N"),
        ("[S-2]", "[SH-]"),
        ("[O-2]", "[OH-]"),
    ],
)
def test_acid(base: str, acid: str) -> None:
    assert find_conjugate_acid(Chem.MolFromSmiles(base)) == Chem.CanonSmiles(acid)


@pytest.mark.parametrize(
    "smiles",
    [
        "OC(=O)CC(O)(C(=O)O)CC(=O)O",  # citric acid: which carboxyl?
        "[2H]O",  # its proton or its deuteron?
        "[NH3+]c1ccc(C(=O)O)cc1",  # 2.4 and 4.9
        "OC(=O)c1ccc[nH+]c1",  # 2.1 and 4.8
        "OC(=O)c1cc([N+](=O)[O-])c(O)c([N+](=O)[O-])c1",  # a dinitrophenol has some 4
        "OC(=O)CO[NH3+]",  # an oxyammonium has 4.6
        "OC(=O)c1ccc(cc1)-c1nnn[nH]1",  # tetrazole has 4.9
        "NCC#C",  # 35 and 25, which water shows neither
        "OCC(O)C",  # which alcohol?
        "OB(O)O",  # takes up hydroxide
        "C1CCCCC1",
        "CC(=O)[O-].[NH4+]",
        "[H][H]",
    ],
)
def test_no_base_is_made_up(smiles: str) -> None:
    with pytest.raises(UserError):
        find_conjugate_base(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize(
    "smiles",
    [
        "NCC(=O)[O-]",  # at the amine or the carboxylate?
        "[S-]C#N",  # thiocyanic or isothiocyanic acid?
        "[N-]=C=S",
        "[O-]C#N",
        "[N-]=C=O",
        "CN1CCCC1c1cccnc1",  # nicotine: two nitrogens
        "Oc1ccccc1",  # at oxygen or in the ring?
        "C=C[O-]",  # an enolate: at oxygen or at carbon?
        "CC(N)=O",
        "[B-](F)(F)(F)F",
        "O[Cl](=O)(=O)=O",
        "CC",
    ],
)
def test_no_acid_is_made_up(smiles: str) -> None:
    with pytest.raises(UserError):
        find_conjugate_acid(Chem.MolFromSmiles(smiles))


def test_they_undo_each_other() -> None:
    for smiles in ("CC(=O)O", "OP(=O)(O)O", "Oc1ccccc1", "[NH4+]", "C[NH3+]", "c1cc[nH+]cc1", "CS", "OC(=O)O"):
        base = find_conjugate_base(Chem.MolFromSmiles(smiles))
        assert find_conjugate_acid(Chem.MolFromSmiles(base)) == Chem.CanonSmiles(smiles)


def test_what_is_recorded_as_an_acid_or_a_base_stays_the_same_compound() -> None:
    checked = 0
    for compound in list_compounds():
        mol = Chem.MolFromSmiles(compound.smiles)
        for find, is_recorded in (
            (find_conjugate_base, compound.find_pka(0) is not None),
            (find_conjugate_acid, compound.find_pka(1) is not None),
        ):
            if not is_recorded:
                continue
            try:
                found = find(mol)
            except UserError:
                continue
            # InChI counts a proton at carbon or beside the nitro group as another compound.
            same = find_acid_base(Chem.MolFromSmiles(found))
            if same is None:
                assert (
                    mol.HasSubstructMatch(Chem.MolFromSmarts("[CX4;!H0][N+](=O)[O-]"))
                    or compound.name == "hydrazoic acid"
                )
                continue
            assert same == compound
            checked += 1
    assert checked > 200
