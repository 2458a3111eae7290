"""What a question wants beside a value: a part of a reaction, or an order."""

from __future__ import annotations

import re
from typing import Final

from anymol.modalities.content import Role
from anymol.tasks.cues import HERE
from anymol.tasks.question.mention import REACTION_SIGN, show_signs

_ROLES: Final = (
    (
        Role.PRODUCT,
        r"(?:main |major |expected |possible |reaction )*(?<!natural )(?<!by-)(?<!by )(?<!side )(?<!side-)products?|"
        r"produkte?|outcome(?: of (?:the|this) reaction)?",
    ),
    (
        Role.REACTANT,
        r"reactants?|starting materials?|precursors?|building blocks?|synthons?|educts?|edukte?|substrates?",
    ),
    (Role.SOLVENT, r"solvents?|lösungsmittel"),
    (Role.CATALYST, r"catalysts?|ligands? (?:should|would|for the coupling)|katalysator"),
    (
        Role.REAGENT,
        r"reagents?|oxidants?|oxidi[sz]ing agents?|reducing agents?|reductants?|coupling agents?|base (?=and|"
        r"should|would|for)|(?:reaction )?conditions|dehydrating agents?",
    ),
)
_ANY: Final = "|".join(pattern for _, pattern in _ROLES)
_ROLE_WORD = re.compile("|".join(rf"(?P<{role.value}>\b(?:{pattern}))(?![\w-])" for role, pattern in _ROLES))
_GIVEN_ROLE = re.compile(
    rf"\b(?:{_ANY})(?:\s*(?:\+|/|,|and|&)\s*(?:the |some )?(?:{_ANY}))*(?:\s+(?:smiles|molecules?|string))?\s*"
    rf"(?:is to be|should be|is|are|were|was|=|:)?\s*(?:the |a |an )?(?={HERE})"
)
"""A part of a reaction that the question itself gives: 'the product X'."""
_MEANS = re.compile(rf"\b(?:using|with|without|from|out of|by|via) (?!what\b|which\b)(?:[\w-]+ ){{0,4}}?(?:{_ANY})\b")
"""Parts of a reaction that say how it is to be done: 'using common reagents'."""
_ABOUT = re.compile(
    rf"^how\b(?!.*\b(?:lead|give|yield|combine|react)\b).*\b(?:{_ANY})\b|^(?:is|are|was|were|does|do|did|"
    rf"has|have|can|will|could|would) (?:the |this |its |a |that )?(?:{_ANY})\b(?! (?:of|for)\b.*\?)"
    rf"|\bwhich (?:{_ANY}) (?:is|acts|serves|are|was|has|have)\b(?! (?:formed|needed|required|used|"
    r"expected|obtained|produced|made|missing|suitable|best|necessary|likely|probable))"
    rf"|\bwhich one (?:is|acts|serves|was) (?:as )?(?:the |an? )?(?:{_ANY})\b"
)
"""Questions about a part of a reaction that is known: 'is the product chiral?'"""
_WANTS = re.compile(
    r"\b(?:predict|propose|suggest|give|provide|offer|recommend|identify|find|list|what|which|write|get|"
    r"show|name)(?: me)?(?: (?:is|are|the|a|an|some|possible|"
    r"potential|plausible|likely|main|major|probable|expected|reaction))* $"
)
"""Words before a part of a reaction that ask for it."""
_OF = re.compile(
    r"\b(?:the|what|which|its|any|an?) (?!(?:structure|smiles|selfies|name|names|identity|prediction|"
    r"list|choice|combination|drawing|kind|type|set|nature|"
    r"sort|number|outcome|synthesis|formation)\b)[\w-]+ of (?:the |its |this |these |some )?$"
)
"""Something else of a part is asked for: 'the role of the solvent'."""
_MOLECULE_OF = re.compile(
    r"\b(?:hydrogen[\s-]bond|precursor ion|precursor m/z|products? of nature)\b|\bcoupling constants?|"
    r"\bnatural products?"
)

_ORDER = re.compile(
    rf"\b(?:rank|sort|arrange|put .* in order)\b|\border (?:the|these|them|by|{HERE})"
    r"|\bdifferences? (?:in|of)\b.*\bbetween\b"
    r"|\b(?:which|what|who|whose|is|does|do|are|has|between|how much)\b.*\b(?:more|less|fewer|most|least|fewest|"
    r"higher|highest|lower|lowest|larger|largest|smaller|smallest|"
    r"bigger|biggest|greater|greatest|heavier|heaviest|lighter|lightest)\b"
    r"|^(?:the )?(?:highest|lowest|largest|smallest|biggest|greatest|most|fewest|heaviest|lightest)\b"
    r"|\b(?:compare|comparison)\b"
)
_ADJECTIVES: Final = re.compile(
    r"\b(?:heavier|heaviest|lighter|lightest|weighs? (?:the )?(?:more|less|most|least)|(?:lipo|"
    r"hydro)philic|hydrophobic|greas\w+|polar|flexible|"
    r"drug-?like)\b"
)


def find_role(asked: str) -> Role | None:
    """Return the part of a reaction that a question asks for; None where it asks for none.

    Args:
        asked: The part of the question that asks, molecules as signs.

    >>> str(find_role("what product do the reagents * and * give with *?".replace("*", HERE)))
    'product'
    >>> str(find_role("which starting materials give the product *?".replace("*", HERE)))
    'reactant'
    """
    # 'reagents: A>>B' gives no reagent, it asks for one.
    plain = _MOLECULE_OF.sub(" ", show_signs(asked.replace(REACTION_SIGN, " reaction ")))
    plain = _MEANS.sub(" ", plain)
    if _ABOUT.search(plain):
        return None
    plain = _GIVEN_ROLE.sub(lambda given: given.group() if _is_wanted(given, plain) else " ", plain)
    match = _ROLE_WORD.search(plain)
    if match is None or match.lastgroup is None or _OF.search(plain[: match.start()]):
        return None
    return Role(match.lastgroup)


def _is_wanted(given: re.Match[str], plain: str) -> bool:
    """Whether a part of a reaction is asked for though a molecule follows: 'predict a product: X'."""
    return ":" in given.group() and _WANTS.search(plain[: given.start()]) is not None


def seeks_order(asked: str) -> bool:
    """Whether a question wants several molecules compared by size of a value.

    >>> seeks_order("which is heavier, \u00a4 or \u00a4?"), seeks_order("how heavy are \u00a4 and \u00a4?")
    (True, False)
    """
    return _ORDER.search(asked) is not None


def names_order(asked: str) -> bool:
    """Whether an adjective says by which value molecules are to be compared."""
    return _ADJECTIVES.search(asked) is not None
