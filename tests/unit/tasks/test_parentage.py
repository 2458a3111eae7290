from __future__ import annotations

import pytest

from anymol.chem.parsing import parse_smiles
from anymol.tasks.parentage import Relation, check_parents, judge_parents, list_parents

VANILLIN = "COc1cc(C=O)ccc1O"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The molecule is a base that is pyridine substituted by a methyl group at position 2.",
         [(Relation.HOLDS, "pyridine"), (Relation.CARRIES, "methyl")]),
        ("It derives from a phenol and a benzoic acid.",
         [(Relation.RESTS_ON, "phenol"), (Relation.RESTS_ON, "benzoic acid")]),
        ("It derives from a hydride of a decane.", [(Relation.RESTS_ON, "decane")]),
        ("The molecule is an ester resulting from the formal condensation of the carboxy group of acetic acid with the "
         "hydroxy group of phenol.", [(Relation.RESTS_ON, "acetic acid"), (Relation.RESTS_ON, "phenol")]),
        ("It is a conjugate base of a lactic acid.", [(Relation.CONJUGATE, "lactic acid")]),
        ("It is an enantiomer of a D-alanine.", [(Relation.ENANTIOMER, "D-alanine")]),
        ("It is a member of quinolines and a drug.", [(Relation.HOLDS, "quinoline")]),
        ("It has a role as a plant metabolite.", []),
    ],
)  # fmt: skip
def test_what_a_description_relates_the_molecule_to(text: str, found: list[tuple[Relation, str]]) -> None:
    assert [(one.relation, one.name) for one in list_parents(text)] == found


@pytest.mark.parametrize(
    ("smiles", "text", "judged"),
    [
        # Vanillin is 4-hydroxy-3-methoxybenzaldehyde: no salicylaldehyde, whose hydroxy group is ortho.
        (VANILLIN, "The molecule is a phenol that is benzaldehyde substituted by a methoxy group.", (True, True)),
        (VANILLIN, "The molecule is a phenol that is salicylaldehyde substituted by a methoxy group.", (False, True)),
        (VANILLIN, "The molecule is a phenol that is benzaldehyde substituted by a nitro group.", (True, False)),
        (VANILLIN, "The molecule is a member of guaiacols.", (True,)),
        (VANILLIN, "The molecule is a member of quinolines.", (False,)),
        # In an ester the hydroxy group of the acid is gone, and something stands in its place.
        ("CCOC(=O)c1ccccc1", "It derives from a benzoic acid.", (True,)),
        ("CCOC(=O)c1ccccc1", "It derives from a phenylacetic acid.", (False,)),
        ("CC(O)C(=O)[O-]", "It is a conjugate base of a lactic acid.", (True,)),
        ("CC(O)C(=O)[O-]", "It is a conjugate base of a pyruvic acid.", (False,)),
        ("C[C@H](N)C(=O)O", "It is an enantiomer of a D-alanine.", (True,)),
        ("C[C@@H](N)C(=O)O", "It is an enantiomer of a D-alanine.", (None,)),
        ("CC[C@H](N)C(=O)O", "It is an enantiomer of a D-alanine.", (False,)),
        # Arginine's guanidine, in the other tautomer.
        ("CNC(=O)[C@@H](N)CCCNC(=N)N", "It derives from a L-arginine.", (True,)),
        ("CCO", "It derives from a frobnicol.", (None,)),
    ],
)
def test_what_a_description_relates_the_molecule_to_is_looked_for_in_it(
    smiles: str, text: str, judged: tuple[bool | None, ...]
) -> None:
    assert judge_parents(parse_smiles(smiles), text) == judged


def test_a_check_says_what_was_looked_for() -> None:
    (check,) = check_parents("c1ccccc1", "The molecule is a member of pyridines.")
    assert check.passed is False and check.detail == "it is not so that it holds 'pyridine'"
    (check,) = check_parents("c1ccccc1", "It derives from a frobnicol.")
    assert check.passed is None and "not known" in check.detail
