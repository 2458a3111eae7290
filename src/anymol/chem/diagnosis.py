"""Why a SMILES is wrong: cause, position and suggestion.

RDKit says "check for mistakes around position 3" in its log. A chemist wants to know which bracket, ring or atom it is,
so the text is read here symbol by symbol first; then RDKit's own structured problems (valence, kekulisation) are mapped
back from atom numbers to positions; only what is left is explained with RDKit's log line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, cast

from rdkit import Chem, rdBase

from anymol.bounds import MAX_ATOMS
from anymol.chem.formula import ELEMENTS
from anymol.chem.notation import split_smiles_symbols
from anymol.errors import InvalidSmilesError, shorten

MAX_LENGTH = 10_000
"""Longest SMILES that is read. Longer ones are data errors or attacks; parsing time grows with the square of it."""

_ATOM = re.compile(r"\[[^\[\]]*\]|Br|Cl|[BCNOPSFIbcnops*]")
_HYDROGEN = re.compile(r"\[\d*H[+-]?\d*(?::\d+)?\]")
_ORGANIC = frozenset({"B", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I", "b", "c", "n", "o", "p", "s", "*"})
_BONDS = frozenset({"-", "=", "#", "$", ":", "/", "\\", "~", "->", "<-"})
_BRACKET_ATOM = re.compile(
    r"(?P<isotope>\d+)?"
    r"(?P<element>\*|[A-Z][a-z]?|#\d+|b|c|n|o|p|si|se|as|te|s)"
    r"(?P<chirality>@(?:@|TH[12]|AL[12]|SP[1-3]|TB\d{1,2}|OH\d{1,2})?)?"
    r"(?P<hydrogens>H\d*)?"
    r"(?P<charge>\++\d*|-+\d*)?"
    r"(?P<map>:\d+)?"
)
_ABBREVIATIONS = {
    "D": "[2H]", "T": "[3H]", "Me": "C", "Et": "CC", "Ph": "c1ccccc1", "R": "*", "X": "F, Cl, Br or I",
}  # fmt: skip
"""What chemists write for short, and what SMILES writes for it."""

_IONS: Final = {
    "PF6-": "F[P-](F)(F)(F)(F)F", "SbF6-": "F[Sb-](F)(F)(F)(F)F", "AsF6-": "F[As-](F)(F)(F)(F)F",
    "BF4-": "F[B-](F)(F)F", "BPh4-": "c1ccc(cc1)[B-](c1ccccc1)(c1ccccc1)c1ccccc1", "CN-": "[C-]#N",
    "NO3-": "[O-][N+](=O)[O-]", "NO2-": "[O-]N=O", "N3-": "[N-]=[N+]=[N-]", "SCN-": "[S-]C#N", "OCN-": "[O-]C#N",
    "CO3-2": "[O-]C(=O)[O-]", "HCO3-": "OC(=O)[O-]", "OAc-": "CC(=O)[O-]", "AcO-": "CC(=O)[O-]",
    "SO4-2": "[O-]S(=O)(=O)[O-]", "HSO4-": "OS(=O)(=O)[O-]", "SO3-2": "[O-]S(=O)[O-]",
    "OTf-": "[O-]S(=O)(=O)C(F)(F)F", "TfO-": "[O-]S(=O)(=O)C(F)(F)F", "OTs-": "Cc1ccc(cc1)S(=O)(=O)[O-]",
    "TsO-": "Cc1ccc(cc1)S(=O)(=O)[O-]", "OMs-": "CS(=O)(=O)[O-]", "MsO-": "CS(=O)(=O)[O-]",
    "PO4-3": "[O-]P(=O)([O-])[O-]", "HPO4-2": "OP(=O)([O-])[O-]", "H2PO4-": "OP(=O)(O)[O-]",
    "ClO4-": "[O-]Cl(=O)(=O)=O", "MnO4-": "[O-][Mn](=O)(=O)=O", "OMe-": "C[O-]", "OEt-": "CC[O-]",
    "OtBu-": "CC(C)(C)[O-]", "NMe4+": "C[N+](C)(C)C", "NEt4+": "CC[N+](CC)(CC)CC",
    "NBu4+": "CCCC[N+](CCCC)(CCCC)CCCC", "PPh4+": "c1ccc(cc1)[P+](c1ccccc1)(c1ccccc1)c1ccccc1",
}  # fmt: skip
"""Ions of several atoms that are written into one bracket by mistake, and their SMILES."""

LOOK_ALIKES: dict[str, str | int | None] = {
    "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-", "\u2261": "#", "\u2550": "=",
    "\uff1d": "=", "\uff08": "(", "\uff09": ")", "\u207a": "+", "\u207b": "-", "\u0421": "C",
    "\u041e": "O", "\u0420": "P", "\u0412": "B", "\u0441": "c", "\u043e": "o", "\u039f": "O",
}  # fmt: skip
"""Characters that look like those of a SMILES: typographic signs, Cyrillic and Greek letters."""


_ARROW = re.compile(r"\s*[\u2192\u27f6\u21d2\u21cc\u21c4]|\s+[=-]+>\s")
"""An arrow as it is written for people, with the white space before it."""


class Cause(StrEnum):
    """The kinds of fault that a SMILES can have."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    WHITE_SPACE = "white_space"
    CHARACTER = "character"
    UNKNOWN_ELEMENT = "unknown_element"
    BARE_ELEMENT = "bare_element"
    BRACKET = "bracket"
    PARENTHESIS = "parenthesis"
    UNCLOSED_RING = "unclosed_ring"
    RING_BOND = "ring_bond"
    BOND = "bond"
    DOT = "dot"
    REACTION = "reaction"
    VALENCE = "valence"
    AROMATICITY = "aromaticity"
    OTHER = "other"


