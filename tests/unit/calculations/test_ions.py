"""Ions against published m/z values, with the electron counted once."""

from __future__ import annotations

import pytest

from anymol.calculations.adducts import compute_mz, find_adducts, parse_adduct
from anymol.calculations.calculate import calculate
from anymol.errors import UserError
from anymol.modalities.adduct import Adduct, compute_precursor

ASPIRIN, CAFFEINE, GLUCOSE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "OCC1OC(O)C(O)C(O)C1O"
CHOLINE = "C[N+](C)(C)CCO"


@pytest.mark.parametrize(
    ("smiles", "adduct", "mz"),
    [
        (CAFFEINE, "[M+H]+", 195.0877),
        (CAFFEINE, "[M+2H]2+", 98.0475),
        (CAFFEINE, "[2M+H]+", 389.1680),
        (CAFFEINE, "[M+K]+", 233.0435),
        (ASPIRIN, "[M-H]-", 179.0350),
        (ASPIRIN, "[M+H-H2O]+", 163.0390),
        (GLUCOSE, "[M+Na]+", 203.0526),
        (GLUCOSE, "[M+NH4]+", 198.0972),
        (GLUCOSE, "[M+HCOO]-", 225.0616),
        (GLUCOSE, "[M+FA-H]-", 225.0616),
        (GLUCOSE, "[M+Cl]-", 215.0328),
        (GLUCOSE, "[M+CH3COO]-", 239.0772),
        (GLUCOSE, "[2M+Na]+", 383.1160),
        ("c1ccc2ccccc2c1", "[M]+.", 128.0621),  # naphthalene, electron ionisation
        ("c1ccc2ccccc2c1", "M+.", 128.0621),
        (CHOLINE, "[M]+", 104.1070),
        (CHOLINE, "[M+H]2+", 52.5571),
        ("CC(=O)[O-]", "[M]-", 59.0139),
        ("CC(=O)O", "[M-H]-", 59.0139),
        ("CC(=O)O", "M-H", 59.0139),
        ("CC(=O)O", "[M+ACN+H]+", 102.0550),
        ("OS(=O)(=O)O", "[M-2H]2-", 47.9764),
        ("Oc1ccccc1", "[M+Ag]+", 200.9464),
    ],
)
def test_published_ions(smiles: str, adduct: str, mz: float) -> None:
    found = calculate("ion_mz", smiles, text=adduct)
    assert found.value == pytest.approx(mz, abs=1.01e-4)
    assert found.unit == "m/z" and found.text == f"{found.value:.4f}"


def test_the_electron_is_what_tells_a_cation_from_a_radical_anion() -> None:
    plus, minus = (float(calculate("ion_mz", "c1ccccc1", text=one).value) for one in ("[M]+.", "[M]-."))
    assert minus - plus == pytest.approx(2 * 0.00054858, abs=1e-4)


