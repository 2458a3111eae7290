"""Words for a property that shall rise or fall: 'more lipophilic', 'bring the molar refractivity down'."""

from __future__ import annotations

import re
from typing import Final

_PROPERTIES: Final[tuple[tuple[str, int, str], ...]] = (
    ("TPSA", 1, r"t?psa(?: values?)?|(?:topological )?polar surface(?: area)?"),
    ("MW", 1, r"molecular (?:weight|mass)|molar mass|mol\.? ?(?:weight|wt)|mw"),
    (
        "LogP", 1,
        r"c?log ?p(?: values?)?|(?:octanol[- /]water )?partition coefficient|lipophilicity|lipophilic|hydrophobicity|"
        r"hydrophobic|fat[- ]soluble|greasy|lipophilic character",
    ),
    ("LogP", -1, r"hydrophilicity|hydrophilic|polar|polarity"),
    ("MR", 1, r"molar refractivity|molar refraction|refractivity|mr(?: values?)?|crippen mr"),
    (
        "QED", 1,
        r"qed(?: values?| scores?)?|drug[- ]?likeness(?: scores?)?|drug[- ]?like|"
        r"quantitative estimate of drug[- ]?likeness",
    ),
)  # fmt: skip
"""Property, what more of the words means for it, and the words."""
_COMPARATIVES: Final = {
    "greasier": "more greasy",
    "oilier": "more greasy",
    "heavier": "more molecular weight",
    "lighter": "less molecular weight",
}
_UP: Final = (
    r"increas(?:e[sd]?|ing)|rais(?:e[sd]?|ing)|higher|greater|larger|bigger|more|boost(?:ed|ing)?|improv(?:e[sd]?|ing)|"
    r"enhanc(?:e[sd]?|ing)|better|up|elevat(?:e[sd]?|ing)|maximi[sz](?:e[sd]?|ing)|upwards?|rises?|goes up|stronger|"
    r"bump(?:ed|ing)?|enlarg(?:e[sd]?|ing)|too (?:low|small|little)"
)
_DOWN: Final = (
    r"lower(?:ed|ing|s)?|decreas(?:e[sd]?|ing)|reduc(?:e[sd]?|ing)|less|smaller|down|drops?|cut(?:s|ting)?|"
    r"diminish(?:ed|es|ing)?|minimi[sz](?:e[sd]?|ing)|worsen(?:ed|ing|s)?|worse|poorer|shrink|falls?|downwards?|weaken|"
    r"trim(?:med|ming)?|brought down"
)
_TOO: Final = r"too"
_DIRECTION = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<too>{_TOO}))\b")
_NAMED = re.compile("|".join(rf"\b(?P<p{number}>{words})\b" for number, (_, _, words) in enumerate(_PROPERTIES)))
_BETWEEN_CLAUSES = re.compile(r"[,;:]|\b(?:so|but|and|because|since)\b")
_JOINED: Final = r",?\s*\b(?:(?:but|and|while|whilst|with|yet)\s+)*"
_WHOLE: Final = "scaffold|core|structure|skeleton|framework|similarity|original|molecule|compound|rest"
_KEPT = re.compile(
    rf"{_JOINED}(?:without (?:really |much )?(?:changing|altering|touching|losing|affecting)|"
    r"(?:not|without) straying(?: too)? far from|"
    r"(?:keep|stay|remain|retain)(?:ing)?|(?:preserv|conserv|leav)(?:e|ing))\b"
    rf"(?: \w+){{0,4}}? (?:{_WHOLE}|similar|close|it|this|same|high|intact)\b"
    r"(?:\s+(?:(?:too )?much|a lot|to (?:it|this|the original|that)|similar|intact|the same|unchanged|as (?:it is|is)|"
    r"high|kept|as similar as possible))*"
    rf"|{_JOINED}(?:the )?(?:{_WHOLE}) (?:(?:is|to be|being|should be|must be) )?"
    r"(?:kept|high|retained|preserved|maintained|unchanged|intact|the same)\b"
)
"""What is to stay as it is: that the molecule stays similar is checked anyhow."""
_CONFUSING = re.compile(
    r"\b(?:not|never|without (?:changing|affecting)|"
    r"by (?:about |roughly |around |at least |some |~ ?)?(?:\d[\d.,]*|one|two|three|half)|"
    r"than(?! (?:this|that|it|the (?:one|original|parent|input|given|starting))\b))\b|n't\b"
)