@dataclass(frozen=True)
class _Fault:
    cause: Cause
    position: int | None
    message: str
    suggestion: str | None = None
    detail: str = ""  # follows the position


def diagnose_smiles(text: str) -> InvalidSmilesError:
    """Return the reason why `text` is not a valid SMILES. Meant for texts that RDKit has refused."""
    fault = _find_character_fault(text)
    if fault is None:
        lead = len(text) - len(text.lstrip())
        smiles = text.strip()
        fault = _find_syntax_fault(smiles) or _find_chemistry_fault(smiles)
        if fault.position is not None and lead:
            fault = replace(fault, position=fault.position + lead)
    where = "" if fault.position is None else f" at position {fault.position}"
    return InvalidSmilesError(
        f"{fault.message}{where}{fault.detail}",
        value=text,
        hint=fault.suggestion,
        position=fault.position,
        cause=fault.cause,
    )


def has_too_many_atoms(smiles: str) -> bool:
    """Whether a text writes more heavy atoms than are read; none of its rings is looked for."""
    return len(smiles) > MAX_ATOMS and count_written_atoms(smiles) > MAX_ATOMS


def count_written_atoms(smiles: str) -> int:
    """Count the heavy atoms that a SMILES writes, by its symbols alone.

    >>> count_written_atoms("[2H]OCBr.[Na+]")
    4
    """
    return sum(_HYDROGEN.fullmatch(symbol) is None for symbol in _ATOM.findall(smiles))


def _find_character_fault(text: str) -> _Fault | None:
    """Find what makes `text` no SMILES at all, before its grammar is looked at."""
    smiles = text.strip()
    if not smiles:
        return _Fault(Cause.EMPTY, None, "the SMILES is empty", "write a molecule, like CCO")
    if len(smiles) > MAX_LENGTH:
        return _Fault(
            Cause.TOO_LONG,
            None,
            f"the SMILES has {len(smiles):,} characters",
            f"at most {MAX_LENGTH:,} are read",
        )
    for position, character in enumerate(text.rstrip()):
        if character.isascii() and character.isprintable() and character != " ":
            continue
        if _ARROW.match(text, position):
            return _Fault(Cause.REACTION, position, "an arrow", "write a reaction as reactants>>products")
        if character.isspace():
            if position < len(text) - len(text.lstrip()):
                continue
            return _Fault(
                Cause.WHITE_SPACE,
                position,
                "white space",
                "a SMILES has none: give names and other columns apart from it",
            )
        suggestion = f"write '{LOOK_ALIKES[character]}'" if character in LOOK_ALIKES else "a SMILES is plain ASCII"
        return _Fault(Cause.CHARACTER, position, f"the character {character!r} (U+{ord(character):04X})", suggestion)
    if has_too_many_atoms(smiles):
        return _Fault(
            Cause.TOO_LONG,
            None,
            f"the SMILES has {count_written_atoms(smiles):,} atoms",
            f"at most {MAX_ATOMS:,} heavy atoms are read",
        )
    return None


