"""Products that textbooks give for reagents: rules by functional groups, beside what recorded reactions tell.

Patents seldom record what every student learns, the addition of bromine to cyclohexene. The rules stand in
``textbook_reactions.toml``; each is a proposal and not a proof, and several may fit the same molecules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from anymol.chem.parsing import parse_smiles, try_parse_smiles, write_canonical
from anymol.chem.reaction import find_largest
from anymol.errors import InvalidSmilesError

RULES: Final = Path(__file__).with_name("textbook_reactions.toml")

_MOST: Final = 24
"""Outcomes of one change that are looked at."""


@dataclass(frozen=True)
class TextbookProduct:
    """A product, and the rule that gives it.

    Attributes:
        smiles: Canonical SMILES of the largest molecule that the rule makes.
        name: Name of the reaction.
        decides: Whether the rule asks for reagents, which then are mixed, or for heat alone and nothing else is there.
    """

    smiles: str
    name: str
    decides: bool


@dataclass(frozen=True)
class _Rule:
    """A reaction by its reagents.

    Attributes:
        name: What it is called.
        beside: Of each group one must be there.
        without: None of these may be there.
        called: How a text names it; None where it does not.
        changes: The reaction, read forwards, in its variants.
        orients: Whether substituents of a benzene ring decide where its atom 1 is.
        heated: Whether heat alone brings it about.
    """

    name: str
    beside: tuple[tuple[Chem.Mol, ...], ...]
    without: tuple[Chem.Mol, ...]
    called: re.Pattern[str] | None
    changes: tuple[rdChemReactions.ChemicalReaction, ...]
    orients: bool
    heated: bool


def find_textbook_products(inputs: str) -> list[TextbookProduct]:
    """Return what the rules make of molecules, each product once, in the order of the rules.

    Args:
        inputs: SMILES of reactants and reagents, dot-joined.

    Raises:
        InvalidSmilesError: They do not parse.

    >>> find_textbook_products("C1=CCCCC1.BrBr")[0]
    TextbookProduct(smiles='BrC1CCCCC1Br', name='addition of bromine to an alkene', decides=True)
    """
    mixed = parse_smiles(inputs)
    return _run([rule for rule in _read_rules() if _is_set(rule, Chem.GetMolFrags(mixed, asMols=True))], mixed)


def name_transformation(text: str) -> str:
    """Return the one reaction that a text names in words; empty where it names none or several.

    >>> name_transformation("What does ozonolysis of cyclohexene give?")
    'ozonolysis'
    """
    found: dict[str, str] = {}
    for rule in _read_rules():
        if rule.called is not None:
            for match in rule.called.finditer(text):
                found.setdefault(rule.called.pattern, match.group().lower())
                if match.group().lower() != found[rule.called.pattern]:
                    return ""
    return next(iter(found.values())) if len(found) == 1 else ""


def find_named_products(inputs: str, name: str) -> list[TextbookProduct]:
    """Return what a reaction that is named in words makes of molecules; the name says what it is done with.

    Where some of the rules of this name have their reagents, as a workup, these alone count.

    Args:
        inputs: SMILES of reactants and reagents, dot-joined.
        name: Name of the reaction; see :func:`name_transformation`.

    Raises:
        InvalidSmilesError: They do not parse.

    >>> [found.smiles for found in find_named_products("C1=CCCCC1.CSC", "ozonolysis")]
    ['O=CCCCCC=O']
    """
    mixed = parse_smiles(inputs)
    molecules = Chem.GetMolFrags(mixed, asMols=True)
    named = [rule for rule in _read_rules() if rule.called is not None and rule.called.fullmatch(name)]
    allowed = [rule for rule in named if not any(_holds(molecules, one) for one in rule.without)]
    return _run([rule for rule in allowed if _is_set(rule, molecules)] or allowed[-1:], mixed)


def _is_set(rule: _Rule, molecules: Sequence[Chem.Mol]) -> bool:
    """Whether all that a rule needs is there, and nothing that it excludes."""
    needed = all(any(_holds(molecules, one) for one in group) for group in rule.beside)
    return needed and not any(_holds(molecules, one) for one in rule.without)


def _run(rules: Sequence[_Rule], mixed: Chem.Mol) -> list[TextbookProduct]:
    given = set(write_canonical(mixed).split("."))
    found: dict[str, TextbookProduct] = {}
    for rule in rules:
        # Nobody said that it is heated: what stands beside other molecules may be meant to react with them.
        decides = bool(rule.beside) or (rule.heated and len(given) == 1)
        for smiles in _apply(rule, mixed):
            if smiles not in given:
                found.setdefault(smiles, TextbookProduct(smiles, rule.name, decides))
    return list(found.values())


def _holds(molecules: Sequence[Chem.Mol], reagent: Chem.Mol) -> bool:
    return any(one.HasSubstructMatch(reagent) for one in molecules)


def _apply(rule: _Rule, mixed: Chem.Mol) -> list[str]:
    """Return the largest molecules that a rule makes, canonical."""
    products: dict[str, None] = {}
    sites = find_electrophilic_sites(mixed) if rule.orients else None
    for change in rule.changes:
        with rdBase.BlockLogs():
            for (outcome,) in change.RunReactants((mixed,), maxProducts=_MOST):
                if sites is not None and _find_site(outcome) not in sites:
                    continue
                if Chem.SanitizeMol(outcome, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
                    continue
                smiles = Chem.MolToSmiles(outcome)
                if not isinstance(try_parse_smiles(smiles), InvalidSmilesError):
                    products[find_largest(write_canonical(parse_smiles(smiles)))] = None
    return list(products)


def _find_site(outcome: Chem.Mol) -> int:
    """Return the index among the inputs of the atom that a change numbers 1."""
    atoms = [one for one in outcome.GetAtoms() if one.HasProp("old_mapno") and one.GetIntProp("old_mapno") == 1]
    return int(atoms[0].GetIntProp("react_atom_idx"))


_DIRECTORS: Final = (
    ("[c:1]-[OX2H,OX1-,NX3;H2,H1,H0;!$(N-C=[O,S,N]);!$([N+])]", 3.0),
    ("[c:1]-[OX2;!$(OC=O)][#6]", 2.6),
    ("[c:1]-[$([NX3]-C=O),$([OX2]-C=O)]", 2.0),
    ("[c:1]-[CX4;!$(C(F)(F)F)]", 1.0),
    ("[c:1]-[c]", 0.8),
    ("[c:1]-[F,Cl,Br,I]", 0.3),
    ("[c:1]-[$([N+](=O)[O-]),$([N+;H3]),$([N+](C)(C)C),$(C#N),$(C=O),$(S(=O)(=O)),$(C(F)(F)F)]", -2.0),
)
"""Substituents of a benzene ring, and what they are worth to the positions ortho and para to them."""
_PARA: Final = 0.3
"""What para is worth above ortho."""
_CROWDED: Final = 0.2
"""What each neighbouring substituent takes away."""
_FUSED: Final = 0.3
"""What a neighbour that two rings share is worth: naphthalene reacts at position 1."""


def find_electrophilic_sites(mol: Chem.Mol) -> frozenset[int]:
    """Return the CH atoms of benzene rings that an electrophile takes first: of each molecule the best.

    Donors direct to ortho and para, acceptors away from there (Clayden, Greeves and Warren 2012, chapter 21).

    Args:
        mol: One molecule or several.
    """
    worth = _weigh_substituents(mol)
    rings = [
        ring
        for ring in mol.GetRingInfo().AtomRings()
        if len(ring) == 6 and all(mol.GetAtomWithIdx(atom).GetSymbol() == "C" for atom in ring)
        and all(mol.GetAtomWithIdx(atom).GetIsAromatic() for atom in ring)
    ]  # fmt: skip
    best: dict[int, tuple[float, set[int]]] = {}
    pieces = Chem.GetMolFrags(mol)
    home = {atom: number for number, piece in enumerate(pieces) for atom in piece}
    for ring in rings:
        for place, atom in enumerate(ring):
            if mol.GetAtomWithIdx(atom).GetTotalNumHs() != 1:
                continue
            around = [ring[(place + step) % 6] for step in range(6)]
            score = sum(worth.get(around[step], 0.0) for step in (1, 3, 5))
            score += _PARA * (worth.get(around[3], 0.0) > 0)
            for step in (1, 5):
                if mol.GetRingInfo().NumAtomRings(around[step]) > 1:
                    score += _FUSED
                elif not mol.GetAtomWithIdx(around[step]).GetTotalNumHs():
                    score -= _CROWDED
            known, atoms = best.get(home[atom], (-1e9, set()))
            if score > known + 1e-6:
                best[home[atom]] = (score, {atom})
            elif score > known - 1e-6:
                atoms.add(atom)
    return frozenset(atom for _, atoms in best.values() for atom in atoms)


def _weigh_substituents(mol: Chem.Mol) -> dict[int, float]:
    """Return what the substituent of a ring atom is worth, by its index; the first pattern that fits counts."""
    worth: dict[int, float] = {}
    for pattern, value in _read_directors():
        for match in mol.GetSubstructMatches(pattern, maxMatches=10_000):
            worth.setdefault(match[0], value)
    return worth


@cache
def _read_directors() -> tuple[tuple[Chem.Mol, float], ...]:
    return tuple((Chem.MolFromSmarts(smarts), value) for smarts, value in _DIRECTORS)


@cache
def _read_rules() -> tuple[_Rule, ...]:
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))
    reagents = {name: Chem.MolFromSmarts(smarts) for name, smarts in table["reagents"].items()}
    return tuple(_read_rule(one, reagents) for one in table["reaction"])


def _read_rule(fields: Mapping[str, Any], reagents: Mapping[str, Chem.Mol]) -> _Rule:
    groups = [[one] if isinstance(one, str) else one for one in fields["beside"]]
    changes = []
    for change in fields["change"]:
        before, _, after = change.partition(">>")
        # In brackets both parts may stand in one molecule, as they stand in one mixture here.
        reaction = rdChemReactions.ReactionFromSmarts(f"({before})>>{after}")
        reaction.Initialize()
        changes.append(reaction)
    beside = tuple(tuple(reagents[name] for name in group) for group in groups)
    without = tuple(reagents[name] for name in fields.get("without", ()))
    called = fields.get("called")
    named = None if called is None else re.compile(rf"\b(?:{called})(?![\w-])", re.IGNORECASE)
    orients, heated = (bool(fields.get(name, False)) for name in ("orients", "heated"))
    return _Rule(fields["name"], beside, without, named, tuple(changes), orients, heated)
