"""Names: the shipped dictionaries, how they are looked up, and how every entry is checked."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from anymol.chem import names
from anymol.chem.composition import measure_composition
from anymol.chem.descriptors import compute_descriptor
from anymol.chem.keys import inchikey, inchikey_block
from anymol.chem.name_reading import read_name
from anymol.chem.names import (
    find_disputed,
    find_joined_name,
    find_name,
    find_names_of,
    is_cas_number,
    is_curated,
    list_compositions,
    list_named,
    normalize_name,
    suggest_names,
)
from anymol.chem.opsin import is_opsin_available
from anymol.chem.parsing import canonicalize_smiles, parse_smiles

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")
SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"

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


def read_lines(file: str) -> list[list[str]]:
    packed = files("anymol.chem").joinpath(file).read_bytes()
    assert len(packed) < 1_000_000
    return [line.split("\t") for line in gzip.decompress(packed).decode().splitlines()]


def load_script(name: str) -> ModuleType:
    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))  # scripts import each other by name
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# ---------------------------------------------------------------------------------------------------- the curated list


def test_curated_structures_have_the_formula_that_is_stored() -> None:
    rows = read_lines(names.CURATED_FILE)
    assert len(rows) > 2_500
    for _, smiles, _, formula, mass, skeleton, _, _ in rows[::7]:
        assert compute_descriptor("formula", parse_smiles(smiles)).text == formula, smiles
        assert canonicalize_smiles(smiles) == smiles
        made_of = measure_composition(smiles)
        stored = (skeleton or smiles, pytest.approx(float(mass), abs=1e-5)) if mass else None
        assert stored == (made_of and (made_of.skeleton, made_of.mass))


def test_something_vouches_for_every_curated_structure() -> None:
    for spelled, *_, checked in read_lines(names.CURATED_FILE):
        assert checked, spelled


def test_a_curated_name_has_one_usual_meaning() -> None:
    spelled = Counter(
        name for row in read_lines(names.CURATED_FILE) for name in row[0].split("; ") if not name.startswith("~")
    )
    assert [name for name, count in spelled.items() if count > 1] == []


def test_the_curated_list_states_sources_and_kinds() -> None:
    rows = read_lines(names.CURATED_FILE)
    known = {"anymol", "chebi", "toxcast_dsstox", "aqsoldb", "massbank", "ord_uspto", "esol", "freesolv"}
    assert {source for _, _, source, *_ in rows} <= known
    kinds = Counter(kind for *_, kind, _ in rows)
    assert kinds["reagent"] > 300 and kinds["drug"] > 400 and kinds["element"] > 60 and kinds["amino acid"] > 25


@pytest.mark.parametrize(("name", "key"), PUBLISHED_KEYS.items())
def test_published_inchikeys(name: str, key: str) -> None:
    hit = find_name(name)
    assert hit is not None
    assert inchikey(hit.smiles) == key


# ---------------------------------------------------------------------------------------------------------- looking up


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acetaminophen", "paracetamol"), ("β-carotene", "beta-carotene"), ("thf", "THF"), ("H₂O", "water"),
        ("DMF", "N,N‐Dimethylformamide"), ("vitamin C", "ascorbic acid"), ("Hünig's base", "DIPEA"),
        ("BF3•OEt2", "BF3·OEt2"), ("t-BuLi", "tert-butyllithium"),
    ],
)  # fmt: skip
def test_spellings(one: str, other: str) -> None:
    first, second = find_name(one), find_name(other)
    assert first is not None
    assert second is not None
    assert first.smiles == second.smiles


@pytest.mark.parametrize(
    ("name", "smiles"),
    [("CO", "[C-]#[O+]"), ("Co", "[Co]"), ("HF", "F"), ("Hf", "[Hf]"), ("NO", "[N]=O"), ("COCl2", "O=C(Cl)Cl")],
)
def test_capitals_tell_formulas_apart(name: str, smiles: str) -> None:
    hit = find_name(name)
    assert hit is not None
    assert hit.smiles == smiles


@pytest.mark.parametrize("name", ["", "x", "co", "can", "tea", "no", "no such thing", "\x00", "a" * 100_000])
def test_unknown_names_and_words(name: str) -> None:
    assert find_name(name) is None


def test_an_abbreviation_of_several_compounds_names_them_all() -> None:
    hit = find_name("TEA")
    assert hit is not None
    assert hit.smiles == "CCN(CC)CC"
    assert [other.smiles for other in hit.others] == ["OCCN(CCO)CCO"]


def test_words_are_joined_only_when_asked() -> None:
    assert find_name("benzo phenone") is None
    joined = find_joined_name("benzo phenone")
    assert joined is not None
    assert joined.name == "benzophenone"
    assert find_joined_name("can") is None


def test_names_of_a_structure() -> None:
    assert find_names_of("CC(=O)Oc1ccccc1C(=O)O")[:2] == ("aspirin", "acetylsalicylic acid")
    assert find_names_of("CCCCCCCCCCCCCCCCCCCCCCCCCN") == ()
    assert is_curated("CCO") and not is_curated("NBS")


def test_suggestions() -> None:
    assert suggest_names("ibuprofin")[0] == "ibuprofen"
    assert suggest_names("qqqqqqqqqq") == []


# ----------------------------------------------------------------------------------------------- the common dictionary


def test_common_dictionary_is_small_licensed_and_readable() -> None:
    lines = read_lines(names.COMMON_FILE)
    sources = {line[0][2:].split(":")[0] for line in lines if line[0].startswith("#")}
    entries = [line for line in lines if len(line) == 6]
    assert len(entries) > 10_000
    assert {source for _, _, source, *_ in entries} <= sources
    for _, smiles, _, formula, mass, skeleton in entries[::200]:
        made_of = measure_composition(smiles)
        stored = (skeleton or smiles, formula, float(mass)) if formula else None
        assert stored == (made_of and (made_of.skeleton, made_of.formula, pytest.approx(made_of.mass, abs=1e-5)))


def test_each_compound_is_searched_by_mass_once_per_name() -> None:
    found = [hit.name for hit, _ in list_compositions()]
    assert "aspirin" in found and "acetylsalicylic acid" not in found


@pytest.mark.parametrize(
    "name",
    ["(2S)-2-aminopropanoic acid", "trans-2-butene", "3-methylhexane", "(+)-Cinchonine", "Caroverine hydrochloride"],
)
def test_a_structure_that_contradicts_its_name_is_left_out(name: str) -> None:
    # Sources hold them flat, mirrored, without a counter-part, or with stereochemistry that the name does not spell.
    assert find_name(name) is None


def test_a_name_that_opsin_reads_otherwise_is_in_dispute() -> None:
    assert find_name("3,6-Diacetylmorphine") is None
    disputed = find_disputed("3,6-Diacetylmorphine")
    assert disputed is not None
    assert inchikey(disputed.smiles) == "GVGLGOZIDCSQPN-PVHGPHFFSA-N"  # heroin


def test_common_dictionary_holds_no_evaluated_name(data_dir) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(data_dir / "names.parquet", columns=["name", "smiles", "split"]).to_pylist()
    held = [row for row in rows if row["split"] != "train"]
    held_names = {normalize_name(row["name"]) for row in held}
    held_smiles = {row["smiles"] for row in held}
    held_blocks = {inchikey_block(row["smiles"]) for row in held[::20] if "*" not in row["smiles"]}
    entries = [line for line in read_lines(names.COMMON_FILE) if not line[0].startswith("#")]
    assert (
        not {normalize_name(name.removeprefix(names.DISPUTED).removeprefix(names.UNVOUCHED)) for name, *_ in entries}
        & held_names
    )
    assert not {smiles for _, smiles, *_ in entries} & held_smiles
    assert not {inchikey_block(smiles) for _, smiles, *_ in entries[::20]} & held_blocks


# ---------------------------------------------------------------------------------------------- every entry is checked


@pytest.mark.parametrize(
    ("name", "smiles", "missing"),
    [
        ("L-alanine", "CC(N)C(=O)O", "stereocentres"),
        ("L-alanine", "C[C@H](N)C(=O)O", None),
        ("(E)-stilbene", "C(=Cc1ccccc1)c1ccccc1", "cis or trans"),
        ("(1R,2S)-ephedrine", "CNC(C)C(O)c1ccccc1", "stereocentres"),
        ("ephedrine hydrochloride", "CN[C@@H](C)[C@H](O)c1ccccc1", "a counter-part: hydrochloride"),
        ("ephedrine hydrochloride", "CN[C@@H](C)[C@H](O)c1ccccc1.Cl", None),
        ("theophylline monohydrate", "Cn1c(=O)c2[nH]cnc2n(C)c1=O", "a counter-part: hydrate"),
        ("chloral hydrate", "OC(O)C(Cl)(Cl)Cl", None),
        ("dimethyl sulfate", "COS(=O)(=O)OC", None),
        ("benzene", "c1ccccc1", None),
    ],
)
def test_what_a_name_spells_its_structure_must_have(name: str, smiles: str, missing: str | None) -> None:
    assert load_script("check_names").find_missing_words(name, smiles) == missing


@pytest.mark.parametrize(
    ("name", "written", "usual"),
    [
        ("L-alanyl-L-alanine", "C[C@H](N)C(O)=N[C@@H](C)C(=O)O", "C[C@H](N)C(=O)N[C@@H](C)C(=O)O"),
        ("Isoquinolone", "Oc1nccc2ccccc12", "O=c1[nH]ccc2ccccc12"),
        ("didanosine", "OC[C@@H]1CC[C@H](n2cnc3c(O)ncnc32)O1", "O=c1[nH]cnc2c1ncn2[C@H]1CC[C@@H](CO)O1"),
        ("2-hydroxyquinoline", "Oc1ccc2ccccc2n1", None),
        ("acetimidic acid", "CC(=N)O", None),
        ("phenol", "Oc1ccccc1", None),
    ],
)
def test_the_tautomer_that_a_name_means(name: str, written: str, usual: str | None) -> None:
    script = load_script("usual_tautomers")
    written, expected = canonicalize_smiles(written), canonicalize_smiles(usual or written)
    assert script.write_named_tautomer(name, written) == expected


def test_what_only_a_table_of_measurements_has_is_found_and_not_listed() -> None:
    hit = find_name("gentisin")  # whose rings ESOL draws without aromatic bonds
    assert hit is not None
    assert not hit.is_vouched
    assert hit.smiles not in {named.smiles for named in list_named()}
    assert find_name("aspirin").is_vouched
    assert "nothing vouches" in " ".join(read_name("gentisin").doubts)


@needs_opsin
@pytest.mark.slow
def test_every_entry_is_what_its_words_and_opsin_say() -> None:
    check = load_script("check_names")
    entries = [(hit.name, hit.smiles) for hit in list_named()]
    assert len(entries) > 15_000
    assert list(check.find_faults(entries, check.read_exceptions())) == []


@pytest.mark.parametrize("text", ["50-78-2", "58-08-2", "CAS 64-17-5", "CAS RN: 7732-18-5"])
def test_cas_numbers(text: str) -> None:
    assert is_cas_number(text)


@pytest.mark.parametrize("text", ["50-78-3", "1-2-3", "CAS", "2-4-1"])
def test_no_cas_numbers(text: str) -> None:
    assert not is_cas_number(text)
