"""SMILES to SELFIES and back, saying when the journey changed the molecule.

SELFIES repairs silently: a decoder lowers bond orders and drops symbols until every valence fits. What it changed is
reported here, so that it can be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import selfies as sf
from rdkit import Chem, rdBase

from anymol.chem.notation import split_selfies_symbols
from anymol.chem.parsing import MAX_LENGTH, parse_smiles, try_parse_smiles, write_canonical
from anymol.errors import InvalidSelfiesError, InvalidSmilesError

_RDKIT_LIMITS: Final[dict[int, str]] = {
    0: "B+3 O-2 F-1 Al+3 Cl-1 Br-1",
    1: "N-2 I-2",
    2: "H-1 C-2 C+2 N+3 F+1",
    3: "B-2 N+2 O+3 F+2 Al Si+1 P-2 P+2 S+3 Ga Ge+1 As-2 As+2 Se+3 In Sn+1 Sb+2 Te+3",
    4: "O+2 F+3 Al-1 Si S-2 S+2 Cl+3 Ga-1 Ge As+1 Se-2 Se+2 Br+3 In-1 Sn Sb+1 Te+2 I+3 Pb Bi+1",
    5: "Al-2 Si-1 Cl+2 Ga-2 Ge-1 As Se-1 Se+1 Br+2 In-2 Sn-1 Sb-2 Sb Te-1 Te+1 I I+2 Pb-1 Bi-2 Bi",
    6: "Si-2 Cl+1 Ge-2 As-1 Se Br+1 Sn-2 Sb-1 Te-2 Te I-1 I+1 Pb-2 Bi-1",
}
"""Most bonds that RDKit's valence model allows an atom, where that differs from the library's table."""

CONSTRAINTS: Final[dict[str, int]] = sf.get_preset_constraints("default") | {
    atom: bonds for bonds, atoms in _RDKIT_LIMITS.items() for atom in atoms.split()
}
"""Most bonds an atom may have: what is decoded under this table, RDKit accepts.