ALL_WORDS: Final = """
    logp clogp log p partition coefficient lipophilicity lipophilic hydrophobicity hydrophobic fat soluble greasy
    greasier oilier hydrophilicity hydrophilic polar polarity molar refractivity refraction mr crippen qed drug likeness
    druglike like quantitative estimate score value character octanol water too increase raise higher greater larger
    bigger more boost improve improved enhance better up elevate maximise maximize rise upward lower decrease reduce
    less smaller down drop cut diminish minimise minimize worsen worse poorer shrink fall downward go goes going push
    bring get make modify change tweak tune optimise optimize adjust vary turn alter analogue analog derivative version
    variant similar close closely related compound molecule structure same series scaffold core keep keeping while bit
    somewhat slightly little so that becomes become to have with of design suggest find give propose want need would how
    one it its this be should i.e i e without changing much somewhere hence high low ought prefer preferred seek seeking
    aim try please something close must needs now candidate that is as possible still remain stay staying but few small
    changes modification modifications fix correct remedy towards toward water solubility soluble similarity kept
    maintained retained original whose which what can could might will small tiny minor single version me give variation
    substitution tweaks relative blood brain barrier cross than alteration rest edit minimal enough straying
    far druglikeness say t > where most alike control optimise optimize there tpsa psa topological surface area mw mass
    molecular weight
"""
"""Words that such a request is made of."""
_ANY_PROPERTY: Final = "|".join(f"(?:{words})" for _, _, words in _PROPERTIES) + "|greasier|oilier"
_OPTIMISE = re.compile(r"\boptimi[sz](?:e[sd]?|ing|ation)\b")
_LACKING = re.compile(rf"(?:\bnot|n['\u2019]t) (?:\w+ )?(?:{_ANY_PROPERTY}) enough\b")
_MEND: Final = "fix|change|correct|improve|remedy|mend|help|adjust|repair|optimi[sz]e|modify|better"
_CHANGE: Final = (
    "change|modification|tweak|substitution|variation|replacement|analogue|analog|derivative|variant|molecule|compound|"
    "edit"
)
_WHICH_CHANGE: Final = (
    r"^(?:what would (?:you|i|one|we) (?:change|modify|do)|"
    rf"(?:is there )?(?:which|what|any|some|an?) (?:[\w-]+ ){{0,3}}(?:{_CHANGE})s? "
    r"(?:would|could|might|will|can|should|to|that|with|of|raises?|lowers?))\b"
)
_NO_QUESTION: Final = (
    r"^(?!(?:is|are|does|do|did|why|which|what|would|will|was|has|have|when|where|order|rank|sort|list|compare)\b)"
)
ASKS_FOR_CHANGE: Final = (
    # an order to move it
    rf"{_NO_QUESTION}.*\b(?:{_UP}|{_DOWN})\b.*\b(?:{_ANY_PROPERTY})\b",
    rf"{_NO_QUESTION}.*\b(?:{_ANY_PROPERTY})\b.*\b(?:{_UP}|{_DOWN})\b",
    rf"{_NO_QUESTION}.*\b(?:greasier|oilier)\b",
    rf"\b(?:{_ANY_PROPERTY}) ?[\u2191\u2193]",
    # a question for the change that would move it
    rf"{_WHICH_CHANGE}.*\b(?:{_UP}|{_DOWN})\b.*\b(?:{_ANY_PROPERTY})\b",
    rf"{_WHICH_CHANGE}.*\b(?:{_ANY_PROPERTY})\b.*\b(?:{_UP}|{_DOWN})\b",
    rf"(?:\b(?:is|are|looks|seems)|['\u2019]s) (?:much |far |way |a bit |still )?too (?:{_ANY_PROPERTY})\b.*"
    rf"\b(?:{_MEND})\b",
    rf"(?:\bnot|n['\u2019]t) (?:\w+ )?(?:{_ANY_PROPERTY}) enough\b.*\b(?:{_MEND})\b",
    r"\boptimi[sz]\w+\b.*\b(?:qed|drug[- ]?likeness)\b",
    # said twice over, so that 'can you make this' is no question for a synthesis
    rf"\bmak(?:e|ing)\b.*\b(?:more|less)\b.*\b(?:{_ANY_PROPERTY})\b",
)
"""Patterns of questions that ask for such a change."""


def read_aim(text: str) -> str | None:
    """Return what shall rise or fall, as one of the aims of optimisation names it; None where that is not clear.

    Example:
        >>> read_aim("Make it less lipophilic."), read_aim("a more hydrophilic analogue"), read_aim("what is its LogP?")
        ('lower LogP', 'lower LogP', None)
    """
    words = " ".join(text.lower().replace("\u2191", " up ").replace("\u2193", " down ").split())
    for short, long in _COMPARATIVES.items():
        words = re.sub(rf"\b{short}\b", long, words)
    words = _KEPT.sub(" ", words)
    meant: set[str] = set()
    named: set[str] = set()
    for found in _NAMED.finditer(words):
        number = next(index for index in range(len(_PROPERTIES)) if found.group(f"p{index}"))
        name, sense, _ = _PROPERTIES[number]
        first, last = _find_clause(words, found.start(), found.end())
        step: int | None = 1  # 'it is not drug-like enough'
        if not _LACKING.search(words, first, last):
            if _CONFUSING.search(words, first, last):
                return None
            step = _find_direction(words, found.start(), found.end())
            if step is None and name == "QED" and _OPTIMISE.search(words):
                step = 1  # of these three it alone has a better end
        named.add(name)
        if step is not None:
            meant.add(f"{'raise' if step * sense > 0 else 'lower'} {name}")
    return meant.pop() if len(meant) == len(named) == 1 else None


def _find_direction(words: str, start: int, end: int) -> int | None:
    """Return 1 where the nearest word for a direction means up, -1 where it means down; the words before come first."""
    for first, last in (_find_clause(words, start, end), (0, len(words))):
        before = list(_DIRECTION.finditer(words, first, start))
        after = _DIRECTION.search(words, end, last)
        # 'lower LogP' lies nearer than 'LogP should be lower', unless another property stands between.
        chosen = before[-1] if before and not _NAMED.search(words, before[-1].end(), start) else after
        if chosen is not None:
            return 1 if chosen.group("up") else -1
    return None


def _find_clause(words: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause begins and ends that holds a span."""
    edges = [0, *(edge for match in _BETWEEN_CLAUSES.finditer(words) for edge in match.span()), len(words)]
    return max(edge for edge in edges if edge <= start), min(edge for edge in edges if edge >= end)
