"""What MOL blocks and extended SMILES say beyond SMILES: kept, said or refused."""

from __future__ import annotations

import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor

from anymol.chem.parsing import write_canonical
from anymol.chem.unwritten import is_open, settle_molecule
from anymol.errors import UserError


def write_v2000(atoms: str, bonds: list[tuple[int, int, int]], extra: str = "") -> str:
    """Return a block of atoms in a row, one line for each symbol."""
    symbols = atoms.split()
    rows = [f"{1.2 * n:10.4f}{0.7 * (n % 2):10.4f}{0:10.4f} {symbol:<3} 0  0" for n, symbol in enumerate(symbols)]
    joined = [f"{one:3}{other:3}{order:3}  0" for one, other, order in bonds]
    counts = f"{len(symbols):3}{len(bonds):3}  0  0  0  0  0  0  0  0999 V2000"
    return "\n".join(["", "  test", "", counts, *rows, *joined, *extra.splitlines(), "M  END", ""])


def write_v3000(atoms: list[str], bonds: list[str], extra: str = "") -> str:
    lines = ["BEGIN CTAB", f"COUNTS {len(atoms)} {len(bonds)} 0 0 0", "BEGIN ATOM"]
    lines += [f"{number} {atom}" for number, atom in enumerate(atoms, 1)]
    lines += ["END ATOM", "BEGIN BOND", *(f"{number} {bond}" for number, bond in enumerate(bonds, 1)), "END BOND"]
    lines += [*extra.splitlines(), "END CTAB"]
    head = ["", "  test", "", "  0  0  0     0  0            999 V3000"]
    return "\n".join([*head, *(f"M  V30 {line}" for line in lines), "M  END", ""])


def settle(block: str) -> tuple[str, tuple[str, ...]]:
    with rdBase.BlockLogs():
        mol, notes = settle_molecule(Chem.MolFromMolBlock(block, strictParsing=False))
    return write_canonical(mol), notes


CHAIN = [(1, 2, 1), (2, 3, 1)]
RING = ["C 0 0 0 0", "C 1 0 0 0", "C 1.5 1 0 0", "C 1 2 0 0", "C 0 2 0 0", "C -0.5 1 0 0"]
RING_BONDS = ["2 1 2", "1 2 3", "2 3 4", "1 4 5", "2 5 6", "1 6 1"]
BUTANOL = ["C -1.3 0.75 0 0", "C 0 0 0 0", "O 0 -1.5 0 0", "C 1.3 0.75 0 0", "C 2.6 0 0 0"]
BUTANOL_BONDS = ["1 2 1", "1 2 3 CFG=1", "1 2 4", "1 4 5"]


def test_a_plain_molecule_needs_no_words() -> None:
    assert settle(write_v2000("C C O", CHAIN)) == ("CCO", ())


@pytest.mark.parametrize(
    ("label", "smiles"),
    [
        ("Boc", "CCC(=O)OC(C)(C)C"), ("Cbz", "CCC(=O)OCc1ccccc1"), ("Ph", "CCc1ccccc1"), ("OMe", "CCOC"),
        ("MeO", "CCOC"), ("CO2Et", "CCC(=O)OCC"), ("EtO2C", "CCC(=O)OCC"), ("NHBoc", "CCNC(=O)OC(C)(C)C"),
        ("BocHN", "CCNC(=O)OC(C)(C)C"), ("OTBS", "CCO[Si](C)(C)C(C)(C)C"), ("NO2", "CC[N+](=O)[O-]"),
        ("O2N", "CC[N+](=O)[O-]"), ("CF3", "CCC(F)(F)F"), ("iBu", "CCCC(C)C"), ("iPent", "CCCCC(C)C"),
        ("tBu", "CCC(C)(C)C"), ("OTs", "CCOS(=O)(=O)c1ccc(C)cc1"), ("Bpin", "CCB1OC(C)(C)C(C)(C)O1"),
        ("N3", "CCN=[N+]=[N-]"), ("CO\\s2\\nH", "CCC(=O)O"), ("CN", "CCC#N"), ("NMe2", "CCN(C)C"),
        ("OH", "CCO"), ("HO", "CCO"), ("NH2", "CCN"), ("CH3", "CCC"), ("Cl", "CCCl"), ("D", "[2H]CC"),
    ],
)  # fmt: skip
def test_labels_of_groups_are_read_as_the_groups(label: str, smiles: str) -> None:
    """Drawing programs write an alias at a carbon."""
    assert settle(write_v2000("C C C", CHAIN, f"A    3\n{label}"))[0] == Chem.CanonSmiles(smiles)


def test_a_label_keeps_the_configuration_beside_it() -> None:
    """2-Butanol whose ethyl group is drawn, and written as Et."""
    drawn = Chem.MolFromMolBlock(write_v3000(BUTANOL, BUTANOL_BONDS))
    labelled = Chem.RWMol(drawn)
    labelled.RemoveAtom(4)
    labelled.GetAtomWithIdx(3).SetProp("molFileAlias", "Et")
    smiles = write_canonical(settle_molecule(labelled.GetMol())[0])
    assert "@" in smiles
    assert smiles == write_canonical(drawn)


