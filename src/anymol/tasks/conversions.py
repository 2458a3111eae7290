"""Conversions of a functional group: its own carbon is oxidised, reduced or split, and no group is exchanged.

'Oxidise the alcohol to the acid' leaves the number of carbons as it is, where 'replace the hydroxyl by a carboxylic
acid' adds one. The table stands in ``conversions.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdChemReactions

from anymol.chem.parsing import parse_smiles, try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError
from anymol.tasks.task import Check


@dataclass(frozen=True)
class Conversion:
    """A change of one kind of group.

    Attributes:
        name: What becomes what, in words.
        smarts: The reactions that do it, each of one place; the first that fits is done.
        every: Whether all groups of the kind are changed, one after the other.
        keep: SMARTS that tells, of two pieces, which is asked for; empty for the largest.
    """

    name: str
    smarts: tuple[str, ...]
    every: bool = False
    keep: str = ""


@dataclass(frozen=True)
class _Rule:
    """How a conversion is asked for.

    Attributes:
        name: Of the conversion.
        verbs: What asks for it.
        old: What is there; None where the verb says that.
        new: What it becomes; None where the verb says that.
        is_usual: Whether the verb says that by itself too.
        smarts: How it is done.
        keep: Of two pieces, the one that is asked for.
    """

    name: str
    verbs: re.Pattern[str]
    old: re.Pattern[str] | None
    new: re.Pattern[str] | None
    is_usual: bool
    smarts: tuple[str, ...]
    keep: str


_REPLACING: Final = re.compile(r"\b(?:replac|swap|exchang|substitut|switch|trad)\w*|\binstead of\b")
"""Verbs that exchange a group for another one."""
_NEGATED: Final = re.compile(r"\b(?:not|never|without|unless|except)\b|n't\b")
_EVERY: Final = re.compile(
    r"\b(?:all(?! the way)|every|each|both|fully|completely|exhaustively)\b|\bprotect\w* .*\bamines\b"
)
_PLURAL: Final = re.compile(r"s\b|. (?:groups|functions|bonds)\b")
"""The end of an old group of which there are several: 'reduce the ketones'."""
_BECOMES: Final = re.compile(r"\b(?:to|into|giv\w+|yield\w*|afford\w*)\b")
_TURNING: Final = re.compile(r"\b(?:convert\w*|turn\w*|transform\w*|chang\w*|mak(?:e|ing)|becom\w*)\b")
_ARTICLES: Final = r"(?:(?:the|its|an?|give|free|corresponding|all|way|back|up|down|over|fully|simple)\s+)*"
_BEHIND_VERB: Final = re.compile(
    r"\s+(?:(?:the|its|an?|this|that|my|all|both|every|each|these|those|free|aliphatic|aromatic|"
    r"terminal|benzylic|remaining|other|selectively|only|just)\s+)*"
)
"""What may stand between a verb and the group that it changes."""
_BEFORE_VERB: Final = re.compile(
    r"(?:\s+(?:groups?|functions?|is|are|was|were|be|being|to|gets?|got|fully|selectively))*\s+"
)
"""What may stand between a group and the verb behind it: 'with the nitro group reduced'."""
_MOST: Final = 12
"""Most groups of a kind that are changed."""


def parse_conversion(text: str) -> Conversion | None:
    """Read a conversion from words; None where they ask for none that is known, or for an exchange of groups.

    Example:
        >>> parse_conversion("reduce the ketone to the alcohol").name
        'ketone to alcohol'
        >>> parse_conversion("replace the hydroxyl by a carboxylic acid") is None
        True
    """
    words = " ".join(text.lower().replace("sulph", "sulf").replace("\u2010", "-").split()).strip(" .,!?")
    if _REPLACING.search(words) or _NEGATED.search(words):
        return None
    for rule in _list_rules():
        end = _find_end(rule, words)
        if end is not None:
            every = _EVERY.search(words) is not None or _PLURAL.match(words, max(end - 1, 0)) is not None
            return Conversion(rule.name, rule.smarts, every, rule.keep)
    return None


def _find_end(rule: _Rule, words: str) -> int | None:
    """Return where the old group ends in words that ask for a conversion; None where they do not."""
    for verb in rule.verbs.finditer(words):
        for end in _list_ends(rule, words, verb):
            behind = words[end:]
            if rule.new is None or rule.new.search(behind):
                return end
            if rule.is_usual and _BECOMES.search(behind) is None and _TURNING.search(words) is None:
                return end
    return None


def _list_ends(rule: _Rule, words: str, verb: re.Match[str]) -> list[int]:
    """Return where the old group ends that a verb changes: the one directly behind it, or directly before it."""
    if rule.old is None:
        return [verb.end()]
    behind = _BEHIND_VERB.match(words, verb.end())
    found = [] if behind is None else [rule.old.match(words, behind.end())]
    found += [
        one
        for one in rule.old.finditer(words, 0, verb.start())
        if _BEFORE_VERB.fullmatch(words, one.end(), verb.start())
    ]
    return [one.end() for one in found if one is not None]


@cache
def _list_rules() -> tuple[_Rule, ...]:
    table = tomllib.loads(files("anymol.tasks").joinpath("conversions.toml").read_text(encoding="utf-8"))

    def fill(pattern: str) -> str:
        for name, words in table["words"].items():
            pattern = pattern.replace(f"{{{name}}}", words)
        return pattern

    def compile_words(pattern: str) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{fill(pattern)})(?![\w-])")

    def compile_new(pattern: str | None) -> re.Pattern[str] | None:
        behind = rf"\b(?:to|into|as|giv\w+|yield\w*|afford\w*|becomes?|an?)\s+{_ARTICLES}"
        return None if pattern is None else re.compile(rf"{behind}(?:{fill(pattern)})(?![\w-])")

    return tuple(
        _Rule(
            one["name"],
            compile_words(one["verbs"]),
            compile_words(one["old"]) if one["old"] else None,
            compile_new(one.get("new")),
            one.get("usual", False),
            tuple(one["smarts"]),
            one.get("keep", ""),
        )
        for one in table["conversion"]
    )


def convert(smiles: str, conversion: Conversion) -> list[str]:
    """Return what a conversion makes of a molecule, each possible place by itself, in the order of their SMILES.

    Args:
        smiles: The molecule.
        conversion: What is done.

    Returns:
        Canonical SMILES; of what splits off only the piece that is asked for. Empty where there is no such group.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    Example:
        >>> convert("CC(=O)CCO", parse_conversion("reduce the ketone"))
        ['CC(O)CCO']
    """
    molecule = parse_smiles(smiles)
    for smarts in conversion.smarts:
        found = {_choose(pieces, conversion.keep) for pieces in _run(molecule, smarts)}
        if found:
            return sorted(_finish(found, smarts, conversion.keep) if conversion.every else found)
    return []


def _finish(begun: set[str], smarts: str, keep: str) -> set[str]:
    """Return what is left when a reaction is done as often as it can be."""
    done: set[str] = set()
    for _ in range(_MOST):
        further: set[str] = set()
        for one in begun:
            more = {_choose(pieces, keep) for pieces in _run(parse_smiles(one), smarts)}
            further |= more
            done |= set() if more else {one}
        if not further:
            break
        begun = set(sorted(further)[:_MOST])
    return done


def _run(molecule: Chem.Mol, smarts: str) -> set[tuple[str, ...]]:
    """Return the pieces that a reaction gives at each place."""
    found: set[tuple[str, ...]] = set()
    for outcome in _compile(smarts).RunReactants((molecule,), maxProducts=200):
        for product in outcome:
            for atom in product.GetAtoms():
                if atom.GetAtomicNum() == 6 and not atom.GetFormalCharge():
                    # The hydrogen of a centre was written, and is not what the carbon has now.
                    atom.SetNumExplicitHs(0)
                    atom.SetNoImplicit(False)
            with suppress(ValueError):  # a place where valences do not allow it
                Chem.SanitizeMol(product)
                # A centre that became flat keeps no configuration.
                Chem.AssignStereochemistry(product, cleanIt=True, force=True)
                pieces = parse_smiles(Chem.MolToSmiles(product))
                found.add(tuple(map(write_canonical, Chem.GetMolFrags(pieces, asMols=True))))
    return found


def _choose(pieces: Sequence[str], keep: str) -> str:
    """Return the largest piece, of those that hold what is asked for if any does."""
    wanted = [one for one in pieces if keep and parse_smiles(one).HasSubstructMatch(_compile_query(keep))]
    return max(wanted or pieces, key=lambda one: (parse_smiles(one).GetNumHeavyAtoms(), one))


@cache
def _compile(smarts: str) -> rdChemReactions.ChemicalReaction:
    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    return reaction


@cache
def _compile_query(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)


def check_conversion(before: str, after: str, conversion: Conversion) -> tuple[Check, ...]:
    """Check that `after` is `before` with one group converted and nothing else changed.

    A centre that the conversion makes may have any configuration; where no piece is asked for, each is right.

    Raises:
        InvalidSmilesError: `before` is invalid.
    """
    possible = convert(before, conversion)
    if not possible:
        return (Check("edit_done", False, f"the molecule has no group for this: {conversion.name}"),)
    made = try_parse_smiles(after)
    if isinstance(made, InvalidSmilesError):
        return (Check("parses", False, made.message),)
    right = set(possible)
    if not conversion.keep and not conversion.every:
        molecule = parse_smiles(before)
        right |= {piece for smarts in conversion.smarts for pieces in _run(molecule, smarts) for piece in pieces}
    done = any(_is_same(made, parse_smiles(one)) for one in right)
    how = "and nothing else changed" if done else f"{len(possible)} ways to do it, and this is none of them"
    checks = [Check("edit_done", done, f"{conversion.name}, {how}")]
    if done and len(possible) > 1:
        checks.append(Check("place", None, f"there are {len(possible)} such groups; which is meant is not said"))
    return tuple(checks)


def _is_same(made: Chem.Mol, wanted: Chem.Mol) -> bool:
    """Whether a molecule is another one, configurations that the other leaves open aside."""
    flat = write_canonical(made, isomeric=False) == write_canonical(wanted, isomeric=False)
    return flat and bool(made.HasSubstructMatch(wanted, useChirality=True))
