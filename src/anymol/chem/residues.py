"""Amino acids and peptides in three letters: ``Fmoc-Lys(Boc)-OH``, ``H-Ala-OMe``, ``Ac-D-Phe-Pro-NH2``, ``Gly-Gly``."""

from __future__ import annotations

import re
from typing import Final

from anymol.chem.abbreviations import find_group
from anymol.chem.condensed import read_condensed_group
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidSmilesError

_MAX_RESIDUES: Final = 50

_RESIDUES: Final = {
    "Ala": "N{}[C@@H](C)C(=O)", "Gly": "N{}CC(=O)", "Val": "N{}[C@@H](C(C)C)C(=O)", "Leu": "N{}[C@@H](CC(C)C)C(=O)",
    "Ile": "N{}[C@@H]([C@@H](C)CC)C(=O)", "Pro": "N1{}CCC[C@H]1C(=O)", "Phe": "N{}[C@@H](Cc1ccccc1)C(=O)",
    "Met": "N{}[C@@H](CCSC)C(=O)", "Tyr": "N{}[C@@H](Cc1ccc(O{})cc1)C(=O)", "Trp": "N{}[C@@H](Cc1c[nH]c2ccccc12)C(=O)",
    "Ser": "N{}[C@@H](CO{})C(=O)", "Thr": "N{}[C@@H]([C@@H](C)O{})C(=O)", "Cys": "N{}[C@@H](CS{})C(=O)",
    "Lys": "N{}[C@@H](CCCCN{})C(=O)", "Orn": "N{}[C@@H](CCCN{})C(=O)", "Arg": "N{}[C@@H](CCCNC(=N)N{})C(=O)",
    "His": "N{}[C@@H](Cc1c[nH]cn1)C(=O)", "Asp": "N{}[C@@H](CC(=O)O{})C(=O)", "Glu": "N{}[C@@H](CCC(=O)O{})C(=O)",
    "Asn": "N{}[C@@H](CC(=O)N{})C(=O)", "Gln": "N{}[C@@H](CCC(=O)N{})C(=O)", "Aib": "N{}C(C)(C)C(=O)",
    "Nle": "N{}[C@@H](CCCC)C(=O)", "Nva": "N{}[C@@H](CCC)C(=O)", "Phg": "N{}[C@@H](c1ccccc1)C(=O)",
    "Sar": "N{}(C)CC(=O)", "βAla": "N{}CCC(=O)", "bAla": "N{}CCC(=O)",
}  # fmt: skip
"""L-residues as SMILES from N to C; the braces take a group on the nitrogen, and one on the side chain."""
_PROTECTED: Final = {
    "Trp": "N{}[C@@H](Cc1cn({})c2ccccc12)C(=O)",
    "His": "N{}[C@@H](Cc1cn({})cn1)C(=O)",
}
"""Residues whose ring nitrogen bears the group."""
_ACIDS: Final = frozenset({"Asp", "Glu"})
_ENDS: Final = {
    "OH": "O", "NH2": "N", "ONp": "Oc1ccc([N+](=O)[O-])cc1", "OSu": "ON1C(=O)CCC1=O", "NHS": "ON1C(=O)CCC1=O",
    "OPfp": "Oc1c(F)c(F)c(F)c(F)c1F",
}  # fmt: skip
"""Ends of chains, active esters among them, whose labels mean other groups elsewhere."""
_SHORT: Final = {"Z": "Cbz", "Bzl": "Bn", "Tos": "Ts", "For": "CHO", "All": "Allyl"}
_TOKEN: Final = re.compile(r"(?:^|-)(?P<chirality>[DL]-)?(?P<name>[A-Za-zβ]+\d?)(?:\((?P<side>[A-Za-z\d-]+)\))?(?=-|$)")
_RING: Final = re.compile(r"\d")
_RING_OFFSET: Final = 40
"""Ring numbers of groups are raised by this, so that those of the residue around them are others."""


def read_peptide(text: str) -> str | None:
    """Return the canonical SMILES of a peptide or a protected amino acid; None where the text is neither.

    Residues without a letter are L. An end that is not written is free; then there are two residues at least, or the
    other end is written.

    >>> read_peptide("Boc-Gly-OH"), read_peptide("H-Ala-OMe"), read_peptide("Ala")
    ('CC(C)(C)OC(=O)NCC(=O)O', 'COC(=O)[C@H](C)N', None)
    """
    tokens = _split(text)
    if tokens is None:
        return None
    first = 0 if tokens[0]["name"] in _RESIDUES else 1
    last = len(tokens) if tokens[-1]["name"] in _RESIDUES else len(tokens) - 1
    residues = tokens[first:last]
    if not 1 <= len(residues) <= _MAX_RESIDUES or len(tokens) < 2:
        return None
    start = "" if first == 0 or tokens[0]["name"] == "H" else _find_branch(tokens[0]["name"])
    end = "O" if last == len(tokens) else _find_end(tokens[-1]["name"])
    if start is None or end is None:
        return None
    chain = ""
    for token in residues:
        residue = _write_residue(token, "" if chain else start)
        if residue is None:
            return None
        chain += residue
    try:
        return canonicalize_smiles(chain + end)
    except InvalidSmilesError:  # a group that does not fit its place
        return None


def _split(text: str) -> list[re.Match[str]] | None:
    """Return the parts of a name parted by hyphens; None where it holds others."""
    tokens: list[re.Match[str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        tokens.append(match)
        position = match.end()
    return tokens or None


def _write_residue(token: re.Match[str], start: str) -> str | None:
    """Return a residue as SMILES from N to C; None where it is unknown, or cannot bear what its brackets say."""
    name, side = token["name"], token["side"]
    pattern = _PROTECTED.get(name, _RESIDUES.get(name)) if side else _RESIDUES.get(name)
    if pattern is None:
        return None
    if token["chirality"] == "D-":
        pattern = pattern.replace("@@", "?").replace("@", "@@").replace("?", "@")
    places = pattern.count("{}") - 1
    if not side:
        return pattern.format(start, *("" for _ in range(places)))
    label = side.removeprefix("O") if name in _ACIDS else side
    group = _find_group(label) if places and (name not in _ACIDS or side.startswith("O")) else None
    return None if group is None else pattern.format(start, group)


def _find_branch(label: str) -> str | None:
    group = _find_group(label)
    return None if group is None else f"({group})"


def _find_group(label: str) -> str | None:
    """Return a group as SMILES that begins at its bond."""
    known = _SHORT.get(label, label)
    group = "*C=O" if known == "CHO" else find_group(known)
    return None if group is None else _RING.sub(lambda digit: f"%{_RING_OFFSET + int(digit[0])}", group[1:])


def _find_end(label: str) -> str | None:
    """Return what stands at the carboxyl carbon: ``OH``, ``OMe``, ``NH2``."""
    if label in _ENDS:
        return _ENDS[label]
    known = f"{label[0]}{_SHORT.get(label[1:], label[1:])}" if label[0] == "O" else label
    group = find_group(known) or read_condensed_group(known)
    return group[1:] if group is not None and group.startswith(("*O", "*N", "*S")) else None
