"""What a question wants beside a value: a part of a reaction, a better molecule, a whole route, an order."""

from __future__ import annotations

import re
from typing import Final

from anymol.modalities.content import Role
from anymol.tasks.cues import HERE, MAKE
from anymol.tasks.question.mention import REACTION_SIGN, TOPIC_SIGN, show_signs

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

_BETTER: Final = (
    r"(?:more|less|better|higher|lower|smaller|larger|bigger|greater|reduced|increased|improved|"
    r"decreased|heavier|lighter|fewer|weaker|stronger|"
    r"polarer|safer|simpler|cleaner|shorter|longer)"
)
_PROPERTY: Final = (
    r"(?:[acx]?log ?[psd]\w*|lipophilic\w*|hydrophilic\w*|hydrophobic\w*|polar\w*|solub\w*|tpsa|psa|qed|"
    r"drug-?\s?like\w*|mw|mr|molecular weight|mass|weight|"
    r"molar refractivity|toxic\w*|poten\w+|stab\w+|permeab\w+|bioavailab\w+|activ\w+|selectiv\w+|"
    r"rigid\w*|flexib\w*|basic\w*|acidic\w*|lead-?like\w*|"
    r"metabolic\w*|refractivity|aromatic|number of \w+|surface area|half-life|binding|affinity|clearance)"
)
_SEEKS_BETTER: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:make|get|turn|render|keep|bring|need|want|give me|find|suggest|propose|"
        rf"design)\b.*{HERE}.*\b{_BETTER}\b",
        rf"\b(?:make|get|turn|render)\b(?: {HERE})?.*\b(?:{_BETTER} )?{_PROPERTY}\b.*\bbut\b",
        r"\b(?:increas|decreas|lower|rais|reduc|improv|optimi[sz]|enhanc|boost|minimi[sz]|maximi[sz]|"
        rf"tun|drop|cut)(?:e|es|ed|ing)?\b (?:the |its |their |{HERE} |of )*{_PROPERTY}\b",
        rf"\b(?:optimi[sz]e|improve|fine-?tune)\b.*{HERE}",
        rf"\btoo {_PROPERTY}\b|\boptimi[sz]e (?:it |{HERE} )?for\b",
        rf"\b(?:bring|get|push|drive|move|shift|keep)\b.*\b{_PROPERTY}\b.*\b(?:down|up|below|above|under|"
        r"over|to \d|beneath)",
        r"\b(?:modify|adjust|change|alter|optimi[sz]e|tweak|tune|edit|transform|vary)\b.*\b(?:to|so "
        rf"that|in order to|such that|until)\b.*\b(?:{_BETTER}|increase|decrease|raise|lower|reduce|"
        r"improve|enhance|boost)\b",
        r"\b(?:changes?|modifications?|alterations?|adjustments?|alteration)\b.*\b(?:increase|decrease|"
        rf"raise|lower|reduce|improve|enhance|boost|{_BETTER})\b",
        r"\b(?:analogues?|analogs?|versions?|variants?|derivatives?|homologues?|"
        rf"cousins?)\b.*\b{_BETTER}\b|\b{_BETTER}\b.*\b(?:analogues?|analogs?|versions?|variants?|"
        r"homologues?|cousins?)\b",
        rf"^(?:please )?(?:a (?:bit |little )?|slightly |much )?(?:more|less) {_PROPERTY}(?: please)?[.!?]*$",
        r"\bhow (?:can|could|do|would|to|should) (?:i |we |one |you )?(?:lower|raise|increase|decrease|"
        rf"reduce|improve|enhance|boost|make {HERE} {_BETTER})\b.*(?:{_PROPERTY}|{HERE})",
        rf"\b(?:i want|i need|give me|we need) (?:an? )?{_BETTER} {_PROPERTY}",
        rf"\b(?:need|want|require|aim for|looking for)\b(?! to (?:know|see|check|find)).*\b{_PROPERTY}\b.*"
        r"\b(?:below|above|under|over|between|at least|at most)\b",
    )
)
_SEEKS_REASON: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?:so |and |but )?why\b|\bhow come\b|\bthe reasons?\b|\bbecause of what\b",
        rf"\b(?:how|what|which|why|does|do|will|would|can|could)\b.*\b{_PROPERTY}\b.*\b(?:change|changes|affect|affected|"
        r"influenced?|impact|depend|depends|vary|varies|respond)\b",
        r"\b(?:how|what|which|why|does|do|will|would|can|could)\b.*\b(?:affects?|influences?|impacts?|effect|contributes?|"
        rf"determines?|governs?|drives?)\b.*\b{_PROPERTY}\b",
    )
)
_JUDGES = re.compile(
    r"\b(?:more|less|most|least|better|best|worse|worst|higher|lower|greater|bigger|smaller|larger|highest|lowest|"
    r"largest|smallest|biggest|good|bad|acceptable|suitable|ideal|optimal|typical|normal|reasonable|too)\b"
    r"|(?<!check )(?<!see )(?<!know )(?<!say )(?<!tell me )(?<!wonder )\bif "
    r"(?!possible|you|that is|it is possible|\u00a4 is possible)"
    r"|^(?:so |and )?(?:is|was|are|were|does|do|has|have|can|could|will|would|should) "
    rf"(?:the |its |their |that |{HERE}'s )(?:[a-z]+ )?{TOPIC_SIGN}+"
    rf"(?!{TOPIC_SIGN}| (?:of|in|for) {HERE}| (?:below|above|under|over|positive|negative|zero|neutral|\d))"
    rf"|^how (?:is|was|are|were) (?:the |its |their |that |this |{HERE}'s )?{TOPIC_SIGN}+ (?:determin|measur|calculat|"
    r"comput|defin|estimat|obtain)"
)
"""A value is compared, weighed, spoken of itself, or asked for on a condition; signs stand for its words."""
_SEEKS_ROUTE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?:please )?(?:{MAKE} |how (?:do|can|could|would) (?:i|you|one|we) {MAKE} |how to {MAKE} |"
        rf"synthesis of |preparation of |a synthesis of |a route to )?{HERE},? (?:starting )?(?:out "
        rf")?from {HERE}[?.!]*$",
        rf"\b(?:make|synthesi[sz]e|prepare|get to|arrive at|build|produce)\b.*{HERE}.*\b(?:starting from|"
        rf"start from|beginning with|starting with|out of)\b.*{HERE}",
        rf"\b(?:way|route|path\w*|sequence|synthesis)\b.*\bfrom {HERE}.*\bto {HERE}|\b(?:way|route|"
        rf"path\w*|sequence|synthesis) to {HERE} from {HERE}",
        r"\b(?:in|over|with) (?:several|two|three|four|five|six|multiple|many|a few|\d+) steps\b|"
        r"\bmulti-?\s?step\b|\b(?:two|three|four|five|six|seven|eight|ten|\d+)-step\b(?<!1-step)|\btotal "
        r"synthesis\b|\bfull (?:synthesis|route)\b",
    )
)
_ORDER = re.compile(
    rf"\b(?:rank|sort|arrange|put .* in order)\b|\border (?:the|these|them|by|{HERE})"
    r"|\b(?:which|what|who|whose|is|does|do|are|has|between)\b.*\b(?:more|less|fewer|most|least|fewest|"
    r"higher|highest|lower|lowest|larger|largest|smaller|smallest|"
    r"bigger|biggest|greater|greatest|heavier|heaviest|lighter|lightest)\b"
    r"|^(?:the )?(?:highest|lowest|largest|smallest|biggest|greatest|most|fewest|heaviest|lightest)\b"
    r"|\b(?:compare|comparison)\b"
)
_ADJECTIVES: Final = re.compile(
    r"\b(?:heavier|heaviest|lighter|lightest|(?:lipo|hydro)philic|hydrophobic|greas\w+|polar|flexible|"
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


def speaks_of_part(asked: str) -> bool:
    """Whether a question asks about a part of a reaction, and not for the part itself.

    >>> speaks_of_part("what is the mass of the product?"), speaks_of_part("what is the product?")
    (True, False)
    """
    plain = _GIVEN_ROLE.sub(" ", show_signs(asked))
    return _ABOUT.search(plain) is not None or any(
        _OF.search(plain[: match.start()]) for match in _ROLE_WORD.finditer(plain)
    )


def _is_wanted(given: re.Match[str], plain: str) -> bool:
    """Whether a part of a reaction is asked for though a molecule follows: 'predict a product: X'."""
    return ":" in given.group() and _WANTS.search(plain[: given.start()]) is not None


def seeks_better(asked: str) -> bool:
    """Whether a question wants another molecule with a better property, and no value of this one.

    >>> seeks_better("make \u00a4 less lipophilic"), seeks_better("is \u00a4 lipophilic?")
    (True, False)
    """
    return any(pattern.search(asked) for pattern in _SEEKS_BETTER)


def seeks_reason(asked: str) -> bool:
    """Whether a question wants to know why a value is as it is, or what changes it.

    >>> seeks_reason("why is the logp of \u00a4 so high?"), seeks_reason("what is the logp of \u00a4?")
    (True, False)
    """
    return any(pattern.search(asked) for pattern in _SEEKS_REASON)


def judges_value(asked: str) -> bool:
    """Whether a question weighs a value, compares it, asks about the value itself, or for it on a condition.

    Args:
        asked: The part of the question that asks; signs stand for molecules and for the words that name the value.

    >>> judges_value("is \u00a4 more lipophilic?"), judges_value("is \u00a4 lipophilic?")
    (True, False)
    """
    return _JUDGES.search(asked) is not None


def seeks_route(asked: str) -> bool:
    """Whether a question wants a whole route between two molecules.

    >>> seeks_route("\u00a4 from \u00a4"), seeks_route("how do i make \u00a4?")
    (True, False)
    """
    return any(pattern.search(asked) for pattern in _SEEKS_ROUTE)


def seeks_order(asked: str) -> bool:
    """Whether a question wants several molecules compared by size of a value.

    >>> seeks_order("which is heavier, \u00a4 or \u00a4?"), seeks_order("how heavy are \u00a4 and \u00a4?")
    (True, False)
    """
    return _ORDER.search(asked) is not None


def names_order(asked: str) -> bool:
    """Whether an adjective says by which value molecules are to be compared."""
    return _ADJECTIVES.search(asked) is not None
