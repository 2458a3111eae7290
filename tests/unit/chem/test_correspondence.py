import pytest
from rdkit import Chem

from anymol.chem.correspondence import match_atoms, read_graph
from anymol.errors import InvalidSmilesError

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "C[N+](C)(C)CC(=O)[O-]",
    "[2H]C([2H])([2H])O",
    "[H][H]",
    "C1=CC=CC=C1O",
    "c1c[se]cc1[Si](C)(C)C",
    "[#6]CBr",
    "Cl[Pt]Cl",
    "*CCO",
    "N->[Cu]",
    "[Na+]",
]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_every_atom_finds_itself(smiles):
    count = Chem.MolFromSmiles(smiles).GetNumAtoms()
    expected = {atom: atom for atom in range(count)}
    pairs = match_atoms(smiles, smiles)
    # Atoms alike to the last bond may be exchanged, so that only their number is certain.
    assert sorted(pairs) == sorted(pairs.values()) == list(expected)


def test_matched_atoms_are_of_the_same_element():
    smiles, reference = "CCOC(=O)c1ccc(Br)cc1", "O=C(O)c1ccc(Br)cc1"
    pairs = match_atoms(smiles, reference)
    mine, theirs = Chem.MolFromSmiles(smiles), Chem.MolFromSmiles(reference)
    assert len(pairs) == theirs.GetNumAtoms() == len(set(pairs.values()))
    assert all(mine.GetAtomWithIdx(a).GetSymbol() == theirs.GetAtomWithIdx(b).GetSymbol() for a, b in pairs.items())


def test_a_kekule_form_corresponds_to_the_aromatic_one():
    assert len(match_atoms("Oc1ccccc1", "C1=CC=CC=C1O")) == len(match_atoms("C1=CC=CC=C1O", "Oc1ccccc1")) == 7


def test_hydrogen_atoms_that_the_parser_removes_do_not_shift_the_rest():
    assert match_atoms("OCC(F)Cl", "[H]OCC(F)Cl") == {atom: atom for atom in range(5)}


@pytest.mark.parametrize("smiles", MOLECULES)
def test_environments_agree_exactly_where_those_of_another_writing_do(smiles):
    mol = Chem.MolFromSmiles(smiles)
    order = list(range(mol.GetNumAtoms()))[::-1]
    written = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
    for one, other in zip(read_graph(smiles).environments, read_graph(written).environments, strict=True):
        assert sorted(one) == sorted(other)


def test_an_environment_tells_bond_orders_and_elements():
    def middle(smiles: str) -> int:
        return read_graph(smiles).environments[1][1]

    assert len({middle(smiles) for smiles in ("CCC", "CC=C", "CC#C", "CCO", "NCN", "OCC(C)C", "CC(C)C")}) == 6
    assert middle("CCO") == middle("OCC(C)C")


@pytest.mark.parametrize("broken", ["C1CC", "C[N](C)(C)C", "xyz"])
def test_broken_smiles_are_refused(broken):
    with pytest.raises(InvalidSmilesError):
        match_atoms(broken, "CCO")
    with pytest.raises(InvalidSmilesError):
        match_atoms("CCO", broken)


def test_what_is_returned_may_be_changed():
    match_atoms("CCO", "CCN").clear()
    assert match_atoms("CCO", "CCN")
