"""Reaction templates: what changes in a reaction, as a pattern that can be applied to other molecules.

Extraction and application are rdchiral's (Coley et al. 2019, RDChiral), in the form of ``rdchiral-plus``: stereo
centres are kept, inverted or removed as the pattern says. Templates are retrosynthetic: products on the left, reactants
on the right. Outcomes are sorted, so that nothing depends on the seed of Python's hashes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock
from typing import Any, Final, NamedTuple

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from anymol.chem.atom_mapping import MappedReaction
from anymol.chem.parsing import parse_smiles

# rdchiral is imported where it is used: it takes a third of a second, which most questions need not wait for.

_KEPT: Final = 1024
"""Templates that are kept as they are applied backwards, 25 kB each: those of the last seven questions. One finds
a quarter of its own among them; among four times as many, 60 MB more, a third."""

_KEPT_FORWARD: Final = 4096
"""Templates that are kept as they are read forwards: the frequent ones are tried on every question."""


def extract_template(mapped: MappedReaction, *, radius: int = 1) -> str | None:
    """Return the retrosynthetic template of a mapped reaction as SMARTS; None where nothing changes or it has none.

    Args:
        mapped: The reaction.
        radius: Bonds around the changed atoms that belong to the template. Functional groups at its border are taken
            whole.
    """
    if mapped.missing:
        return None
    from rdchiral.template_extractor import extract_from_reaction

    _silence()
    given: Any = {"reactants": mapped.reactants, "products": mapped.products, "spectators": "", "_id": 0}
    with rdBase.BlockLogs():
        try:
            found = extract_from_reaction(given, radius=radius)
        except (ValueError, KeyError, IndexError, RuntimeError, TypeError):  # of its own code and of RDKit's
            return None
    return found["reaction_smarts"] or None


def apply_template(template: str, product: str, *, most: int = 20) -> list[str]:
    """Return the reactants that a retrosynthetic template gives for a product, canonical, sorted.

    Args:
        template: SMARTS as :func:`extract_template` writes them.
        product: SMILES of one molecule.
        most: Outcomes at most; a pattern that fits in many places has many.
    """
    return apply_to(template, prepare_product(product), most=most)


def prepare_product(product: str) -> Any:
    """Return a product in the form that templates are applied to; made once for many templates.

    Raises:
        InvalidSmilesError: It does not parse.
    """
    from rdchiral.initialization import rdchiralReactants

    _silence()
    return rdchiralReactants(product)


def apply_to(template: str, product: Any, *, most: int = 20) -> list[str]:
    """Return what :func:`apply_template` does, for a product that is prepared."""
    from rdchiral.main import rdchiralRun

    read = _read(template)
    with read.in_use, rdBase.BlockLogs():
        try:
            outcomes = rdchiralRun(read.reaction, product, combine_enantiomers=True, max_products=most)
        except (ValueError, KeyError, IndexError, RuntimeError):
            return []
        found = {_canonical(outcome) for outcome in outcomes}
        return sorted(one for one in found if one is not None)


def run_forward(template: str, reactants: str, *, most: int = 50) -> list[str]:
    """Return the products that reactants give by a retrosynthetic template read forwards, canonical, sorted.

    RDKit's own matching is used: of 300 recorded reactions it gave the recorded product of all.

    Args:
        template: SMARTS as :func:`extract_template` writes them.
        reactants: SMILES, dot-joined; molecules that the template does not need may be among them.
        most: Outcomes that are looked at.

    Raises:
        InvalidSmilesError: The reactants do not parse.
    """
    forward, mol = _read_forward(template), parse_smiles(reactants)
    found = set()
    with rdBase.BlockLogs():
        if forward is None:
            return []
        try:
            outcomes = forward.RunReactants((mol,), maxProducts=most)
        except (ValueError, RuntimeError):
            return []
        for outcome in outcomes:
            product = outcome[0]
            if Chem.SanitizeMol(product, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE:
                found.add(Chem.MolToSmiles(product))
    return sorted(found)


def returns_reactants(template: str, mapped: MappedReaction, product: str) -> bool:
    """Return whether a template, applied to the product, gives back the very reactants of its reaction."""
    reactants = remove_numbers(mapped.reactants)
    return reactants in apply_template(template, product, most=100)


class _ReadTemplate(NamedTuple):
    """A template as rdchiral applies it.

    Attributes:
        reaction: The template, into whose atoms rdchiral writes which atoms of the product they have met.
        in_use: Held while it is applied: another thread's product would be taken apart at the wrong bonds.
    """

    reaction: Any
    in_use: Lock


@lru_cache(maxsize=_KEPT)
def _read(template: str) -> _ReadTemplate:
    from rdchiral.initialization import rdchiralReaction

    return _ReadTemplate(rdchiralReaction(template), Lock())


@lru_cache(maxsize=_KEPT_FORWARD)
def _read_forward(template: str) -> rdChemReactions.ChemicalReaction | None:
    after, _, before = template.partition(">>")
    with rdBase.BlockLogs():
        try:
            # In parentheses the patterns may match in one molecule or in several of a mixture.
            read: rdChemReactions.ChemicalReaction = rdChemReactions.ReactionFromSmarts(f"({before})>>({after})")
            read.Initialize()
        except (ValueError, RuntimeError):
            return None
    return read


@cache
def _silence() -> None:
    """Keep rdchiral from telling of each molecule that it cannot read."""
    from loguru import logger

    logger.disable("rdchiral")


def remove_numbers(smiles: str) -> str:
    """Return mapped SMILES without the map numbers: canonical, its molecules sorted."""
    mol = Chem.MolFromSmiles(smiles)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    written = _canonical(Chem.MolToSmiles(mol))
    assert written is not None
    return written


def _canonical(smiles: str) -> str | None:
    """Return the molecules of a mixture canonical and sorted; None where one does not parse."""
    found = []
    for piece in smiles.split("."):
        mol: Chem.Mol | None = Chem.MolFromSmiles(piece)
        if mol is None:
            return None
        found.append(Chem.MolToSmiles(mol))
    return ".".join(sorted(found))