@pytest.mark.parametrize(
    ("label", "smiles"), [("NBoc", "CN(C)C(=O)OC(C)(C)C"), ("SO2", "CS(C)(=O)=O"), ("NH", "CNC"), ("CO", "CC(C)=O")]
)
def test_labels_between_two_bonds(label: str, smiles: str) -> None:
    assert settle(write_v2000("C C C", CHAIN, f"A    2\n{label}"))[0] == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize("label", ["Foo", "Ligand", "NC", "Pd(PPh3)4", "CH2"])
def test_labels_that_are_not_known_or_do_not_fit_are_refused(label: str) -> None:
    with pytest.raises(UserError, match="label"):
        settle(write_v2000("C C C", CHAIN, f"A    3\n{label}"))


@pytest.mark.parametrize("label", ["R", "R1", "R'", "X", "Ar", "Hal", "Pol"])
def test_labels_that_leave_open_what_stands_there(label: str) -> None:
    smiles, notes = settle(write_v2000("C C C", CHAIN, f"A    3\n{label}"))
    assert smiles == "*CC"
    assert notes == (f"the record leaves residues open ({label}): it is not a whole molecule",)


def test_residues_by_number() -> None:
    smiles, notes = settle(write_v2000("R# C O", CHAIN, "M  RGP  1   1   1"))
    assert is_open(Chem.MolFromSmiles(smiles))
    assert "(R1)" in notes[0]


@pytest.mark.parametrize("points", [1, 2, 3])
def test_attachment_points_are_not_filled_with_hydrogen(points: int) -> None:
    smiles, notes = settle(write_v2000("C C O", CHAIN, f"M  APO  1   1   {points}"))
    assert smiles.count("*") == (2 if points == 3 else 1)
    assert "not a whole molecule" in notes[0]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("SRU", "the repeat unit of a polymer"), ("MON", "the monomer of a polymer"), ("COP", "a copolymer"),
        ("CRO", "a cross-linked polymer"), ("GRA", "a graft polymer"), ("MOD", "a modified polymer"),
        ("ANY", "a polymer"), ("MER", "the repeat unit of a polymer"),
    ],
)  # fmt: skip
def test_polymers_are_refused(kind: str, words: str) -> None:
    extra = f"M  STY  1   1 {kind}\nM  SAL   1  2   1   2\nM  SMT   1 n"
    with pytest.raises(UserError, match=f"the record is {words}"):
        settle(write_v2000("C C O", CHAIN, extra))


def test_repeated_brackets_that_are_drawn_out_are_a_molecule() -> None:
    whole = "M  STY  1   1 MUL\nM  SAL   1  2   1   2\nM  SPA   1  1   1\nM  SMT   1 2"
    assert settle(write_v2000("C C O", CHAIN, whole)) == ("CCO", ())
    once = "M  STY  1   1 MUL\nM  SAL   1  1   2\nM  SPA   1  1   2\nM  SMT   1 4"
    with pytest.raises(UserError, match="repeat 4 times what is drawn once"):
        settle(write_v2000("C C O", CHAIN, once))


@pytest.mark.parametrize(
    ("kind", "words"), [("MIX", "a mixture"), ("FOR", "a formulation"), ("COM", "the component of a mixture")]
)
def test_mixtures_are_said(kind: str, words: str) -> None:
    smiles, notes = settle(write_v2000("C C O", CHAIN, f"M  STY  1   1 {kind}\nM  SAL   1  3   1   2   3"))
    assert smiles == "CCO"
    assert words in notes[0]


def test_abbreviations_that_are_drawn_out_need_no_words() -> None:
    assert settle(write_v2000("C C O", CHAIN, "M  STY  1   1 SUP\nM  SAL   1  1   3\nM  SMT   1 OH")) == ("CCO", ())


def test_remarks_are_said() -> None:
    data = "M  STY  1   1 DAT\nM  SAL   1  1   2\nM  SDT   1 purity\nM  SED   1 racemic\nV    1 hot"
    _, notes = settle(write_v2000("C C O", CHAIN, data))
    assert notes == ("the remark 'purity: racemic' is left out", "the remark 'hot' at atom 1 is left out")


@pytest.mark.parametrize(
    ("collection", "words"),
    [
        ("MDLV30/STERAC1 ATOMS=(1 2)", "a racemate (AND at atoms 2)"),
        ("MDLV30/STEREL1 ATOMS=(1 2)", "one of two enantiomers, unknown which (OR at atoms 2)"),
    ],
)
def test_stereo_groups_are_said(collection: str, words: str) -> None:
    smiles, notes = settle(write_v3000(BUTANOL, BUTANOL_BONDS, f"BEGIN COLLECTION\n{collection}\nEND COLLECTION"))
    assert "@" in smiles
    assert len(notes) == 1 and words in notes[0]


def test_absolute_configuration_needs_no_words() -> None:
    extra = "BEGIN COLLECTION\nMDLV30/STEABS ATOMS=(1 2)\nEND COLLECTION"
    assert settle(write_v3000(BUTANOL, BUTANOL_BONDS, extra))[1] == ()


