"""Functional groups on molecules whose groups a chemist can count."""

from __future__ import annotations

import pytest

from anymol.chem.groups import GROUPS, GroupKind, count_group, get_group
from anymol.chem.parsing import parse_smiles
from anymol.errors import UserError

KNOWN = {
    "CC(=O)Oc1ccccc1C(=O)O": {"carboxylic acid": 1, "ester": 1, "methyl": 1, "acetyl": 1, "benzene ring": 1},
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O": {"methyl": 3, "pyrimidine": 1, "imidazole": 1, "aromatic lactam": 3},
    "CC(=O)Nc1ccc(O)cc1": {"phenol": 1, "hydroxyl": 1, "amide": 1, "methyl": 1, "acetyl": 1, "benzene ring": 1},
    "Nc1ccc(S(=O)(=O)NCC)cc1": {"primary amine": 1, "aniline": 1, "sulfonamide": 1, "methyl": 1, "benzene ring": 1},
    "CCOC(=O)OCC": {"carbonate ester": 1, "methyl": 2},
    "CC(=O)OC(C)=O": {"anhydride": 1, "methyl": 2, "acetyl": 2},
    "CN(C)C=O": {"amide": 1, "methyl": 2},
    "NC(N)=O": {"urea": 1},
    "C[N+](C)(C)CCO": {"alcohol": 1, "hydroxyl": 1, "quaternary ammonium": 1, "methyl": 3},
    "CN1CCC[C@H]1c1cccnc1": {"tertiary amine": 1, "methyl": 1, "pyridine": 1, "pyrrolidine": 1},
    "CC(C)(C)OC(=O)N1CCNCC1": {
        "carbamate": 1, "secondary amine": 1, "methyl": 3, "tert-butyl": 1, "Boc": 1, "piperazine": 1,
    },
    "N[C@@H](CCCNC(N)=N)C(=O)O": {"carboxylic acid": 1, "primary amine": 1, "guanidine": 1},
    "Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]": {"nitro": 3, "methyl": 1, "benzene ring": 1},
    "CS(C)=O": {"sulfoxide": 1, "methyl": 2},
    "CCN=[N+]=[N-]": {"azide": 1, "methyl": 1},
    "O=C1NC(=O)c2ccccc12": {"lactam": 2, "imide": 1, "benzene ring": 1},
    "CC(=O)C": {"ketone": 1, "methyl": 2, "acetyl": 1},
    "CC=O": {"aldehyde": 1, "methyl": 1},
    "C1CO1": {"epoxide": 1},
    "CC#N": {"nitrile": 1, "methyl": 1},
    "C1COCCN1": {"ether": 1, "secondary amine": 1, "morpholine": 1},
    "OB(O)c1ccccc1": {"boronic acid": 1, "benzene ring": 1},
    "CC(Cl)=O": {"acyl halide": 1, "chloro": 1, "methyl": 1},
    "FC(F)(F)c1ccc(I)cc1": {"fluoro": 3, "iodo": 1, "trifluoromethyl": 1, "benzene ring": 1},
    "C=CC#C": {"alkene": 1, "alkyne": 1},
    "CSSC": {"disulfide": 1, "methyl": 2},
    "CP(=O)(OC)OC": {"phosphonate": 1, "methyl": 1},
    "CC=NO": {"oxime": 1, "methyl": 1},
    "[NH3+]CC(=O)[O-]": {"carboxylic acid": 1, "primary amine": 1},
}  # fmt: skip


@pytest.mark.parametrize(("smiles", "expected"), KNOWN.items(), ids=KNOWN.keys())
def test_known_molecules(smiles: str, expected: dict[str, int]) -> None:
    listed = [name for name, group in GROUPS.items() if group.kind is not GroupKind.FAMILY]
    counts = {name: count_group(parse_smiles(smiles), name) for name in listed}
    assert {name: count for name, count in counts.items() if count} == expected


@pytest.mark.parametrize(
    ("smiles", "amines", "carbonyls"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", 0, 2),  # aspirin: an ester and an acid
        ("CC(=O)Nc1ccc(O)cc1", 0, 1),  # paracetamol: an amide is not an amine
        ("NCCN(C)c1ccccc1", 2, 0),
        ("c1ccncc1", 0, 0),  # an aromatic nitrogen is not an amine
        ("C[N+](C)(C)C", 0, 0),
        ("CC[NH3+]", 1, 0),
        ("O=[N+]([O-])c1ccccc1", 0, 0),
        ("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", 0, 2),  # caffeine
    ],
)
def test_families_count_every_one_of_theirs(smiles: str, amines: int, carbonyls: int) -> None:
    mol = parse_smiles(smiles)
    assert (count_group(mol, "amine"), count_group(mol, "carbonyl")) == (amines, carbonyls)


@pytest.mark.parametrize(
    ("smiles", "group", "count"),
    [
        ("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "aromatic lactam", 3),  # both carbonyls of caffeine, one between two nitrogens
        ("O=c1cccc[nH]1", "aromatic lactam", 1),
        ("O=C1CCCCN1", "aromatic lactam", 0),
        ("O=c1ccc2ccccc2o1", "aromatic lactone", 1),  # coumarin
        ("O=C1CCCCO1", "aromatic lactone", 0),
        ("O=c1ccoc2ccccc12", "aromatic ring ketone", 1),  # chromone
        ("O=c1ccc2ccccc2o1", "aromatic ring ketone", 0),
        ("C1CCCCC1N=C=NC1CCCCC1", "carbodiimide", 1),
        ("C=C=O", "ketene", 1),
        ("[N-]=[N+]=CC(=O)OCC", "diazo", 1),
        ("c1ccccc1[N+]#N", "diazonium", 1),
        ("CCO[N+](=O)[O-]", "nitrate ester", 1),
        ("O=P(c1ccccc1)(c1ccccc1)c1ccccc1", "phosphine oxide", 1),
        ("CC(C)(C)[Si](C)(C)OCC", "silyl ether", 1),
        ("CC=[N+](C)[O-]", "nitrone", 1),
    ],
)
def test_groups_that_are_rarer(smiles: str, group: str, count: int) -> None:
    assert count_group(parse_smiles(smiles), group) == count


def test_every_group_is_documented_and_asked_for_by_one_name_only() -> None:
    names = [name.lower() for group in GROUPS.values() for name in (group.name, *group.synonyms)]
    assert len(names) == len(set(names))
    assert all(group.meaning for group in GROUPS.values())
    assert len(GROUPS) > 40


def test_groups_are_asked_for_as_chemists_do() -> None:
    assert get_group("Nitro groups").name == "nitro"
    assert get_group("cyano").name == "nitrile"
    assert get_group("phenyl").name == "benzene ring"
    assert count_group(parse_smiles("OCCO"), "alcohols") == 2
    with pytest.raises(UserError, match="alcohol"):
        get_group("alcohool")
