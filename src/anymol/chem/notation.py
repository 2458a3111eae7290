"""How a molecule is written in a model's text. Pure Python: no RDKit, so training can use it.

In text a molecule stands between ``<mol>`` and ``</mol>``, one token per symbol of its notation::

    SELFIES   [C][=C]   ->  <mol>⌬[C]⌬[=C]</mol>
    SMILES    CCBr      ->  <mol>⌬C⌬C⌬Br</mol>

Symbols carry the benzene-ring sign ``⌬`` in front, because ``C`` and ``(``, and ``[C]`` in ``sum[C] += a[N]``, stand in
ordinary text too: with the sign each symbol is a token of its own in any tokenizer, and ordinary text keeps its tokens.
A symbol that has no token falls back to bytes and still reads back.
"""

from __future__ import annotations

import re
from enum import StrEnum

MOL_OPEN = "<mol>"
MOL_CLOSE = "</mol>"
SYMBOL_SIGN = "\u232c"
"""The sign ``⌬`` in front of every symbol."""

_SMILES_SYMBOL = re.compile(r"\[[^\[\]]*\]|Br|Cl|%\(\d+\)|%\d\d|->|<-|.", re.DOTALL)
_SELFIES_SYMBOL = re.compile(r"\[[^\[\]]*\]|.", re.DOTALL)


class Notation(StrEnum):
    """A line notation for molecules."""

    SMILES = "smiles"
    SELFIES = "selfies"


def split_smiles_symbols(smiles: str) -> list[str]:
    """Split a SMILES into its symbols: bracket atoms, two-letter atoms and ``%10`` rings are one symbol each.

    Nothing is lost: joining the symbols gives `smiles` back, whatever it holds.

    >>> split_smiles_symbols("C[C@H](Br)Cl")
    ['C', '[C@H]', '(', 'Br', ')', 'Cl']
    """
    return _SMILES_SYMBOL.findall(smiles)


def split_selfies_symbols(selfies: str) -> list[str]:
    """Split a SELFIES string into its symbols; a dot between molecules is a symbol too.

    >>> split_selfies_symbols("[C][=O].[Na+1]")
    ['[C]', '[=O]', '.', '[Na+1]']
    """
    return _SELFIES_SYMBOL.findall(selfies)


def split_symbols(text: str, notation: Notation) -> list[str]:
    """Split a molecule written in `notation` into its symbols."""
    match notation:
        case Notation.SMILES:
            return split_smiles_symbols(text)
        case Notation.SELFIES:
            return split_selfies_symbols(text)


def surface_symbol(symbol: str) -> str:
    """Return the form that one symbol has in a model's text; it is also the symbol's token.

    >>> surface_symbol("Cl")
    '⌬Cl'
    """
    return SYMBOL_SIGN + symbol


def write_surface(text: str, notation: Notation) -> str:
    """Write a molecule as a model sees it, tags included.

    Args:
        text: The molecule, already in `notation`.
        notation: The notation that `text` is in.

    >>> write_surface("CCBr", Notation.SMILES)
    '<mol>⌬C⌬C⌬Br</mol>'
    """
    return MOL_OPEN + "".join(surface_symbol(symbol) for symbol in split_symbols(text, notation)) + MOL_CLOSE


def read_surface(surface: str) -> str:
    """Return the molecule written in `surface`, with tags and signs removed: the inverse of :func:`write_surface`.

    Where a closing tag is missing (an answer cut short) what follows the opening tag is returned; where `surface` holds
    no tags at all, it is taken as the molecule itself.

    >>> read_surface("<mol>⌬C⌬C⌬Br</mol>")
    'CCBr'
    """
    _, opened, rest = surface.partition(MOL_OPEN)
    inside = (rest if opened else surface).partition(MOL_CLOSE)[0]
    return inside.replace(SYMBOL_SIGN, "").strip()