@pytest.mark.parametrize(
    ("smiles", "adduct", "message"),
    [
        (CHOLINE, "[M+H]+", "itself an ion of charge \\+1"),
        ("CC(=O)[O-]", "[M-H]-", "itself an ion of charge -1"),
        ("C", "[M-H2O+H]+", "too few atoms of O"),
        (ASPIRIN, "[M+Xx]+", "'Xx' is not a part"),
        (ASPIRIN, "[M+Na]-", "contradicts itself"),
        (ASPIRIN, "[M+H2O]", "no charge"),
        (ASPIRIN, "[999M+H]+", "1 to 20"),
    ],
)
def test_what_cannot_be_is_refused(smiles: str, adduct: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        calculate("ion_mz", smiles, text=adduct)


def test_words_name_ions_too() -> None:
    assert calculate("ion_mz", CAFFEINE, text="the protonated molecule").value == pytest.approx(195.0877, abs=1e-4)
    assert calculate("ion_mz", ASPIRIN, text="of the deprotonated molecule").value == pytest.approx(179.0350, abs=1e-4)
    assert calculate("ion_mz", GLUCOSE, text="sodium adduct").value == pytest.approx(203.0526, abs=1e-4)


def test_without_an_ion_the_usual_ones_are_given_and_said() -> None:
    found = calculate("ion_mz", CAFFEINE)
    assert [part.label for part in found.parts] == ["[M+H]+", "[M+Na]+", "[M-H]-"]
    assert "no ion was named" in found.notes[0]
    assert [part.label for part in calculate("ion_mz", CHOLINE).parts] == ["[M]+"]


def test_a_salt_says_what_m_is() -> None:
    notes = calculate("ion_mz", "O=C([O-])c1ccccc1O.[Na+]", text="[M-H]-").notes
    assert any("138.0317" in note for note in notes)


def test_an_odd_charge_is_counted_as_written_and_said() -> None:
    found = calculate("ion_mz", ASPIRIN, text="[M+H]2+")
    assert found.value == pytest.approx((180.042259 + 1.00782503 - 2 * 0.00054858) / 2, abs=1e-4)
    assert any("add up to a charge of +1" in note for note in found.notes)


def test_labelled_atoms_stay_labelled_in_the_ion() -> None:
    found = calculate("ion_mz", "[2H]C([2H])([2H])O", text="[M+H]+")
    assert found.value == pytest.approx(36.0523, abs=1e-4)
    assert any("[2H]3" in note for note in found.notes)


def test_adducts_of_any_kind_are_read() -> None:
    read = parse_adduct("[3M-2H+Fe]+")
    assert (read.n_molecules, read.added["H"], read.added["Fe"], read.charge) == (3, -2, 1, 1)
    assert parse_adduct("[M+H-CO]+").added["O"] == -1  # carbon monoxide
    assert parse_adduct("[M+Co]2+").added["Co"] == 1  # cobalt
    assert [one.text for one in find_adducts("[M+H]+, [M+Na]+ and M-H")] == ["[M+H]+", "[M+Na]+", "[M-H]"]
    assert find_adducts("C[N+](C)(C)CCO and Mg, M, MW, M2") == []


@pytest.mark.parametrize("adduct", Adduct)
@pytest.mark.parametrize("charge", [0, 1, -1])
def test_listed_adducts_weigh_the_same_when_they_are_written(adduct: Adduct, charge: int) -> None:
    """Two ways to the same ion: a table of what is added, and the isotopes of its pieces."""
    written = parse_adduct(adduct.value)
    assert written.charge is not None
    assert abs(written.charge) == adduct.charge
    mz = compute_mz(written, written.charge, 180.0423, charge)
    assert mz == pytest.approx(compute_precursor(180.0423, adduct, charge=charge), abs=1e-6)


@pytest.mark.parametrize(
    ("smiles", "text", "mz"),
    [
        ("CCN(CC)CC(=O)Nc1c(C)cccc1C.Cl", "[M+H]+", 235.1805),  # the base of lidocaine hydrochloride
        ("O=C([O-])c1ccccc1.[Na+]", "[M-H]-", 121.0295),  # benzoate
        ("CC[N+](CC)(CC)CC.[Br-]", "m/z in positive mode", 130.1590),  # a cation stays what it is
        ("OCC1OC(O)C(O)C(O)C1O.O", "[M+Na]+", 203.0526),  # a hydrate
    ],
)
def test_what_parts_in_solution_is_not_weighed_as_a_whole(smiles: str, text: str, mz: float) -> None:
    assert calculate("ion_mz", smiles, text=text).value == pytest.approx(mz, abs=2e-4)


def test_a_complex_of_a_metal_stays_whole() -> None:
    ferrocene = "c1ccc[cH-]1.c1ccc[cH-]1.[Fe+2]"
    assert calculate("ion_mz", ferrocene, text="[M+H]+").value == pytest.approx(187.0205, abs=5e-4)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("doubly protonated", "[M+2H]2+"), ("the ion that loses a proton", "[M-H]-"),
        ("the proton-bound dimer", "[2M+H]+"),
        ("the ammonium adduct in positive mode", "[M+NH4]+"), ("the molecular ion", "[M]+."), ("MH+", "[M+H]+"),
    ],
)  # fmt: skip
def test_ions_in_words(words: str, label: str) -> None:
    assert [part.label for part in calculate("ion_mz", CAFFEINE, text=f"m/z of {words}").parts] == [label]
