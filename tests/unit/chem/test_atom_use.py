"""What a product takes of what is given, counted by hand."""

from __future__ import annotations

from anymol.chem.atom_use import AtomUse, count_atom_use


def test_a_coupling_needs_both_partners() -> None:
    both = count_atom_use("Brc1ccccc1.OB(O)c1ccccc1", "", "c1ccc(-c2ccccc2)cc1")
    assert both == AtomUse((), 0, 0)
    # One of two equal parts would do for benzene, whichever it is.
    assert count_atom_use("Brc1ccccc1.OB(O)c1ccccc1", "", "c1ccccc1").idle == ("Brc1ccccc1", "OB(O)c1ccccc1")


def test_reagents_bring_what_reactants_lack() -> None:
    chlorination = count_atom_use("CCO", "O=S(Cl)Cl", "CCCl")
    assert (chlorination.missing, chlorination.missing_from_reactants) == (0, 1)
    assert count_atom_use("CCO", "", "CCCl").missing == 1


def test_single_atoms_are_never_idle() -> None:
    """A chloride or a palladium atom among the reactants helps; that is no sign against a product."""
    assert count_atom_use("CC(C)=O.Cl.[Pd]", "", "CC(C)O").idle == ()
