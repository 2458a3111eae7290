"""Properties that nothing here knows: what they are called, and where they are found."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Unanswered:
    """A kind of question that nothing here answers.

    Attributes:
        what: What is lacking, in the plural.
        where: Where it is found.
        pattern: How a question speaks of it, in lower case.
    """

    what: str
    where: str
    pattern: re.Pattern[str]


_HANDBOOKS: Final = "the NIST Chemistry WebBook, the CRC Handbook or PubChem"
_SHEETS: Final = "the safety data sheet of the supplier, or PubChem"

_ENERGY: Final = r"(?:heats?|enthalp(?:y|ies)|entrop(?:y|ies)|gibbs (?:free )?energ(?:y|ies)|free energ(?:y|ies))"
_KINDS: Final = tuple(
    Unanswered(what, where, re.compile("|".join(words)))
    for what, where, *words in (
        (
            "boiling points",
            _HANDBOOKS,
            r"\bboiling (?:point|temperature)s?\b|\bboils?\b|\bsiedepunkt\w*|(?<!\w)b\.?p\.?(?!\w)",
        ),
        (
            "melting points",
            _HANDBOOKS,
            r"\b(?:melting|freezing) (?:point|temperature)s?\b|\bmelts?\b|\bschmelzpunkt\w*|(?<!\w)m\.?p\.?(?!\w)",
        ),
        ("densities", _HANDBOOKS, r"\bdensit(?:y|ies)\b|\bhow dense\b|\bspecific gravity\b|\bdichte\b"),
        ("refractive indices", _HANDBOOKS, r"\brefractive ind(?:ex|ices)\b"),
        ("viscosities", _HANDBOOKS, r"\bviscosit(?:y|ies)\b"),
        ("vapour pressures", _HANDBOOKS, r"\bvapou?r pressures?\b"),
        (
            "heats of formation, combustion or phase change",
            _HANDBOOKS,
            rf"\b{_ENERGY} of (?:formation|combustion|vapori[sz]ation|fusion|sublimation|hydrogenation|reaction)\b",
            r"\bheat capacit(?:y|ies)\b",
        ),
        (
            "lethal doses or limits of exposure",
            _SHEETS,
            r"\b(?:ld|lc|td)[ -]?50\b|\blethal (?:dose|concentration)s?\b|\bexposure limits?\b|\bnoael\b",
        ),
        (
            "CAS numbers",
            "CAS Common Chemistry (commonchemistry.cas.org)",
            r"\bcas[ -](?:registry )?(?:numbers?|no\.?|rn)\b|\bcas\b(?= (?:of|for)\b)",
        ),
        (
            "NMR shifts or couplings",
            "the Spectral Database for Organic Compounds (SDBS) or nmrshiftdb2",
            r"\bchemical shifts?\b|\bcoupling constants?\b|\bnmr (?:spectr\w+|shifts?|data|peaks)\b",
            r"\bpredict\b.*\bnmr\b|^(?:the )?(?:1h|13c|proton|carbon)[ -]nmr of\b",
        ),
        (
            "UV/Vis spectra",
            "the NIST Chemistry WebBook",
            r"\buv(?:[/ -]?vis)?\b.*\b(?:spectr\w+|absor\w+)|\blambda ?max\b|\bextinction coefficients?\b",
        ),
        (
            "flash points, flammability or explosions",
            _SHEETS,
            r"\bflash points?\b|\bflammab\w+|\binflammable\b|\bautoignition\b|\bcombustible\b",
            r"\bexplo(?:sive\w*|des?)\b",
        ),
        (
            "hazard classes or safety data",
            _SHEETS,
            r"\b(?:ghs|pictograms?|safety data|msds)\b|\bhazard (?:class\w*|statements?)\b",
        ),
        (
            "prices or suppliers",
            "the catalogues of suppliers",
            r"\b(?:prices?|priced|costs?|expensive|cheap\w*|buy|purchase|suppliers?|vendors?)\b",
        ),
        ("colours, smells or tastes", _SHEETS, r"\b(?:colou?rs?|smells?|odou?rs?|tastes?)\b"),
        (
            "doses or half-lives of drugs",
            "the summary of product characteristics of the drug",
            r"\b(?:dos(?:e|es|age|ages)|half[ -]li(?:fe|ves)|side effects?)\b",
        ),
    )
)


def find_unanswered(words: str, left: Collection[str] | None = None) -> Unanswered | None:
    """Return the kind of property that a question asks for and nothing here knows; None where it asks for none.

    Args:
        words: The question in lower case.
        left: Words that its best reading leaves out of account, one of which must speak of the property; None of all.

    >>> find_unanswered("what is the boiling point of \u00a4?").what
    'boiling points'
    >>> find_unanswered("how many grams of dose 1", ["grams"]) is None
    True
    """
    for kind in _KINDS:
        said = [match.group() for match in kind.pattern.finditer(words)]
        if any(left is None or any(word in one for word in left) for one in said):
            return kind
    return None