def _find_syntax_fault(smiles: str) -> _Fault | None:
    """Read `smiles` symbol by symbol and return the first thing against the grammar."""
    open_branches: list[int] = []
    open_rings: dict[int, int] = {}
    previous = ""  # kind of the symbol before: "" (start), atom, ring, bond, dot, open, close
    bond = ""
    position = 0
    for symbol in split_smiles_symbols(smiles):
        kind = _kind(symbol)
        match kind:
            case "atom":
                fault = _check_atom(symbol, smiles, position)
                if fault:
                    return fault
                bond = ""
            case "ring":
                if previous not in ("atom", "ring", "bond"):
                    return _Fault(
                        Cause.RING_BOND,
                        position,
                        f"the ring number '{symbol}' follows no atom",
                        "write it after its atom",
                    )
                number = int(re.sub(r"\D", "", symbol))
                if open_rings.pop(number, None) is None:
                    open_rings[number] = position
            case "bond":
                if previous in ("", "dot", "bond"):
                    return _Fault(
                        Cause.BOND, position, f"the bond '{symbol}' follows no atom", "a bond joins two atoms"
                    )
                bond = symbol
            case "dot":
                if previous in ("", "dot", "bond", "open"):
                    return _Fault(
                        Cause.DOT, position, "an empty part before the dot", "a dot stands between two molecules"
                    )
            case "open":
                if previous in ("", "dot", "bond", "open"):
                    return _Fault(
                        Cause.PARENTHESIS,
                        position,
                        "the branch '(' follows no atom",
                        "write the atom before its branch",
                    )
                open_branches.append(position)
            case "close":
                if not open_branches:
                    return _Fault(
                        Cause.PARENTHESIS, position, "')' closes no branch", "remove it or open the branch with '('"
                    )
                if previous in ("open", "bond", "dot"):
                    return _Fault(
                        Cause.PARENTHESIS,
                        position,
                        "the branch ends before its atom",
                        "write the branch's atoms or remove it",
                    )
                open_branches.pop()
            case _:
                return _explain_other(symbol, smiles, position)
        previous = kind
        position += len(symbol)
    if open_branches:
        return _Fault(Cause.PARENTHESIS, open_branches[-1], "the branch '(' is never closed", "close it with ')'")
    if open_rings:
        number, opened_at = next(iter(open_rings.items()))
        return _Fault(
            Cause.UNCLOSED_RING, opened_at, f"ring {number} is opened and never closed", f"write {number} a second time"
        )
    if previous == "bond":
        return _Fault(Cause.BOND, position - 1, f"the bond '{bond}' leads to no atom", "a bond joins two atoms")
    if previous == "dot":
        return _Fault(Cause.DOT, position - 1, "an empty part after the dot", "a dot stands between two molecules")
    return None


def _kind(symbol: str) -> str:
    if symbol in _ORGANIC or (symbol[0] == "[" and symbol[-1] == "]"):
        return "atom"
    if symbol in _BONDS:
        return "bond"
    if symbol[-1].isdigit() or (symbol[0] == "%" and len(symbol) > 1):
        return "ring"
    return {"(": "open", ")": "close", ".": "dot"}.get(symbol, "other")


def _find_ion(inside: str) -> str | None:
    """Return the SMILES of an ion of several atoms, its charge written in any way: ``SO4--``, ``SO42-``, ``SO4-2``."""
    plain = re.sub(r"(\d)([+-])$", r"\2\1", inside) if re.search(r"\d\d[+-]$", inside) else inside
    plain = re.sub(r"(?<=[+-])1$", "", re.sub(r"([+-])\1+$", lambda signs: f"{signs[1]}{len(signs[0])}", plain))
    return _IONS.get(plain)


