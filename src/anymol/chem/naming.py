"""Structures -> systematic names, by openclatura: rules of the IUPAC Blue Book, no network.

Of 498 named molecules of the data directory OPSIN reads 495 back as the same structure; what it reads otherwise are
fused cations and an acid of phosphorus.
"""

from __future__ import annotations

import importlib.util

from anymol.chem.limits import START_SECONDS, run_limited
from anymol.errors import MissingDependencyError, UnnamedMoleculeError

NAMING_SECONDS = 10.0
"""Time one molecule may take; the slowest of 500 took 0.4 s."""


def name_molecule(smiles: str, *, seconds: float = NAMING_SECONDS) -> str:
    """Return the systematic name of a molecule. The same structure gives the same name on any machine.

    Raises:
        UnnamedMoleculeError: The rules do not cover the molecule, or `smiles` does not parse.
        MissingDependencyError: openclatura is not installed.
        TimeLimitError: Naming took longer than `seconds`.

    Example:
        >>> name_molecule("CC(=O)Nc1ccccc1")  # doctest: +SKIP
        'N-phenylacetamide'
    """
    if not is_namer_available():
        raise MissingDependencyError(
            "systematic names are made by the package openclatura, and that is not installed",
            hint='pip install "anymol[names]"',
        )
    # The worker imports the rules before the clock of the first name starts: on a busy machine that takes seconds.
    run_limited(_load_rules, seconds=START_SECONDS)
    return run_limited(_name, smiles, seconds=seconds)


def is_namer_available() -> bool:
    """Whether systematic names can be made."""
    return importlib.util.find_spec("openclatura") is not None


def _load_rules() -> None:
    import openclatura  # noqa: F401


def _name(smiles: str) -> str:
    import openclatura

    named = openclatura.name(smiles)
    if not named.ok:
        raise UnnamedMoleculeError(f"no systematic name was found: {named.error or 'no reason given'}", value=smiles)
    return " ".join(named.name.split())
