"""Roles of molecules in recorded reactions, counted by hand."""

from __future__ import annotations

import random

from anymol.chem.reaction_roles import RoleCounts
from anymol.data.recorded_roles import RecordedRoles, choose_companions, count_roles, thin_row

NO: frozenset[str] = frozenset()


def row(reactants: str, reagents: str, solvents: str = "") -> RecordedRoles:
    return RecordedRoles(*(frozenset(text.split(".")) - {""} for text in (reactants, reagents, solvents)), NO)


def test_common_molecules_are_counted_in_their_roles() -> None:
    rows = [*[row("CC(=O)O.CO", "O.[Na+]", "O")] * 3, *[row("CC(=O)O.CCO", "CO.O")] * 2]
    # Methanol reacts thrice and helps twice; acetic acid helps never, and 5 reactions do not make it a common reactant.
    assert count_roles(rows) == {"CO": RoleCounts(3, 2), "O": RoleCounts(0, 5, solvent=3)}


def test_companions_are_the_commonest_that_tell_something() -> None:
    table = {"O": RoleCounts(0, 9), "[Na+]": RoleCounts(0, 8), "[OH-]": RoleCounts(1, 7), "CO": RoleCounts(5, 2)}
    assert choose_companions(table, 2) == ("O", "[OH-]")


def test_thinning_leaves_out_reagents_and_nothing_else() -> None:
    rng = random.Random(0)
    whole = row("CC(=O)O.CO", "O.Cl.[Na+].CCO")
    thinned = [thin_row(whole, rng) for _ in range(50)]
    assert {one.reactants for one in thinned} == {whole.reactants}
    assert all(one.reagents <= whole.reagents for one in thinned)
    assert {len(one.reagents) for one in thinned} == {0, 1, 2, 3, 4}
    assert thinned[0] == thin_row(whole, random.Random(0))