def _check_atom(symbol: str, smiles: str, position: int) -> _Fault | None:
    """Check one atom symbol: the inside of a bracket, or a bare letter that begins a two-letter element."""
    if symbol[0] != "[":
        if len(symbol) == 2:
            return None
        pair = smiles[position : position + 2]
        # "Sn", "Co" and "Cu" read as two bare atoms only if the second letter is an atom too; RDKit decides on those.
        if len(pair) == 2 and pair[1].islower() and pair[1] not in _ORGANIC:
            if pair in ELEMENTS:
                return _bare_element(pair, position)
            if pair in _ABBREVIATIONS:
                return _unknown_element(pair, position)
        return None
    inside = symbol[1:-1]
    match = _BRACKET_ATOM.fullmatch(inside)
    if ion := _find_ion(inside) if match is None or match["element"] not in ELEMENTS else None:
        return _Fault(
            Cause.BRACKET, position, f"the bracket '{symbol}' holds one atom, not a whole ion", f"write {ion}"
        )
    if match:
        element = match["element"]
        if element[0].isupper() and element not in ELEMENTS:
            return _unknown_element(element, position + 1 + match.start("element"))
        if any(int(number) > most for number, most in _list_numbers(match)):
            return _Fault(
                Cause.BRACKET,
                position,
                f"a number in the bracket atom '{shorten(symbol, 40)}' is too large",
                "isotopes are below 1000, charges below 100, and elements end at 118",
            )
        return None
    letters = re.match(r"\d*([A-Za-z]+)", inside)
    if letters and letters[1].rstrip("H") and not _starts_with_element(letters[1]):
        return _unknown_element(letters[1], position + 1 + letters.start(1))
    return _Fault(
        Cause.BRACKET,
        position,
        f"the bracket atom '{shorten(symbol, 40)}' cannot be read",
        "the order is isotope, element, chirality, hydrogens, charge, map: [13C@H+:1]",
    )


def _list_numbers(match: re.Match[str]) -> list[tuple[str, int]]:
    """Return (digits, largest sensible value) for the isotope, element and charge of a bracket atom, where written."""
    numbers = (
        (match["isotope"] or "", 999),
        (match["element"].removeprefix("#"), 118),
        ((match["charge"] or "").lstrip("+-"), 99),
    )
    return [(digits, most) for digits, most in numbers if digits.isdigit()]


def _starts_with_element(letters: str) -> bool:
    return letters[:2] in ELEMENTS or letters[:1] in ELEMENTS or letters[:1] in _ORGANIC


def _bare_element(element: str, position: int) -> _Fault:
    return _Fault(Cause.BARE_ELEMENT, position, f"'{element}' stands without brackets", f"write [{element}]")


def _unknown_element(element: str, position: int) -> _Fault:
    near = difflib.get_close_matches(element.capitalize(), ELEMENTS, n=1, cutoff=0.5)
    if element in _ABBREVIATIONS:
        hint = f"SMILES has no abbreviations: write {_ABBREVIATIONS[element]}"
    else:
        hint = f"did you mean {near[0]}?" if near else "use the symbols of the periodic table, or * for any atom"
    return _Fault(Cause.UNKNOWN_ELEMENT, position, f"'{shorten(element, 40)}' is not an element", hint)


def _explain_other(symbol: str, smiles: str, position: int) -> _Fault:
    """Explain a symbol that is neither atom, bond, ring, branch nor dot."""
    if symbol == "[":
        return _Fault(Cause.BRACKET, position, "the bracket '[' is never closed", "close the atom with ']'")
    if symbol == "]":
        return _Fault(Cause.BRACKET, position, "']' closes no bracket", "open the atom with '['")
    if symbol == "%":
        return _Fault(Cause.RING_BOND, position, "'%' needs two digits", "write rings above 9 as %10")
    if symbol == ">":
        return _Fault(
            Cause.REACTION,
            position,
            "'>' belongs to a reaction",
            "give a reaction where one is asked for, or one molecule",
        )
    if symbol.isalpha():
        pair = smiles[position : position + 2]
        element = pair if pair in ELEMENTS or pair in _ABBREVIATIONS else symbol
        if element in ELEMENTS:
            return _bare_element(element, position)
        return _unknown_element(element, position)
    return _Fault(Cause.CHARACTER, position, f"'{symbol}' has no meaning in a SMILES", None)


def _find_chemistry_fault(smiles: str) -> _Fault:
    """Explain a SMILES whose grammar is right, from RDKit's structured problems or else its log."""
    parameters: Any = Chem.SmilesParserParams()
    parameters.sanitize = False
    parameters.removeHs = False
    with rdBase.CaptureErrorLog() as log:
        mol = cast("Chem.Mol | None", Chem.MolFromSmiles(smiles, parameters))  # RDKit's stubs forget the None
    if mol is None:
        return _explain_log(log.messages)
    fault = _find_problem(mol, _atom_positions(smiles))
    if fault is not None:
        return _suggest_element(fault, smiles)
    with rdBase.CaptureErrorLog() as log:
        Chem.MolFromSmiles(smiles)
    return _explain_log(log.messages)


