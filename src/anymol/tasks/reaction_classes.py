"""The ten classes of medicinal chemists' reactions (Schneider et al. 2016), as USPTO-50k numbers them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REACTION_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "heteroatom alkylation or arylation",
        "2": "acylation",
        "3": "C-C bond formation",
        "4": "heterocycle formation",
        "5": "protection",
        "6": "deprotection",
        "7": "reduction",
        "8": "oxidation",
        "9": "functional group interconversion",
        "10": "functional group addition",
    }
)
"""Number of the class -> its name."""

_NAMED: Final = MappingProxyType({"Suzuki coupling": "3"})
"""Names of single reactions that stand for their class."""


def name_reaction_class(code: str) -> str | None:
    """Return the name of the class of a reaction; None where the code is unknown.

    Args:
        code: The number of the class, a NameRxn number that begins with it (``2.1.2``), or the name of a reaction.

    >>> name_reaction_class("2.1.2"), name_reaction_class("10"), name_reaction_class("Suzuki coupling")
    ('acylation', 'functional group addition', 'C-C bond formation')
    """
    return REACTION_CLASSES.get(_NAMED.get(code, code).split(".", 1)[0])
