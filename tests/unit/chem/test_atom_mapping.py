"""Atoms of products are traced back to the reactants that a chemist would name."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.atom_mapping import map_atoms, map_reaction
from anymol.errors import InvalidSmilesError


def trace(reactants: str, products: str) -> dict[int, tuple[str, str]]:
    """Return map number -> (the reactant atom with its molecule, the product atom), by element."""
    mapped = map_reaction(reactants, products)
    before, after = (Chem.MolFromSmiles(side) for side in (mapped.reactants, mapped.products))
    theirs = {atom.GetAtomMapNum(): atom.GetSymbol() for atom in before.GetAtoms() if atom.GetAtomMapNum()}
    return {
        atom.GetAtomMapNum(): (theirs[atom.GetAtomMapNum()], atom.GetSymbol())
        for atom in after.GetAtoms()
        if atom.GetAtomMapNum()
    }


@pytest.mark.parametrize(
    ("reactants", "products"),
    [
        ("CC(=O)O.CCN", "CCNC(C)=O"),
        ("Brc1ccccc1.OB(O)c1ccncc1", "c1ccc(-c2ccncc2)cc1"),
        ("O=Cc1ccccc1.CC(C)=O", "CC(=O)C=Cc1ccccc1"),
        ("C=CC=C.C=CC(C)=O", "CC(=O)C1CC=CCC1"),  # all bonds of the ring change their order
        ("N#Cc1ccccc1.[N-]=[N+]=[N-].[Na+]", "c1ccc(-c2nnn[nH]2)cc1"),
        ("CSC.O=C(OO)c1cccc(Cl)c1", "CS(C)=O"),
    ],
)
def test_every_atom_has_one_origin_of_its_element(reactants: str, products: str) -> None:
    mapped = map_reaction(reactants, products)
    assert mapped.missing == 0
    pairs = trace(reactants, products)
    assert len(pairs) == Chem.MolFromSmiles(products).GetNumAtoms()
    assert all(before == after for before, after in pairs.values())


def test_what_gives_no_atom_is_a_spectator() -> None:
    mapped = map_reaction("CC(=O)Cl.CCN.CCN(CC)CC.ClCCl", "CCNC(C)=O")
    assert sorted(mapped.spectators.split(".")) == ["CCN(CC)CC", "ClCCl"]


def test_the_acid_keeps_its_carbonyl_and_the_amine_its_nitrogen() -> None:
    """Of an amide's two sides, each comes whole from one molecule."""
    mapped = map_reaction("CC(=O)O.CCN", "CCNC(C)=O")
    origin = {}
    for molecule, piece in enumerate(Chem.GetMolFrags(Chem.MolFromSmiles(mapped.reactants), asMols=True)):
        for atom in piece.GetAtoms():
            origin[atom.GetAtomMapNum()] = (molecule, piece.GetNumAtoms())
    after = Chem.MolFromSmiles(mapped.products)
    for bond in after.GetBonds():
        ends = {origin[atom.GetAtomMapNum()][0] for atom in (bond.GetBeginAtom(), bond.GetEndAtom())}
        joined = {bond.GetBeginAtom().GetSymbol(), bond.GetEndAtom().GetSymbol()} == {"C", "N"}
        carbonyl = any(
            other.GetSymbol() == "O"
            for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
            for other in atom.GetNeighbors()
        )
        assert (len(ends) == 2) == (joined and carbonyl)


def test_an_atom_that_nothing_brings_is_missing() -> None:
    assert map_reaction("c1ccccc1", "Brc1ccccc1").missing == 1


def test_the_outcome_does_not_depend_on_the_order_of_the_reactants() -> None:
    """As far as the number of atoms from each molecule goes: equal atoms may be exchanged."""

    def count(reactants: str) -> list[tuple[str, int]]:
        mol = Chem.MolFromSmiles(map_reaction(reactants, "CCOC(=O)c1ccccc1").reactants)
        found = []
        for piece in Chem.GetMolFrags(mol, asMols=True):
            n_mapped = sum(atom.GetAtomMapNum() > 0 for atom in piece.GetAtoms())
            for atom in piece.GetAtoms():
                atom.SetAtomMapNum(0)
            found.append((Chem.MolToSmiles(piece), n_mapped))
        return sorted(found)

    assert count("CCO.O=C(O)c1ccccc1") == count("O=C(O)c1ccccc1.CCO")


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(InvalidSmilesError):
        map_reaction("CC(", "CC")