The library's own table lets silicon and tin have eight bonds and iodine one. Perchlorates and the like need no wider
table, for RDKit writes them with charges.
"""


@dataclass(frozen=True)
class SelfiesEncoding:
    """A molecule in SELFIES.

    Attributes:
        selfies: The SELFIES string.
        decoded_smiles: SMILES that decoding `selfies` gives, as the decoder writes it.
        changed: Whether that is another molecule than the one encoded.
        note: How the molecule had to be rewritten before the encoder took it; None where it was taken as written.
    """

    selfies: str
    decoded_smiles: str
    changed: bool
    note: str | None = None


@dataclass(frozen=True)
class SelfiesDecoding:
    """A molecule out of SELFIES.

    Attributes:
        smiles: The SMILES, as the decoder writes it.
        repaired: Whether the decoder dropped symbols or lowered bond orders to satisfy valences.
    """

    smiles: str
    repaired: bool


def encode_selfies(smiles: str) -> SelfiesEncoding:
    """Write a molecule in SELFIES, atoms in the order of `smiles`.

    The encoder refuses some valid SMILES; it is then given the kekulised form, and last the canonical one without atom
    maps, and `note` says so.

    Raises:
        InvalidSmilesError: `smiles` is invalid.
        InvalidSelfiesError: SELFIES cannot express the molecule (dummy atoms, dative bonds, too many bonds).

    >>> encode_selfies("C=O").selfies
    '[C][=O]'
    """
    text = smiles.strip()
    mol = parse_smiles(text)
    reason = ""
    for note, write in _REWRITES:
        try:
            selfies = _encode(write(text, mol))
            decoded = _decode(selfies)
        except (sf.EncoderError, sf.DecoderError, Chem.KekulizeException, RecursionError) as error:
            reason = reason or _reason(error)
            continue
        return SelfiesEncoding(selfies, decoded, _differs(decoded, mol), note)
    raise InvalidSelfiesError(
        f"SELFIES cannot express this molecule: {reason}", value=text, hint="use SMILES notation for it"
    )


def decode_selfies(selfies: str) -> str:
    """Return the SMILES that a SELFIES string stands for; see :func:`read_selfies` for what was repaired.

    Raises:
        InvalidSelfiesError: A symbol is unknown or the string is empty or too long.

    >>> decode_selfies("[C][=O]")
    'C=O'
    """
    return read_selfies(selfies).smiles


def read_selfies(selfies: str) -> SelfiesDecoding:
    """Decode a SELFIES string and say whether the decoder had to repair it.

    >>> read_selfies("[C][=F][C]")
    SelfiesDecoding(smiles='CF', repaired=True)

    Raises:
        InvalidSelfiesError: A symbol is unknown or the string is empty or too long.
    """
    text = "".join(selfies.split())
    _require_selfies_form(text)
    try:
        smiles = _decode(text)
    except (sf.DecoderError, RecursionError) as error:
        raise InvalidSelfiesError(f"the SELFIES does not decode: {_reason(error)}", value=text) from error
    if not smiles:
        raise InvalidSelfiesError("the SELFIES decodes to nothing", value=text, hint="begin with an atom, like [C]")
    try:
        repaired = _plain_symbols(_encode(smiles)) != _plain_symbols(text)
    except sf.EncoderError:
        repaired = True
    return SelfiesDecoding(smiles, repaired)


def is_selfies_form(text: str) -> bool:
    """Whether `text` consists of bracketed symbols only (and dots between molecules), as SELFIES do.

    >>> is_selfies_form("[C][=O]"), is_selfies_form("CC=O")
    (True, False)
    """
    symbols = split_selfies_symbols(text.strip())
    return bool(symbols) and all(symbol == "." or (symbol[0] == "[" and len(symbol) > 2) for symbol in symbols)


def _require_selfies_form(text: str) -> None:
    if not text:
        raise InvalidSelfiesError("the SELFIES is empty", hint="write one bracketed symbol per atom, like [C][C][O]")
    if len(text) > 4 * MAX_LENGTH:
        raise InvalidSelfiesError(f"the SELFIES is longer than {4 * MAX_LENGTH} characters", value=text)
    position = 0
    for symbol in split_selfies_symbols(text):
        if symbol != "." and (symbol[0] != "[" or len(symbol) < 3):
            raise InvalidSelfiesError(
                f"'{symbol}' at position {position} is not a SELFIES symbol",
                value=text,
                hint="every symbol stands in brackets, like [C] or [=O]",
            )
        position += len(symbol)


def _differs(decoded: str, mol: Chem.Mol) -> bool:
    result = try_parse_smiles(decoded)
    return isinstance(result, InvalidSmilesError) or write_canonical(result) != write_canonical(mol)


def _apply_constraints() -> None:
    """Set the valence table, which the library keeps globally and another caller may have changed."""
    if sf.get_semantic_constraints() != CONSTRAINTS:
        sf.set_semantic_constraints(CONSTRAINTS)


def _encode(smiles: str) -> str:
    _apply_constraints()
    selfies: str = sf.encoder(smiles)
    return selfies


def _decode(selfies: str) -> str:
    _apply_constraints()
    smiles: str = sf.decoder(selfies)
    return smiles


def _as_written(text: str, mol: Chem.Mol) -> str:
    return text


def _kekulized(text: str, mol: Chem.Mol) -> str:
    copy = Chem.Mol(mol)
    with rdBase.BlockLogs():
        Chem.Kekulize(copy, clearAromaticFlags=True)
    return Chem.MolToSmiles(copy, canonical=False, kekuleSmiles=True)


def _canonical_kekulized(text: str, mol: Chem.Mol) -> str:
    copy = Chem.Mol(mol)
    for atom in copy.GetAtoms():
        atom.SetAtomMapNum(0)
    with rdBase.BlockLogs():
        Chem.Kekulize(copy, clearAromaticFlags=True)
    return Chem.MolToSmiles(copy, kekuleSmiles=True)


_REWRITES = (
    (None, _as_written),
    ("kekulised before encoding", _kekulized),
    ("canonicalised and kekulised before encoding", _canonical_kekulized),
)


def _plain_symbols(selfies: str) -> list[str]:
    return [symbol for symbol in split_selfies_symbols(selfies) if symbol != "[nop]"]


def _reason(error: Exception) -> str:
    """Return the library's explanation as one clause."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines).rstrip(".") if lines else type(error).__name__