def _suggest_element(fault: _Fault, smiles: str) -> _Fault:
    """Add the metal that ``Co`` or ``Sc`` may have meant, where its second letter was read as an aromatic atom."""
    if fault.cause is not Cause.AROMATICITY or not fault.position:
        return fault
    pair = smiles[fault.position - 1 : fault.position + 1]
    if pair not in ELEMENTS:
        return fault
    return replace(fault, suggestion=f"{fault.suggestion}; for the element write [{pair}]")


def explain_molecule(mol: Chem.Mol) -> str | None:
    """Return what is chemically impossible about an unsanitised molecule, as one sentence; None where nothing is.

    Atoms are named by their number, counted from 1, as files do.
    """
    fault = _find_problem(mol, [None] * mol.GetNumAtoms())
    if fault is None:
        return None
    return f"{fault.message}{fault.detail}{f'; {fault.suggestion}' if fault.suggestion else ''}"


def _find_problem(mol: Chem.Mol, places: Sequence[int | None]) -> _Fault | None:
    """Return the first of RDKit's structured problems with a molecule.

    Args:
        mol: The molecule, not sanitised.
        places: For each atom its position in the text, or None.
    """
    with rdBase.BlockLogs():
        try:
            problems = Chem.DetectChemistryProblems(mol)
        except RuntimeError:  # beyond 127 bonds RDKit's count of them overflows
            return _explain_valence(max(mol.GetAtoms(), key=Chem.Atom.GetDegree), places)
    for problem in problems:
        match problem.GetType():
            case "AtomValenceException":
                return _explain_valence(mol.GetAtomWithIdx(problem.GetAtomIdx()), places)
            case "AtomKekulizeException":
                atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
                return _Fault(
                    Cause.AROMATICITY,
                    places[atom.GetIdx()],
                    f"'{atom.GetSymbol().lower()}' is written aromatic outside a ring",
                    f"write '{atom.GetSymbol()}', or close the ring",
                )
            case "KekulizeException":
                atoms = list(problem.GetAtomIndices())
                return _Fault(
                    Cause.AROMATICITY,
                    places[atoms[0]],
                    f"the aromatic ring of {len(atoms)} atoms has no alternating double bonds",
                    _suggest_kekule(mol, atoms),
                )
            case _:
                return _Fault(Cause.OTHER, None, problem.Message())
    return None


def _explain_valence(atom: Chem.Atom, places: Sequence[int | None]) -> _Fault:
    symbol, charge = atom.GetSymbol(), atom.GetFormalCharge()
    bonds = sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()) + atom.GetNumExplicitHs()
    allowed = [valence for valence in Chem.GetPeriodicTable().GetValenceList(atom.GetAtomicNum()) if valence >= 0]
    most = f"; a neutral {symbol} has at most {max(allowed)}" if allowed and not charge else ""
    charged = f" with charge {charge:+d}" if charge else ""
    may_be_charged = symbol in ("N", "O", "P", "S", "B") and not charge
    return _Fault(
        Cause.VALENCE,
        places[atom.GetIdx()],
        "valence exceeded",
        f"remove a bond or hydrogen, or write a charge on the {symbol}"
        if may_be_charged
        else "remove a bond or hydrogen",
        f": {symbol}{charged} (atom {atom.GetIdx() + 1}) has {bonds:g} bonds{most}",
    )


def _suggest_kekule(mol: Chem.Mol, atoms: list[int]) -> str:
    nitrogens = [index for index in atoms if mol.GetAtomWithIdx(index).GetSymbol() in ("N", "P")]
    return (
        "one ring nitrogen may need its hydrogen: [nH]"
        if nitrogens
        else "check the number of aromatic atoms and charges"
    )


def _atom_positions(smiles: str) -> list[int]:
    """Return where each atom of `smiles` begins; the order is RDKit's atom order."""
    positions: list[int] = []
    position = 0
    for symbol in split_smiles_symbols(smiles):
        if _kind(symbol) == "atom":
            positions.append(position)
        position += len(symbol)
    return positions


def _explain_log(messages: str) -> _Fault:
    """Turn RDKit's log into a fault, keeping its own words."""
    lines = [re.sub(r"^\[[\d:]+\]\s*", "", line) for line in messages.splitlines()]
    found = re.search(r"around position (\d+)", messages)
    words = [line.removeprefix("SMILES Parse Error: ").partition(" for input:")[0] for line in lines if line.strip()]
    reason = words[0].partition(" while parsing")[0] if words else "RDKit refuses it"
    cause = Cause.RING_BOND if "ring closure" in reason else Cause.OTHER
    return _Fault(cause, int(found[1]) - 1 if found else None, reason)
