"""Conversions of a functional group: its own carbon is oxidised, reduced or split, and no group is exchanged.

'Oxidise the alcohol to the acid' leaves the number of carbons as it is, where 'replace the hydroxyl by a carboxylic
acid' adds one. The table stands in ``conversions.toml``.
"""

from __future__ import annotations

import re
import tomllib
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
    """

    name: str
    smarts: tuple[str, ...]
    every: bool = False


@dataclass(frozen=True)
class _Rule:
    """How a conversion is asked for.

    Attributes:
        name: Of the conversion.
        verbs: What asks for it.
        old: What is there.
        new: What it becomes; None where the verb says that.
        is_usual: Whether the verb says that by itself too.
        smarts: How it is done.
    """

    name: str
    verbs: re.Pattern[str]
    old: re.Pattern[str]
    new: re.Pattern[str] | None
    is_usual: bool
    smarts: tuple[str, ...]


_REPLACING: Final = re.compile(r"\b(?:replac|swap|exchang|substitut|switch|trad)\w*|\binstead of\b")
"""Verbs that exchange a group for another one."""
_NEGATED: Final = re.compile(r"\b(?:not|never|without|unless|except)\b|n't\b")
_EVERY: Final = re.compile(r"\b(?:all(?! the way)|every|each|both)\b")
_PLURAL: Final = re.compile(r"s\b|. (?:groups|functions|bonds)\b")
"""The end of an old group of which there are several: 'reduce the ketones'."""
_BECOMES: Final = re.compile(r"\b(?:to|into|giv\w+|yield\w*|afford\w*)\b")
_TURNING: Final = re.compile(r"\b(?:convert\w*|turn\w*|transform\w*|chang\w*|mak(?:e|ing)|becom\w*)\b")
_ARTICLES: Final = r"(?:(?:the|its|an?|give|free|corresponding|all|way|back|up|down|over|fully|simple)\s+)*"
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
        there = rule.old.search(words)
        if there is not None and _asks(rule, words, words[there.end() :]):
            every = _EVERY.search(words) is not None or _PLURAL.match(words, there.end() - 1) is not None
            return Conversion(rule.name, rule.smarts, every)
    return None


def _asks(rule: _Rule, words: str, behind: str) -> bool:
    """Whether words ask for a conversion, of which the old group stands before `behind`."""
    if rule.verbs.search(words) is None:
        return False
    if rule.new is None or rule.new.search(behind):
        return True
    return rule.is_usual and _BECOMES.search(behind) is None and _TURNING.search(words) is None


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
            compile_words(one["old"]) if one["old"] else re.compile("^"),
            compile_new(one.get("new")),
            one.get("usual", False),
            tuple(one["smarts"]),
        )
        for one in table["conversion"]
    )


def convert(smiles: str, conversion: Conversion) -> list[str]:
    """Return what a conversion makes of a molecule, each possible place by itself, in the order of their SMILES.

    Args:
        smiles: The molecule.
        conversion: What is done.

    Returns:
        Canonical SMILES; of what splits off only the largest piece. Empty where there is no such group.

    Raises:
        InvalidSmilesError: `smiles` is invalid.

    Example:
        >>> convert("CC(=O)CCO", parse_conversion("reduce the ketone"))
        ['CC(O)CCO']
    """
    molecule = parse_smiles(smiles)
    for smarts in conversion.smarts:
        found = _run(molecule, smarts)
        if conversion.every:
            for _ in range(_MOST):
                if not (further := sorted({one for each in found for one in _run(parse_smiles(each), smarts)})):
                    break
                found = further[:_MOST]
        if found:
            return found
    return []


def _run(molecule: Chem.Mol, smarts: str) -> list[str]:
    products: set[str] = set()
    for outcome in _compile(smarts).RunReactants((molecule,), maxProducts=200):
        for piece in outcome:
            largest = max(Chem.MolToSmiles(piece).split("."), key=lambda one: (_count_heavy(one), one))
            made = try_parse_smiles(largest)
            if not isinstance(made, InvalidSmilesError):
                products.add(write_canonical(made))
    return sorted(products)


def _count_heavy(smiles: str) -> int:
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    return 0 if mol is None else int(mol.GetNumHeavyAtoms())


@cache
def _compile(smarts: str) -> rdChemReactions.ChemicalReaction:
    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    return reaction


def check_conversion(before: str, after: str, conversion: Conversion) -> tuple[Check, ...]:
    """Check that `after` is `before` with one group converted and nothing else changed.

    Raises:
        InvalidSmilesError: `before` is invalid.
    """
    possible = convert(before, conversion)
    if not possible:
        return (Check("edit_done", False, f"the molecule has no group for this: {conversion.name}"),)
    made = try_parse_smiles(after)
    if isinstance(made, InvalidSmilesError):
        return (Check("parses", False, made.message),)
    done = write_canonical(made) in possible
    how = "and nothing else changed" if done else f"{len(possible)} ways to do it, and this is none of them"
    checks = [Check("edit_done", done, f"{conversion.name}, {how}")]
    if done and len(possible) > 1:
        checks.append(Check("place", None, f"there are {len(possible)} such groups; which is meant is not said"))
    return tuple(checks)