def test_haptic_bonds_are_written_from_each_atom() -> None:
    """Half of ferrocene: the centre of the ring is bonded to iron."""
    atoms = ["C 0 0 0 0 CHG=-1", "C 1.2 0 0 0", "C 1.6 1.1 0 0", "C 0.6 1.8 0 0", "C -0.4 1.1 0 0", "* 0.6 0.8 0 0"]
    bonds = ["1 1 2", "2 2 3", "1 3 4", "2 4 5", "1 5 1", "9 6 7 ENDPTS=(5 1 2 3 4 5) ATTACH=ALL"]
    smiles, notes = settle(write_v3000([*atoms, "Fe 0.6 -2.5 0 0 CHG=2"], bonds))
    mol = Chem.MolFromSmiles(smiles)
    iron = next(atom for atom in mol.GetAtoms() if atom.GetSymbol() == "Fe")
    assert (iron.GetDegree(), mol.GetNumAtoms(), Chem.GetFormalCharge(mol)) == (5, 6, 1)
    assert "dative bond from each" in notes[0]


def test_bonds_to_any_of_several_atoms_are_refused() -> None:
    with pytest.raises(UserError, match="leaves open at which"):
        settle(write_v3000([*RING, "* 0.5 1 0 0", "Cl 3 1 0 0"], [*RING_BONDS, "1 7 8 ENDPTS=(3 2 3 4) ATTACH=ANY"]))


def test_repeated_atoms_are_refused() -> None:
    with pytest.raises(UserError, match="repeats an atom"):
        settle(write_v2000("C C O", CHAIN, "M  LIN  1   2   4   1   3"))


def test_hydrogen_bonds_are_left_out_and_said() -> None:
    smiles, notes = settle(write_v3000([*RING, "O 3 1 0 0", "O 4 1 0 0"], [*RING_BONDS, "1 1 7", "10 7 8"]))
    assert smiles == "O.Oc1ccccc1"
    assert notes == ("hydrogen bonds are left out (atoms 7-8)",)


def test_coordinate_bonds_are_kept() -> None:
    assert settle(write_v3000(["N 0 0 0 0", "Fe 1 0 0 0"], ["9 1 2"])) == ("[NH3]->[Fe]", ())


def test_axial_chirality_is_said_to_be_lost() -> None:
    """1,1'-Binaphthyl-2,2'-diol, a wedge in one ring at the axis."""
    mol = Chem.MolFromSmiles("Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12")
    rdDepictor.Compute2DCoords(mol)
    lines = Chem.MolToMolBlock(mol).splitlines()
    counts = lines[3]
    first = 4 + int(counts[:3])
    for number in range(first, first + int(counts[3:6])):
        one, other, order = (int(lines[number][start : start + 3]) for start in (0, 3, 6))
        if 11 in (one, other) and 12 not in (one, other) and order == 1:
            lines[number] = f"{11:3}{other if one == 11 else one:3}  1  1"
    smiles, notes = settle("\n".join(lines) + "\n")
    assert smiles == write_canonical(mol)
    assert notes == ("the axial chirality of bond 11-12 is lost: SMILES cannot write it, and its two forms read alike",)


def test_dative_bonds_to_boron_without_its_partners_are_refused() -> None:
    # Ammonia borane is BH6N; RDKit would leave boron two hydrogens.
    with pytest.raises(UserError, match="dative bond leads to B"):
        settle(write_v3000(["N 0 0 0 0", "B 1.5 0 0 0"], ["9 1 2"]))
    assert settle(write_v3000(["N 0 0 0 0 CHG=1", "B 1.5 0 0 0 CHG=-1"], ["1 1 2"]))[0] == "[BH3-][NH3+]"


@pytest.mark.parametrize(
    ("label", "smiles"), [("SiMe3", "CC[Si](C)(C)C"), ("(CH2)3OH", "CCCCCO"), ("C6H13", "CCCCCCCC")]
)
def test_a_label_may_be_a_condensed_formula(label: str, smiles: str) -> None:
    found, notes = settle(write_v2000("C C C", CHAIN, f"A    3\n{label}"))
    assert found == smiles
    assert label in notes[0]


def write_contracted(label: str, atoms: list[int]) -> str:
    members = "".join(f"{atom:4}" for atom in atoms)
    extra = f"M  STY  1   1 SUP\nM  SAL   1{len(atoms):3}{members}\nM  SMT   1 {label}"
    return write_v2000("C C C", CHAIN, extra)


def test_a_contracted_group_of_one_atom_is_the_group() -> None:
    assert settle(write_contracted("Boc", [3]))[0] == "CCC(=O)OC(C)(C)C"


def test_a_group_drawn_whole_stays() -> None:
    assert settle(write_contracted("Me", [3])) == ("CCC", ())
    assert settle(write_contracted("Et", [2, 3])) == ("CCC", ())


def test_a_group_of_other_atoms_than_its_label_is_refused() -> None:
    with pytest.raises(UserError, match="the group 'Ph' holds the atoms C, C"):
        settle(write_contracted("Ph", [2, 3]))
