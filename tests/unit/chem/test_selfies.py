"""SELFIES and back, with every change reported."""

from __future__ import annotations

import contextlib
import random

import pytest
import selfies as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from anymol.chem.notation import split_selfies_symbols
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.chem.selfies import CONSTRAINTS, decode_selfies, encode_selfies, is_selfies_form, read_selfies
from anymol.chem.variants import randomize_smiles
from anymol.errors import InvalidSelfiesError, InvalidSmilesError

ALPHABET = split_selfies_symbols(
    "[C][=C][#C][N][=N][#N][O][=O][F][Cl][Br][I][=I][#I][S][=S][P][#P][B][=B][C@@H1][NH1][=N+1]"
    "[O-1][S+1][Si][=Si][Se][As][Sn][#Sn][B-1][#B-1][Cl+3][I+1][Li][Na+1][Fe+2][=Pt][2H][13C][SiH2]"
    "[Branch1][=Branch1][#Branch2][Ring1][=Ring1][Ring2][nop]."
)


@pytest.mark.parametrize(
    "smiles",
    [
        "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "C[C@H](N)C(=O)O", "F/C=C/F", "[Na+].[Cl-]",
        "C[N+](C)(C)CC(=O)[O-]", "OCl(=O)(=O)=O", "CN(=O)=O", "c1ccc2c(c1)[nH]c1ccccc12", "[13CH4]", "[2H]OC",
        "FS(F)(F)(F)(F)F", "C[Si](C)(C)C", "[Fe+2]", "O=I(=O)c1ccccc1C(=O)O",
    ],
)  # fmt: skip
def test_round_trip_keeps_the_molecule(smiles: str) -> None:
    encoding = encode_selfies(smiles)
    assert not encoding.changed
    assert canonicalize_smiles(decode_selfies(encoding.selfies)) == canonicalize_smiles(smiles)


def test_randomised_writings_survive_too() -> None:
    generator = random.Random(0)
    for smiles in ("C[C@H]1CC[C@@H](C(C)C)[C@H](O)C1", "CC1(C)S[C@@H]2[C@H](N)C(=O)N2[C@H]1C(=O)O", "C/C=C/C=C\\C"):
        for _ in range(20):
            assert not encode_selfies(randomize_smiles(smiles, generator)).changed


@pytest.mark.parametrize("smiles", ["*C", "C$C"])
def test_inexpressible_molecules_are_refused_with_a_reason(smiles: str) -> None:
    with pytest.raises(InvalidSelfiesError, match="SELFIES cannot express"):
        encode_selfies(smiles)


def test_broken_smiles_is_a_smiles_error(known_molecules) -> None:
    with pytest.raises(InvalidSmilesError, match="valence"):
        encode_selfies(known_molecules["broken"])


def test_neutral_writing_of_a_charged_group_is_rewritten() -> None:
    encoding = encode_selfies("OCl(=O)(=O)=O")
    assert encoding.note == "kekulised before encoding"
    assert encoding.selfies.count("Cl+3") == 1


def test_atom_maps_are_retried_without() -> None:
    encoding = encode_selfies("[CH3:1][OH:2]")
    assert canonicalize_smiles(encoding.decoded_smiles) == "CO"


@pytest.mark.parametrize(
    ("selfies", "smiles", "repaired"),
    [
        ("[C][=O]", "C=O", False),
        ("[C][=F]", "CF", True),  # bond order lowered
        ("[F][C][F][C]", "FCF", True),  # symbol dropped
        ("[C][nop][O]", "CO", False),
        ("[C][Ring1]", "C", True),
    ],
)
def test_repairs_are_reported(selfies: str, smiles: str, repaired: bool) -> None:
    decoding = read_selfies(selfies)
    assert (decoding.smiles, decoding.repaired) == (smiles, repaired)


@pytest.mark.parametrize("selfies", ["", "  ", "CCO", "[C", "[]", "[C][Q]", "[nop]", "[C]x", "[C]" * 20_000])
def test_wrong_selfies_raise(selfies: str) -> None:
    with pytest.raises(InvalidSelfiesError):
        decode_selfies(selfies)


def test_form() -> None:
    assert is_selfies_form("[C][O].[Na+1]")
    assert not is_selfies_form("C[O]")
    assert not is_selfies_form("")


def test_constraints_hold_after_another_caller_changed_them() -> None:
    sf.set_semantic_constraints("octet_rule")
    assert not encode_selfies("OCl(=O)(=O)=O").changed
    assert sf.get_semantic_constraints() == CONSTRAINTS


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=25))
def test_any_symbols_decode_to_a_valid_molecule_or_a_reason(symbols: list[str]) -> None:
    try:
        smiles = decode_selfies("".join(symbols))
    except InvalidSelfiesError:
        return
    parse_smiles(smiles)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="[]CNO=#.Ring1Branch+-@ ", max_size=40))
def test_any_text_decodes_or_raises(text: str) -> None:
    with contextlib.suppress(InvalidSelfiesError):
        read_selfies(text)
