"""Names: the shipped dictionaries, OPSIN, and what happens without Java."""

from __future__ import annotations

import csv
import gzip
import shutil
from importlib.resources import files

import pytest

from anymol.chem import names
from anymol.chem.composition import measure_composition
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.keys import inchikey, inchikey_block
from anymol.chem.names import (
    find_name,
    is_cas_number,
    is_opsin_available,
    normalize_name,
    parse_systematic_name,
    suggest_names,
)
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import MissingDependencyError, TimeLimitError, UnknownNameError

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")

PUBLISHED_KEYS = {
    "aspirin": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
    "caffeine": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
    "ibuprofen": "HEFNNWSXXWATRW-UHFFFAOYSA-N",
    "paracetamol": "RZVAJINKPMORJF-UHFFFAOYSA-N",
    "penicillin G": "JGSARLDLIJGVTE-MBNYWOFBSA-N",
    "amoxicillin": "LSQZJLSUYDQPKJ-NJBDSQKTSA-N",
    "ampicillin": "AVKUERGKIZMTKX-NJBDSQKTSA-N",
    "morphine": "BQJCRHHNABKAKU-KBQPJGBKSA-N",
    "codeine": "OROGSEYTTFOCAN-DNJOTXNNSA-N",
    "quinine": "LOUPRKONTZGTKE-WZBLMQSHSA-N",
    "cholesterol": "HVYWMOMLDIMFJA-DPAQBDIFSA-N",
    "testosterone": "MUMGGOZAMZWBJJ-DYKIIFRCSA-N",
    "progesterone": "RJKFOVLPORLFTN-LEKSSAKUSA-N",
    "estradiol": "VOXZDWNPVJITMN-ZBRFXRBCSA-N",
    "cortisone": "MFYSYFVPBJMHGN-ZPOLXVRWSA-N",
    "hydrocortisone": "JYGXADMDTFJGBT-VWUMJDOOSA-N",
    "glucose": "WQZGKKKJIJFFOK-GASJEMHNSA-N",
    "fructose": "BJHIKXHVCXFQLS-UYFOZJQFSA-N",
    "sucrose": "CZMRCDWAGMRECN-UGDNZRGBSA-N",
    "ascorbic acid": "CIWBSHSKHKDKBQ-JLAZNSOCSA-N",
    "menthol": "NOOLISFMXDJSKH-KXUCPTDWSA-N",
    "naproxen": "CMWTZPSULFXXJA-VIFPVBQESA-N",
    "adrenaline": "UCTWMZQNUQWSLP-VIFPVBQESA-N",
    "nicotine": "SNICXCGAKADSCV-JTQLQIEISA-N",
    "methotrexate": "FBOZXECLQNJBKD-ZDUSSCGKSA-N",
    "sertraline": "VGKDLMBJGBXTGI-SJCJKPOMSA-N",
    "chloramphenicol": "WIIZWVCIJKGZOK-RKDXNWHRSA-N",
    "oseltamivir": "VSZGPKBBMSAYNT-RRFJBIMHSA-N",
    "zidovudine": "HBOMLICNUCNMMY-XLPZGREQSA-N",
    "aspartame": "IAOZJIPTCAWIRG-QWRGUYRKSA-N",
    "tamoxifen": "NKANXQFJJICGDU-QPLCGJKRSA-N",
    "resveratrol": "LUKBXSAWLPMMSZ-OWOJBTEDSA-N",
    "curcumin": "VFLDPWHFBUODDF-FCXRPNKRSA-N",
    "capsaicin": "YKPUWZUDDOIDPM-SOFGYWHQSA-N",
    "oleic acid": "ZQPPMHVWECSIRJ-KTKRTIGZSA-N",
    "linoleic acid": "OYHQOLUKZRVURQ-HZJYTTRNSA-N",
    "L-lactic acid": "JVTAAEKCZFNVCJ-REOHCLBHSA-N",
    "L-alanine": "QNAYBMKLOCPYGJ-REOHCLBHSA-N",
    "L-cysteine": "XUJNEKJLAYXESH-REOHCLBHSA-N",
    "L-tryptophan": "QIVBCDIJIAJPQS-VIFPVBQESA-N",
    "L-proline": "ONIBWKKTOPOVIA-BYPYZUCNSA-N",
    "L-lysine": "KDXKERNSBIXSRK-YFKPBYRVSA-N",
    "L-glutamic acid": "WHUUTDBJXJRKMK-VKHMYHEASA-N",
    "diazepam": "AAOVKJBEBIDNHE-UHFFFAOYSA-N",
    "warfarin": "PJVWKTKQMONHTI-UHFFFAOYSA-N",
    "imatinib": "KTUFNOKKBVMGRW-UHFFFAOYSA-N",
    "sildenafil": "BNRNXUUZRGQAQC-UHFFFAOYSA-N",
    "omeprazole": "SUBDBMMJDZJVOS-UHFFFAOYSA-N",
}
"""InChIKeys as published, for names whose stereochemistry is easily got wrong."""