@pytest.mark.parametrize(
    ("reactants", "product"),
    [
        ("CO.O=C(O)c1ccccc1", "COC(=O)c1ccccc1"),
        ("CCO.O=C(O)CCc1ccccc1", "CCOC(=O)CCc1ccccc1"),
        ("CC(=O)O.OCc1ccccc1", "CC(=O)OCc1ccccc1"),
        ("CC(=O)O.NCc1ccccc1", "CC(=O)NCc1ccccc1"),
    ],
)
def test_an_acid_loses_its_hydroxyl_group_and_not_the_alcohol(reactants: str, product: str) -> None:
    """Roberts and Urey 1938: of benzoic acid and methanol with heavy oxygen, the ester keeps the alcohol's."""
    pairs = map_atoms(reactants, product)
    before, after = Chem.MolFromSmiles(reactants), Chem.MolFromSmiles(product)
    (bridge,) = [atom.GetIdx() for atom in after.GetAtoms() if atom.GetSymbol() in "NO" and atom.GetDegree() == 2]
    (acid,) = before.GetSubstructMatch(Chem.MolFromSmarts("[OX2;H1][CX3]=O"))[:1]
    assert pairs[bridge] != acid


def test_an_acid_keeps_its_oxygens_where_a_halide_alkylates_it() -> None:
    pairs = map_atoms("CI.O=C(O)c1ccccc1", "COC(=O)c1ccccc1")
    assert {pairs[1], pairs[3]} == {2, 4}


@pytest.mark.parametrize(
    ("reactants", "product"),
    [
        ("CC(=O)OC.CCO", "CCOC(C)=O"),
        ("COC(=O)c1ccccc1.OCC1CC1", "O=C(OCC1CC1)c1ccccc1"),
        ("CC(=O)OCc1ccccc1.CCCO", "CCCOC(C)=O"),
        ("CC(=O)O.CCCO.CCOC(C)=O", "CCCOC(C)=O"),  # beside ethyl acetate as a solvent
        ("CNC(C)=O.CCN", "CCNC(C)=O"),
        ("COC(=O)c1ccc(C(=O)OC)cc1.CCO", "CCOC(=O)c1ccc(C(=O)OC)cc1"),
    ],
)
def test_an_ester_or_amide_is_exchanged_at_its_acyl_group_and_no_carbon_chain_is_cut(
    reactants: str, product: str
) -> None:
    """Every bond that is made joins the acyl carbon to oxygen or nitrogen: chains of carbon do not break here."""
    pairs = map_atoms(reactants, product)
    before, after = Chem.MolFromSmiles(reactants), Chem.MolFromSmiles(product)
    made = [
        bond
        for bond in after.GetBonds()
        if before.GetBondBetweenAtoms(pairs[bond.GetBeginAtomIdx()], pairs[bond.GetEndAtomIdx()]) is None
    ]
    (bond,) = made
    acyl = Chem.MolFromSmarts("[CX3](=O)[O,N]")
    assert {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} in [
        {match[0], match[2]} for match in after.GetSubstructMatches(acyl)
    ]


def test_an_ether_of_a_phenol_keeps_the_oxygen_that_the_sulfonate_does_not() -> None:
    """Williamson: the alcohol's sulfonate leaves with its oxygen."""
    reactants, product = "CS(=O)(=O)OCCc1ccccc1.Oc1ccc(F)cc1", "Fc1ccc(OCCc2ccccc2)cc1"
    pairs = map_atoms(reactants, product)
    before, after = Chem.MolFromSmiles(reactants), Chem.MolFromSmiles(product)
    (ether,) = [atom.GetIdx() for atom in after.GetAtoms() if atom.GetSymbol() == "O"]
    assert before.GetAtomWithIdx(pairs[ether]).GetTotalNumHs() == 1


def test_a_reaction_of_many_small_molecules_is_mapped() -> None:
    crowd = ".".join(["O"] * 300 + ["CC"] * 300 + ["N"] * 300)
    assert map_reaction(crowd, f"C1{'CNCCO' * 60}1").missing == 0
