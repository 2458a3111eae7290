"""mzML: parameter groups, isolation windows, several precursors, kinds of arrays."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Sequence

import numpy as np
import pytest

from anymol.errors import InvalidFileError
from anymol.modalities.adduct import IonMode
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.readers.mzml import read_mzml
from anymol.readers.rows import RecordRow

MZ, INTENSITY = (93.0346, 135.0452, 163.0390), (10.0, 1000.0, 3.0)
FLOAT64, FLOAT32, INT32, INT64 = "MS:1000523", "MS:1000521", "MS:1000519", "MS:1000522"
DTYPES = {FLOAT64: "<f8", FLOAT32: "<f4", INT32: "<i4", INT64: "<i8"}
ZLIB, PLAIN, NUMPRESS = "MS:1000574", "MS:1000576", "MS:1002312"
POSITIVE, NEGATIVE = "MS:1000130", "MS:1000129"


def term(accession: str, value: object = "") -> str:
    return f'<cvParam cvRef="MS" accession="{accession}" name="" value="{value}"/>'


def array(kind: str, values: Sequence[float], dtype: str = FLOAT64, packing: str = ZLIB) -> str:
    raw = np.array(values).astype(DTYPES[dtype]).tobytes()
    text = base64.b64encode(zlib.compress(raw) if packing == ZLIB else raw).decode()
    return f"<binaryDataArray>{term(dtype)}{term(packing)}{term(kind)}<binary>{text}</binary></binaryDataArray>"


def isolate(
    target: float | None = 179.035,
    half: float | None = 0.6,
    selected: Sequence[float] = (),
    level: int | None = None,
    energy: str = "",
    ref: str = "",
) -> str:
    """Return a precursor."""
    window = term("MS:1000827", target) if target is not None else ""
    window += term("MS:1000828", half) + term("MS:1000829", half) if half is not None else ""
    window += f'<userParam name="ms level" value="{level}"/>' if level is not None else ""
    ions = "".join(f"<selectedIon>{term('MS:1000744', mz)}</selectedIon>" for mz in selected)
    head = f'<precursor spectrumRef="{ref}">' if ref else "<precursor>"
    return (
        f"{head}<isolationWindow>{window}</isolationWindow><selectedIonList>{ions}</selectedIonList>"
        f"<activation>{energy}</activation></precursor>"
    )


def spectrum(*precursors: str, terms: str = term("MS:1000511", 2) + term(NEGATIVE), name: str = "s", arrays: str = "",
             length: int = 3) -> str:  # fmt: skip
    arrays = arrays or array("MS:1000514", MZ) + array("MS:1000515", INTENSITY)
    listed = f"<precursorList>{''.join(precursors)}</precursorList>" if precursors else ""
    return (
        f'<spectrum id="{name}" defaultArrayLength="{length}">{terms}{listed}'
        f"<binaryDataArrayList>{arrays}</binaryDataArrayList></spectrum>"
    )


def read(*spectra: str, groups: str = "") -> list[RecordRow[MassSpectrum]]:
    listed = f"<referenceableParamGroupList>{groups}</referenceableParamGroupList>" if groups else ""
    run = f"<run><spectrumList>{''.join(spectra)}</spectrumList></run>"
    text = f'<?xml version="1.0"?><mzML xmlns="http://psi.hupo.org/ms/mzml">{listed}{run}</mzML>'
    return list(read_mzml(io.BytesIO(text.encode())))


def read_one(*spectra: str, groups: str = "") -> tuple[MassSpectrum, tuple[str, ...]]:
    (row,) = read(*spectra, groups=groups)
    assert row.error is None
    assert row.record is not None
    return row.record, row.notes


def group(name: str, terms: str) -> str:
    return f'<referenceableParamGroup id="{name}">{terms}</referenceableParamGroup>'


GROUPS = (
    group("survey", term("MS:1000511", 1) + term(NEGATIVE))
    + group("tandem", term("MS:1000511", 2) + term(NEGATIVE))
    + group("window", term("MS:1000827", 179.035) + term("MS:1000828", 0.6) + term("MS:1000829", 0.6))
    + group("masses", term("MS:1000514") + term(FLOAT64) + term(PLAIN))
    + group("heights", term("MS:1000515") + term(FLOAT32) + term(ZLIB))
)


def refer(name: str) -> str:
    return f'<referenceableParamGroupRef ref="{name}"/>'


def test_parameter_groups_are_resolved_wherever_they_stand() -> None:
    masses = base64.b64encode(np.array(MZ).tobytes()).decode()
    heights = base64.b64encode(zlib.compress(np.array(INTENSITY, "<f4").tobytes())).decode()
    arrays = "".join(
        f"<binaryDataArray>{refer(name)}<binary>{text}</binary></binaryDataArray>"
        for name, text in (("masses", masses), ("heights", heights))
    )
    window = f"<precursor><isolationWindow>{refer('window')}</isolationWindow></precursor>"
    record, notes = read_one(
        spectrum(terms=refer("survey"), arrays=arrays, name="scan=1"),
        spectrum(window, terms=refer("tandem"), arrays=arrays, name="scan=2"),
        groups=GROUPS,
    )
    assert (record.title, record.precursor_mz, record.ion_mode, notes) == ("scan=2", 179.035, IonMode.NEGATIVE, ())
    np.testing.assert_allclose(record.mz, MZ)
    np.testing.assert_allclose(record.intensity, np.array(INTENSITY) / 1000)


def test_the_terms_of_an_element_come_before_those_of_its_group() -> None:
    own = term("MS:1000511", 2) + refer("survey")
    record, _ = read_one(spectrum(isolate(), terms=own), groups=GROUPS)
    assert record.ion_mode is IonMode.NEGATIVE


def test_polarity_may_stand_at_the_scan() -> None:
    terms = term("MS:1000511", 2) + f"<scanList><scan>{term(POSITIVE)}</scan></scanList>"
    assert read_one(spectrum(isolate(), terms=terms))[0].ion_mode is IonMode.POSITIVE


@pytest.mark.parametrize(
    ("precursor", "mz", "words"),
    [
        (isolate(selected=[179.0349]), 179.0349, ""),
        (isolate(selected=[]), 179.035, ""),
        (isolate(selected=[178.031]), 179.035, "outside of the isolation window"),
        (isolate(half=None, selected=[178.5]), 178.5, ""),
        (isolate(half=None, selected=[120.0]), 179.035, "outside of the isolation window"),
        (isolate(target=None, half=None, selected=[181.0495]), 181.0495, ""),
        (isolate(selected=[179.0349, 179.035]), 179.0349, ""),
        (isolate(selected=[178.9, 179.3]), None, "2 ions were selected in one window"),
        (isolate(selected=[179.0349, 400.0]), 179.0349, ""),
        (isolate(half=12.5, selected=[179.035]), None, "25 Da around m/z 179.035 were isolated"),
        (isolate(target=None, half=None), None, "has no m/z"),
    ],
)  # fmt: skip
def test_the_ion_is_within_what_was_isolated(precursor: str, mz: float | None, words: str) -> None:
    record, notes = read_one(spectrum(precursor))
    assert record.precursor_mz == mz
    assert len(notes) == bool(words)
    assert all(words in note for note in notes)


THIRD = term("MS:1000511", 3) + term(POSITIVE)


@pytest.mark.parametrize(
    ("precursors", "terms", "mz", "words"),
    [
        ((isolate(163.039, level=2), isolate(181.0495, level=1)), THIRD, 163.039, "broken last is taken"),
        ((isolate(181.0495, level=1), isolate(163.039, level=2)), THIRD, 163.039, "broken last is taken"),
        ((isolate(181.0495, ref="one"), isolate(163.039, ref="two")), THIRD, 163.039, "broken last is taken"),
        ((isolate(181.0495), isolate(163.039)), THIRD, None, "none is taken"),
        ((isolate(163.039, level=2), isolate(121.028, level=2)), THIRD, None, "none is taken"),
        ((isolate(181.0495), isolate(300.1)), term("MS:1000511", 2), None, "none is taken"),
        ((isolate(181.0495), isolate(181.0495)), term("MS:1000511", 2), 181.0495, ""),
        ((), term("MS:1000511", 2), None, "names no precursor"),
    ],
)
def test_of_several_precursors_the_last_is_taken_where_it_is_known(
    precursors: tuple[str, ...], terms: str, mz: float | None, words: str
) -> None:
    first = spectrum(terms=term("MS:1000511", 1), name="one")
    second = spectrum(isolate(181.0495), terms=term("MS:1000511", 2), name="two")
    row = read(first, second, spectrum(*precursors, terms=terms))[-1]
    assert row.record is not None
    assert row.record.precursor_mz == mz
    assert len(row.notes) == bool(words)
    assert all(words in note for note in row.notes)


@pytest.mark.parametrize(
    ("terms", "precursors", "count"),
    [
        (term("MS:1000511", 1), (), 0), (term("MS:1000579"), (), 0), (term("MS:1000580"), (isolate(),), 1),
        ("", (isolate(),), 1),
    ],
)  # fmt: skip
def test_levels(terms: str, precursors: tuple[str, ...], count: int) -> None:
    assert len(read(spectrum(*precursors, terms=terms))) == count


@pytest.mark.parametrize(("terms"), ["", term("MS:1000511", "two"), term("MS:1000511", 0)])
def test_a_spectrum_without_a_level_is_not_taken_for_tandem(terms: str) -> None:
    (row,) = read(spectrum(terms=terms))
    assert "no MS level" in (row.error or "")


@pytest.mark.parametrize("packing", [ZLIB, PLAIN])
@pytest.mark.parametrize("dtype", [FLOAT64, FLOAT32])
@pytest.mark.parametrize("heights", [FLOAT64, FLOAT32, INT32, INT64])
def test_kinds_of_arrays(packing: str, dtype: str, heights: str) -> None:
    arrays = array("MS:1000514", MZ, dtype, packing) + array("MS:1000515", INTENSITY, heights, packing)
    record, _ = read_one(spectrum(isolate(), arrays=arrays))
    np.testing.assert_allclose(record.mz, MZ, rtol=1e-7 if dtype == FLOAT64 else 1e-6)
    np.testing.assert_allclose(record.intensity, [0.01, 1.0, 0.003], rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "length", "words"),
    [
        (array("MS:1000514", MZ, packing=NUMPRESS) + array("MS:1000515", INTENSITY), 3, "Numpress"),
        (array("MS:1000514", MZ, packing="MS:1003780") + array("MS:1000515", INTENSITY), 3, "other than zlib"),
        (array("MS:1000514", MZ) + array("MS:1000515", INTENSITY[:2]), 3, "different length"),
        (array("MS:1000514", MZ), 3, "missing"),
        (array("MS:1000617", MZ) + array("MS:1000515", INTENSITY), 3, "missing"),  # a wavelength array
        ("", 4, "4 values are announced, 3 are there"),
    ],
)
def test_arrays_that_are_not_read_are_named(arrays: str, length: int, words: str) -> None:
    (row,) = read(spectrum(isolate(), arrays=arrays, length=length))
    assert words in (row.error or "")


def test_other_encodings_than_utf_8_are_refused() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><mzML><run/></mzML>'
    with pytest.raises(InvalidFileError, match="not in UTF-8"):
        list(read_mzml(io.BytesIO(text.encode("utf-16"))))


EV, NCE = EnergyUnit.EV, EnergyUnit.NCE
FILTER = term("MS:1000512", "FTMS + p ESI d Full ms2 181.0495@hcd30.00 [50.0000-200.0000]")


@pytest.mark.parametrize(
    ("energy", "scan", "expected"),
    [
        (term("MS:1000045", "30.0"), "", CollisionEnergy(30, EV)),
        (term("MS:1000138", "30.0"), "", CollisionEnergy(30, NCE)),
        (term("MS:1000045", "30.0"), FILTER, CollisionEnergy(30, NCE)),  # Orbitraps count in per cent
        (term("MS:1000045", "12.5"), FILTER, CollisionEnergy(12.5, EV)),
        (term("MS:1000045", "20") + term("MS:1000045", "40"), "", None),
        (term("MS:1000045", "high"), "", None),
        ("", "", None),
    ],
)
def test_collision_energies(energy: str, scan: str, expected: CollisionEnergy | None) -> None:
    terms = term("MS:1000511", 2) + f"<scanList><scan>{scan}</scan></scanList>"
    assert read_one(spectrum(isolate(energy=energy), terms=terms))[0].collision_energy == expected


def test_profiles_and_both_polarities_are_said() -> None:
    _, notes = read_one(spectrum(isolate(), terms=term("MS:1000511", 2) + term("MS:1000128")))
    assert "profile" in notes[0]
    (row,) = read(spectrum(isolate(), terms=term("MS:1000511", 2) + term(POSITIVE) + term(NEGATIVE)))
    assert "both polarities" in (row.error or "")


def test_a_group_that_is_not_there_is_a_bad_row() -> None:
    broken = spectrum(isolate(selected=[179.035]), terms=refer("nowhere"))
    rows = read(broken, spectrum(isolate(selected=[179.035])))
    assert "'nowhere', which is not there" in (rows[0].error or "") and rows[1].error is None


def test_charges_are_said() -> None:
    for charge, count in ((2, 1), (1, 0)):
        ion = isolate(selected=[179.035]).replace("</selectedIon>", f"{term('MS:1000041', charge)}</selectedIon>")
        _, notes = read_one(spectrum(ion))
        assert len(notes) == count and all("carries 2 charges" in note for note in notes)


@pytest.mark.parametrize(
    ("accession", "words"), [("MS:1000341", "precursor ion scan"), ("MS:1000326", "neutral loss scan")]
)
def test_scans_for_precursors_and_losses_are_refused(accession: str, words: str) -> None:
    (row,) = read(spectrum(isolate(selected=[179.035]), terms=term("MS:1000511", 2) + term(accession)))
    assert words in (row.error or "")
