"""Names with a blank inside a word: 'bromo acetate', 'indole acetic acid', 'phenyl alanine', 'methyl 4-nitro benzoate'.

A grammar takes blanks at their word. It reads an ester of hypobromous acid, a mixture of indole and acetic acid, an
N-phenylalanine, or nothing. Chemists who part words so mean the one word: here is told which readings of parted words
are that unlikely, and in which ways words can be joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from anymol.chem.counterparts import split_counterparts
from anymol.chem.parsing import canonicalize_smiles

_MAX_BLANKS: Final = 5
"""Most blanks of a name whose words are joined."""

_PREFIX_BEFORE_ACID: Final = re.compile(
    r"(?:^|\s)[^\s]*(?:fluoro|chloro|bromo|iodo|nitro|nitroso|cyano|azido|oxy|amino|amido|ureido|mercapto|sulfanyl|thio"
    r"|sulfo|formyl|acetyl|oyl|carbonyl)\s+\S+(?:ate|ite)$",
    re.IGNORECASE,
)
"""Prefixes that are not alcohols: as a word before an acid's they make hypohalites, peroxides and mixed anhydrides."""

_AMINO_ACID: Final = re.compile(
    r"^\S*yl (?:(?:L|D|DL)-)?(?:glycine|alanine|valine|leucine|isoleucine|serine|threonine|cysteine|methionine|proline"
    r"|lysine|arginine|histidine|tyrosine|tryptophan|phenylalanine|aspartic acid|glutamic acid)$",
    re.IGNORECASE,
)
"""A group before an amino acid: on its nitrogen by grammar, while phenylalanine and phenylglycine bear it on carbon."""

_ADDUCT_PARTS: Final = frozenset(
    canonicalize_smiles(smiles) for smiles in ("B", "FB(F)F", "O=S(=O)=O", "OO", "II", "BrBr")
)
"""Names of these stand beside another molecule's without more ado: pyridine borane, urea hydrogen peroxide."""


def find_oddity(name: str, smiles: str) -> str | None:
    """Return what is unlikely in the reading of a name word by word, in a clause; None where nothing is.

    Args:
        name: The name as written.
        smiles: What a grammar reads in it, canonical.

    >>> find_oddity("bromo acetate", "CC(=O)OBr")
    'its first word is not that of an alcohol, so that no usual ester is named'
    >>> find_oddity("benzyl acetate", "CC(=O)OCc1ccccc1")
    """
    if " " not in name:
        return None
    parts = smiles.split(".")
    if len(parts) == 1 and _PREFIX_BEFORE_ACID.search(name) is not None:
        return "its first word is not that of an alcohol, so that no usual ester is named"
    if len(parts) == 1 and _AMINO_ACID.match(name) is not None:
        return "a group before an amino acid may stand on its nitrogen or on carbon"
    is_neutral = len(parts) > 1 and "+" not in smiles and "-]" not in smiles
    if is_neutral and _ADDUCT_PARTS.isdisjoint(parts) and not _is_salt_or_solvate(name, parts):
        return "nothing in it says that two molecules are meant"
    return None


def _is_salt_or_solvate(name: str, parts: list[str]) -> bool:
    """Whether a name ends like a salt's or a hydrate's, and there is a base or water: not so 'ethylene acetate'."""
    return split_counterparts(name) is not None and any(part == "O" or re.search("[NnP]", part) for part in parts)


def join_words(name: str) -> Iterator[list[str]]:
    """Yield the names that come of joining words: those with one blank less, with two less, and so on.

    >>> list(join_words("ethyl bromo acetate"))
    [['ethylbromo acetate', 'ethyl bromoacetate'], ['ethylbromoacetate']]
    """
    words = name.split()
    blanks = range(1, len(words))
    if len(blanks) > _MAX_BLANKS:
        return
    for closed in range(1, len(words)):
        yield ["".join(_place(words, set(gone))) for gone in combinations(blanks, closed)]


def _place(words: list[str], gone: set[int]) -> Iterator[str]:
    yield words[0]
    for at, word in enumerate(words[1:], 1):
        yield word if at in gone else f" {word}"
