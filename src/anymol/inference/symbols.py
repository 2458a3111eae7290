"""The tokens of a vocabulary that write molecules, by what they do in SMILES or SELFIES."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, SYMBOL_SIGN, Notation
from anymol.models.tokens import Tokenizer

_ATOM = re.compile(r"\[[^\[\]]+\]|Br|Cl|[BCNOPSFI]|[bcnops]|\*")
_BOND = re.compile(r"[-=#$:/\\~]|->|<-")
_RING = re.compile(r"\d|%\d\d|%\(\d+\)")


@dataclass(frozen=True)
class SymbolTable:
    """Ids of the tokens that write molecules.

    Attributes:
        opening: Id of ``<mol>``.
        closing: Id of ``</mol>``.
        end: Id of the token that ends an answer.
        atoms: SMILES atoms.
        bonds: SMILES bonds.
        rings: SMILES ring closures, with their written number.
        branch_open: ``(``, or None where the vocabulary lacks it.
        branch_close: ``)``.
        dot: The dot between molecules, in the notation of the table.
        selfies: SELFIES symbols in brackets.
    """

    opening: int
    closing: int
    end: int
    atoms: frozenset[int] = frozenset()
    bonds: frozenset[int] = frozenset()
    rings: dict[int, str] = field(default_factory=dict)
    branch_open: int | None = None
    branch_close: int | None = None
    dot: int | None = None
    selfies: frozenset[int] = frozenset()


def read_symbols(tokenizer: Tokenizer, notation: Notation, end: int, molecular: set[int]) -> SymbolTable:
    """Class the symbol tokens of a tokenizer; all of them, of either notation, are added to `molecular`."""
    added = {token: str(text) for text, token in tokenizer.get_added_vocab().items()}
    symbols = {token: text.removeprefix(SYMBOL_SIGN) for token, text in added.items() if text.startswith(SYMBOL_SIGN)}
    by_text = {text: token for token, text in symbols.items()}
    molecular.update(symbols)
    opening, closing = (tokenizer.get_vocab()[tag] for tag in (MOL_OPEN, MOL_CLOSE))
    molecular.update((opening, closing))
    match notation:
        case Notation.SMILES:
            return SymbolTable(
                opening,
                closing,
                end,
                atoms=frozenset(token for token, text in symbols.items() if _ATOM.fullmatch(text)),
                bonds=frozenset(token for token, text in symbols.items() if _BOND.fullmatch(text)),
                rings={token: text for token, text in symbols.items() if _RING.fullmatch(text)},
                branch_open=by_text.get("("),
                branch_close=by_text.get(")"),
                dot=by_text.get("."),
            )
        case Notation.SELFIES:
            selfies = frozenset(token for token, text in symbols.items() if re.fullmatch(r"\[[^\[\]]+\]", text))
            return SymbolTable(opening, closing, end, dot=by_text.get("."), selfies=selfies)
