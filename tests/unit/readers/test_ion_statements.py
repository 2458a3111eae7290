"""What records say of their ion: contradictions, doubts, spectra that are not MS/MS."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.readers.ion_statements import find_name, keep_field, read_ion
from anymol.readers.numbers import COMMA

POSITIVE, NEGATIVE = IonMode.POSITIVE, IonMode.NEGATIVE
MZ = {"precursor_mz": "181.0495"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("PEPMASS", "precursor_mz"), ("PrecursorMZ", "precursor_mz"), ("PRECURSOR_M/Z", "precursor_mz"),
        ("precursor m/z", "precursor_mz"), ("Selected ion m/z", "precursor_mz"), ("Precursor_type", "adduct"),
        ("ADDUCT", "adduct"), ("Ion_mode", "ion_mode"), ("IONMODE", "ion_mode"), ("Polarity", "ion_mode"),
        ("ms level", "ms_level"), ("Spectrum_type", "ms_level"), ("Num Peaks", "n_peaks"), ("Num peaks", "n_peaks"),
        ("Instrument_type", "instrument_type"), ("parent_mass", "parent_mass"), ("Comments", "comments"),
    ],
)  # fmt: skip
def test_names_of_fields(key: str, name: str) -> None:
    assert find_name(key) == name


@pytest.mark.parametrize(
    ("fields", "precursor", "adduct", "mode"),
    [
        ({"precursor_mz": "181.0495", "adduct": "[M+H]+"}, 181.0495, Adduct.M_H, POSITIVE),
        ({"precursor_mz": "181,0495", "charge": "1+"}, 181.0495, None, POSITIVE),
        ({"precursor_mz": "181.0495 12345.6", "charge": "1-"}, 181.0495, None, NEGATIVE),
        ({"precursor_mz": "181.0495\t100 1+", "charge": "-1"}, 181.0495, None, NEGATIVE),
        ({"precursor_mz": "181.0495", "adduct": "M", "ion_mode": "Negative"}, 181.0495, Adduct.M_ANION, NEGATIVE),
        ({"precursor_mz": "181.0495", "adduct": "M", "ion_mode": "P"}, 181.0495, Adduct.M_CATION, POSITIVE),
        ({"precursor_mz": "91.0284", "adduct": "[M+2H]2+", "charge": "2+"}, 91.0284, Adduct.M_2H, POSITIVE),
        ({"precursor_mz": "91.0284", "charge": "2+ and 3+"}, 91.0284, None, POSITIVE),
        ({"precursor_mz": "181.0495", "charge": "0", "ion_mode": "N/A"}, 181.0495, None, None),
        ({"precursor_mz": "181.0495", "adduct": "N/A", "ion_mode": "negative"}, 181.0495, None, NEGATIVE),
        ({"precursor_mz": "181.0495", "ms_level": "MS2", "instrument_type": "LC-ESI-QFT"}, 181.0495, None, None),
        ({"precursor_mz": "178.0", "ms_level": "MS2", "instrument_type": "GC-EI-QQ"}, 178.0, None, None),
        ({"adduct": "[M+H]+"}, None, Adduct.M_H, POSITIVE),
    ],
)
def test_what_agrees(
    fields: dict[str, str], precursor: float | None, adduct: Adduct | None, mode: IonMode | None
) -> None:
    ion = read_ion(fields)
    assert (ion.precursor_mz, ion.adduct, ion.ion_mode, ion.notes) == (precursor, adduct, mode, ())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"adduct": "[M+H]+", "ion_mode": "Negative"}, "ion mode 'Negative' and the adduct '[M+H]+' contradict"),
        ({"adduct": "M+H", "ion_mode": "N"}, "contradict each other"),
        ({"adduct": "M-H", "ion_mode": "Positive"}, "contradict each other"),
        ({"adduct": "[M-2H+Na]-", "ion_mode": "Positive"}, "contradict each other"),
        ({"adduct": "[M+H]-"}, "a charge that it cannot have"),
        ({"adduct": "[M+H]+", "charge": "1-"}, "charge '1-' and the adduct '[M+H]+' contradict"),
        ({"ion_mode": "positive", "charge": "-1"}, "charge '-1' and the ion mode 'positive' contradict"),
        ({"adduct": "[M+H]+", "charge": "2+"}, "charge '2+' and the adduct"),
        ({"adduct": "[M+2H]2+", "charge": "1+"}, "charge '1+' and the adduct"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidFileError) as error:
        read_ion({**MZ, **fields})
    assert words in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "electron ionisation (EI) and survey scans"),
        ({"mw": "180", "ion_mode": "P"}, "electron ionisation (EI) and survey scans"),
        ({"precursor_mz": "0.0", "charge": "0"}, "electron ionisation (EI) and survey scans"),
        ({"precursor_mz": "N/A"}, "electron ionisation (EI) and survey scans"),
        ({**MZ, "ionization": "EI"}, "of electron ionisation"),
        ({**MZ, "instrument_type": "EI-B"}, "of electron ionisation"),
        ({"instrument_type": "GC-EI-TOF", "ms_level": "MS2"}, "of electron ionisation"),
        ({**MZ, "ionization": "electron impact"}, "of electron ionisation"),
        ({**MZ, "ms_level": "MS1"}, "survey scan"),
        ({**MZ, "ms_level": "1"}, "survey scan"),
        ({**MZ, "ms_level": "MS"}, "survey scan"),
    ],
)
def test_spectra_that_are_not_of_tandem_are_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidFileError) as error:
        read_ion(fields)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"adduct": "[M-2H+Na]-"}, "is not known here"),
        ({"charge": "1"}, "has no sign: read as positive"),
        ({"adduct": "[M+2H]2+", "charge": "1"}, "contradicts the adduct, which is taken"),
        ({"adduct": "[M-H]-", "ion_mode": "negative", "charge": "1+"}, "contradicts the ion mode and the adduct"),
        ({"adduct": "[M+H]+", "ms_level": "MS3"}, "may be of the ion broken first or last"),
        ({"precursor_mz": "see above", "adduct": "[M+H]+"}, "is not an m/z"),
    ],
)
def test_doubts_are_noted(fields: dict[str, str], words: str) -> None:
    ion = read_ion({**MZ, **fields})
    assert len(ion.notes) == 1
    assert words in ion.notes[0]


def test_a_charge_without_a_sign_never_overrules_a_mode() -> None:
    assert read_ion({**MZ, "charge": "1", "ion_mode": "negative"}).ion_mode is NEGATIVE
    assert read_ion({**MZ, "charge": "1", "adduct": "[M-H]-"}).ion_mode is NEGATIVE


@pytest.mark.parametrize("text", ["181.0495, 163.0390", "181.0495/163.0390", "181.0495; 163.0390", "181.0495,163.0390"])
def test_in_ms3_the_last_ion_was_broken(text: str) -> None:
    """[M+H-H2O]+ of aspirin: 180.0423 + 1.0073 - 18.0106 = 163.0390."""
    ion = read_ion({"precursor_mz": text, "adduct": "[M+H-H2O]+", "ms_level": "MS3"})
    assert (ion.precursor_mz, ion.adduct) == (163.0390, Adduct.M_H_H2O)
    ion = read_ion({"precursor_mz": text, "adduct": "[M+H]+", "ms_level": "MS3"})
    assert (ion.precursor_mz, ion.adduct, ion.ion_mode) == (163.0390, None, POSITIVE)
    assert "broken first" in ion.notes[1]


@pytest.mark.parametrize(
    "fields",
    [{"precursor_mz": "163.0390, 181.0495"}, {"precursor_mz": "181.0495, 163.0390", "ms_level": "MS2"}],
)
def test_of_several_precursors_that_are_not_a_chain_none_is_taken(fields: dict[str, str]) -> None:
    ion = read_ion({"adduct": "[M+H]+", **fields})
    assert (ion.precursor_mz, ion.adduct) == (None, None)
    assert "none is taken" in ion.notes[0]


def test_the_style_of_the_peaks_settles_the_precursor() -> None:
    assert read_ion({"precursor_mz": "181,049", "charge": "1+"}, COMMA).precursor_mz == 181.049
    with pytest.raises(InvalidFileError, match="may be 181049 or"):
        read_ion({"precursor_mz": "181,049", "charge": "1+"})


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ((("precursor_mz", "181.0495"), ("precursor_mz", "163.0390")), {"precursor_mz": "181.0495; 163.0390"}),
        ((("charge", "1+"), ("charge", "+1")), {"charge": "1+"}),
        ((("charge", "1+"), ("charge", "2+")), {"charge": "1+; 2+"}),
        ((("adduct", "N/A"), ("adduct", "[M+H]+")), {"adduct": "[M+H]+"}),
        ((("adduct", "M+H"), ("adduct", "[M+H]+")), {"adduct": "M+H"}),
        ((("title", "a"), ("title", "b")), {"title": "a"}),
    ],
)
def test_a_field_that_comes_twice(fields: tuple[tuple[str, str], ...], kept: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for name, value in fields:
        keep_field(found, name, value)
    assert found == kept


def test_precursors_that_differ_by_their_digits_are_one() -> None:
    found = read_ion({"precursor_mz": "181.0495; 181.05", "adduct": "[M+H]+"})
    assert found.precursor_mz == 181.0495 and found.adduct is Adduct.M_H and found.notes == ()


@pytest.mark.parametrize("charge", ["2+", "3-", "-2"])
def test_several_charges_without_an_adduct_are_said(charge: str) -> None:
    ion = read_ion({**MZ, "charge": charge})
    (note,) = ion.notes
    assert ion.ion_mode is (NEGATIVE if "-" in charge else POSITIVE)
    assert f"carries {charge.strip('+-')} charges" in note
    assert read_ion({**MZ, "charge": "1+"}).notes == ()


def test_a_formula_of_the_record_that_does_not_make_its_ion_is_said() -> None:
    # [M+H]+ of naproxen, C14H14O3, is 231.1016; 181.0495 is aspirin's, C9H8O4.
    (said,) = read_ion({**MZ, "adduct": "[M+H]+", "formula": "C14H14O3"}).notes
    assert "C14H14O3" in said and "231.1016" in said
    for formula in ("C9H8O4", "", "N/A", "[C9H8O4]+"):
        assert read_ion({**MZ, "adduct": "[M+H]+", "formula": formula}).notes == ()