def read_everyday() -> list[dict[str, str]]:
    with files("anymol.chem").joinpath(names.EVERYDAY_FILE).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_everyday_structures_have_the_stated_formula() -> None:
    rows = read_everyday()
    assert len(rows) > 200
    for row in rows:
        assert compute_descriptor("formula", parse_smiles(row["smiles"])).text == row["formula"], row["name"]
        assert canonicalize_smiles(row["smiles"]) == row["smiles"], row["name"]


def test_everyday_names_are_unique() -> None:
    spelled = [name for row in read_everyday() for name in (row["name"], *row["synonyms"].split("; ")) if name]
    assert len(spelled) == len({normalize_name(name) for name in spelled})


@pytest.mark.parametrize(("name", "key"), PUBLISHED_KEYS.items())
def test_published_inchikeys(name: str, key: str) -> None:
    hit = find_name(name)
    assert hit is not None
    assert inchikey(hit.smiles) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acetaminophen", "paracetamol"), ("ASPIRIN", "acetyl salicylic acid"), ("β-carotene", "beta-carotene"),
        ("DMF", "N,N‐Dimethylformamide"), ("vitamin C", "ascorbic acid"), ("Hünig's base", "DIPEA"),
    ],
)  # fmt: skip
def test_spellings(one: str, other: str) -> None:
    first, second = find_name(one), find_name(other)
    assert first is not None
    assert second is not None
    assert first.smiles == second.smiles


@pytest.mark.parametrize("name", ["", "x", "no such thing", "\x00", "a" * 100_000])
def test_unknown_names(name: str) -> None:
    assert find_name(name) is None


def test_suggestions() -> None:
    assert suggest_names("ibuprofin")[0] == "ibuprofen"
    assert suggest_names("qqqqqqqqqq") == []


def test_common_dictionary_is_small_licensed_and_readable() -> None:
    packed = files("anymol.chem").joinpath(names.COMMON_FILE).read_bytes()
    assert len(packed) < 1_000_000
    lines = gzip.decompress(packed).decode().splitlines()
    heads = [line for line in lines if line.startswith("#")]
    sources = {line[2:].split(":")[0] for line in heads}
    entries = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(entries) > 10_000
    assert {source for _, _, source, *_ in entries} <= sources
    for _, smiles, _, formula, mass, skeleton in entries[::200]:
        made_of = measure_composition(smiles)
        stored = (skeleton or smiles, formula, float(mass)) if formula else None
        assert stored == (made_of and (made_of.skeleton, made_of.formula, pytest.approx(made_of.mass, abs=1e-5)))


@pytest.mark.parametrize("name", ["(2S)-2-aminopropanoic acid", "trans-2-butene", "3-methylhexane"])
def test_a_structure_that_contradicts_its_name_is_left_out(name: str) -> None:
    # Tables of measurements hold them flat, mirrored, or with stereochemistry that the name does not spell.
    assert find_name(name) is None


def test_common_dictionary_holds_no_evaluated_name(data_dir) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(data_dir / "names.parquet", columns=["name", "smiles", "split"]).to_pylist()
    held = [row for row in rows if row["split"] != "train"]
    held_names = {normalize_name(row["name"]) for row in held}
    held_smiles = {row["smiles"] for row in held}
    held_blocks = {inchikey_block(row["smiles"]) for row in held[::20] if "*" not in row["smiles"]}
    packed = files("anymol.chem").joinpath(names.COMMON_FILE).read_bytes()
    entries = [line.split("\t") for line in gzip.decompress(packed).decode().splitlines() if not line.startswith("#")]
    assert not {normalize_name(name) for name, *_ in entries} & held_names
    assert not {smiles for _, smiles, *_ in entries} & held_smiles
    assert not {inchikey_block(smiles) for _, smiles, *_ in entries[::20]} & held_blocks


@needs_opsin
def test_opsin_reads_systematic_names() -> None:
    assert canonicalize_smiles(parse_systematic_name("2-acetyloxybenzoic acid")) == "CC(=O)Oc1ccccc1C(=O)O"


@needs_opsin
@pytest.mark.parametrize("name", ["aspirinium nonsensate", "2-\n-ol", "-jar", "", "a" * 2_000])
def test_opsin_refuses(name: str) -> None:
    with pytest.raises(UnknownNameError):
        parse_systematic_name(name)


@needs_opsin
def test_opsin_is_stopped() -> None:
    with pytest.raises(TimeLimitError, match="stopped after"):
        parse_systematic_name("2-methylpropan-1-ol", seconds=0.01)


def test_without_java_the_sentence_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda command: None)
    assert not is_opsin_available()
    with pytest.raises(MissingDependencyError, match="Java runtime"):
        parse_systematic_name("2-methylpropan-1-ol")


@pytest.mark.parametrize("text", ["50-78-2", "58-08-2", "CAS 64-17-5", "CAS RN: 7732-18-5"])
def test_cas_numbers(text: str) -> None:
    assert is_cas_number(text)


@pytest.mark.parametrize("text", ["50-78-3", "1-2-3", "CAS", "2-4-1"])
def test_no_cas_numbers(text: str) -> None:
    assert not is_cas_number(text)
