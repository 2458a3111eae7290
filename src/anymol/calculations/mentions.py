"""How a question speaks of molecules: by notation, formula or name, or by words that point to one given before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anymol.calculations.formulas import is_formula
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError


class MentionKind(StrEnum):
    """How a question speaks of a molecule."""

    REFERENT = "referent"
    NOTATION = "notation"
    FORMULA = "formula"
    NAME = "name"


@dataclass(frozen=True)
class Mention:
    """A molecule in a question.

    Attributes:
        text: How it is written: a notation, a formula, a name, or the words that point to a molecule given before.
        kind: Which of these.
        start: Where it begins in the question.
        end: Where it ends.
    """

    text: str
    kind: MentionKind
    start: int
    end: int

    @property
    def is_plural(self) -> bool:
        """Whether it points to several molecules: 'these', 'both'."""
        return self.kind is MentionKind.REFERENT and _PLURAL.search(self.text) is not None

    @property
    def is_made(self) -> bool:
        """Whether it points to what a reaction gave or took: 'the product'."""
        return self.kind is MentionKind.REFERENT and _MADE.search(self.text) is not None


SMALL_WORDS: Final = frozenset(
    """
    a an the this that these those of for in on to is are was be been do does did has have having had can could would
    will shall should what which how many much who whose give me tell us show state report calculate compute determine
    find get list name estimate work out need want know i we you my your our it its their them they there please
    kindly and or as well also plus with at by from between both each other one ones two three all any together into
    form value values number numbers amount total exact exactly if so whether not no than vs versus against when where
    then just only molecule molecules compound compounds substance substances structure structures chemical chemicals
    drug drugs properties property following given above below same input question answer possible quickly say explain
    convert write express translate provide return print output display predict evaluate assess check verify identify
    describe about per according using use via does's what's whats it's that's is/are here there's let let's now
    thanks thank e.g. i.e. etc respectively assign assigned specify specified label labels labelled labeled present
    represent contain contains kind kinds type types term terms unit units approximately roughly rough expected
    theoretical atom atoms corresponding different respective overall entire whole single first second last really
    actually large big high
    """.split()  # noqa: SIM905 - a page of small words is read best as a text
)
"""Words of questions that ask for nothing by themselves."""

_ENGLISH: Final = frozenset(
    """
    generate create indicate evaluate formulate separate appropriate accurate approximate candidate candidates donate
    relate related translate hate associate adequate ultimate immediate alternate rate rates state states date late
    plate template climate private update combine machine engine routine online medicine discipline decline refine
    define line lines nine mine fine wine shine examine imagine provide decide beside inside outside side wide guide
    divide hide ride slide plane scene gene lane membrane done none alone zone phone someone anyone everyone purpose
    propose suppose choose close dose expose compose dispose lose nose pose rose whose those whole role hole sole
    medium premium write white quite despite invite suite opposite definite finite favourite site sites people example
    simple base together whether either neither active passive negative positive relative native sensitive
    selective inactive analyse make made design designs improve increase decrease reduce modify optimise optimize
    synthesise synthesize reactive toxic soluble april june july elephant life time like style file profile mobile
    """.split()  # noqa: SIM905 - as above
)
"""Words of English that end as names of chemicals do, and words that other tasks are asked with."""

ARTICLES: Final = frozenset({"a", "an", "the", "of", "for", "in", "and", "or", "to", "is", "with", "from", "between"})
"""Words that neither begin nor end a name."""

MOST_WORDS: Final = 6
"""Words of the longest name that is looked for."""

_PLURAL: Final = re.compile(
    r"\b(?:these|those|they|them|their|both|molecules|compounds|structures|substances|ones|two)\b", re.IGNORECASE
)
_MADE: Final = re.compile(r"\b(?:products?|reactants?|reagents?|starting materials?)\b", re.IGNORECASE)
_NOUN: Final = (
    r"(?:molecules?|compounds?|substances?|structures?|chemicals?|drugs?|products?|reactants?|inputs?|ones?|thing|"
    r"species|ligand|isomers?|salt|acid|base|ion|cation|anion|peptide|monomer|reagent|solvent|metabolite)"
)
REFERENT: Final = re.compile(
    r"\b(?:this|that|these|those|my|our|the (?:following|given|above|attached|input|last|previous|first|second|two))"
    rf"\s+(?:two\s+|three\s+)?(?:\w+\s+)?{_NOUN}\b"
    r"|\bthe\s+(?:molecules?|compounds?|substances?|chemicals?|product)\b"
    r"|\b(?:it|its|it's|them|their|they|these|those|both|this|that)\b(?:\s+(?:two|ones?|of them))?",
    re.IGNORECASE,
)
"""Words that point to a molecule given before."""

TAGGED: Final = re.compile(r"<mol>(?P<inside>.*?)</mol>", re.DOTALL)
"""A molecule between the tags of a model's text."""

_WORD: Final = re.compile(r"\S+")
_TRIM_LEFT, _TRIM_RIGHT = "\"'`\u201c\u2018([{<,;:", "\"'`\u201d\u2019?!,;:."
_SMILES_SIGNS: Final = re.compile(r"[A-Za-z0-9@+\-\[\]()=#%\\/.:*$~>]+")
_RAISED: Final = re.compile(r"\^|[\u207a\u207b\u2070-\u2079\u00b2\u00b3\u2080-\u2089]")
_ORGANIC: Final = re.compile(r"(?:Br|Cl|[BCNOPSFI])+")
_AROMATIC: Final = re.compile(r"[bcnops]\d")
_ENGLISH_CAPITALS: Final = frozenset({"CNS", "PBS", "SOS", "CSI", "FBI", "NIC"})
_CHEMICAL: Final = re.compile(
    r"\d[,'-]|-\d|^\(?[RSEZDLN]\)?-|(?:anol|enol|ynol|diol|phenol|ine|[aey]ne|one|ate|ide|ite|yl|anal|enal|ose|oxin|ium|"
    r"ole|ofen|hyde|itrile|(?:ic|ous) acid|ether|ester|mycin|statin|olol|cillin|sartan|azepam|mab|nib|vir|pril|oxacin|"
    r"profen)$",
    re.IGNORECASE,
)
_BEFORE_NAME: Final = re.compile(
    r"\b(?:of|for|in|is|are|does|do|has|have|between|and|or|than|to|with|from|vs|versus|compound|molecule|drug|about)$"
)
_FORMULA: Final = re.compile(r"(?:[A-Z][a-z]?\d*|[()\[\]]\d*|[.\u00b7*]\d*)+(?:\^?\d*[+-])?")
_SHORT_FORMULAS: Final = frozenset({"CO", "NO", "HF", "HI", "KI", "LiH", "NaH", "KH", "MgO", "CaO", "NaF", "KF"})
_ABBREVIATION: Final = re.compile(r"[A-Z]\d|C1V1|C2V2|V[23]000|MS\d?|ECFP\d|SP[23]?|FSP3|RO5", re.IGNORECASE)
_STEREO_PREFIX: Final = re.compile(r"\((?:[RSEZrsez\d,+\-\u00b1]+|rac|DL?|L)\)-")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


def list_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the words of a text begin and end, without the signs around them.

    >>> [("(caffeine), 2-(methylamino)ethanol?")[a:b] for a, b in list_words("(caffeine), 2-(methylamino)ethanol?")]
    ['caffeine', '2-(methylamino)ethanol']
    """
    for match in _WORD.finditer(text):
        start, end = match.span()
        while start < end and text[start] in _TRIM_LEFT and not _opens(text[start:end]):
            start += 1
        while end > start and (
            text[end - 1] in _TRIM_RIGHT or (text[end - 1] in ")]}" and not _is_balanced(text[start:end]))
        ):
            end -= 1
        if start < end:
            yield start, end


def judge_word(word: str) -> MentionKind | None:
    """Return what a word is, if it is a notation or a formula; None for any other.

    >>> judge_word("CCO"), judge_word("H2SO4"), judge_word("CO"), judge_word("aspirin"), judge_word("NMR")
    (<MentionKind.NOTATION: 'notation'>, <MentionKind.FORMULA: 'formula'>, <MentionKind.FORMULA: 'formula'>, None, None)
    """
    if word.startswith("InChI="):
        return MentionKind.NOTATION
    if re.fullmatch(r"(?:\[[^\[\]\s]+\]\.?){2,}", word):
        return None if re.match(r"\[\d*M[+\-\]]", word) else MentionKind.NOTATION
    if _RAISED.search(word) is not None:
        return MentionKind.FORMULA if is_formula(word) else None
    if len(word) < 2 or _SMILES_SIGNS.fullmatch(word) is None:
        return None
    if word in _SHORT_FORMULAS:
        return MentionKind.FORMULA
    if _looks_written(word) and is_smiles(word):
        return MentionKind.NOTATION
    shaped = _FORMULA.fullmatch(word) is not None and re.search(r"[A-Z]", word) is not None
    counted = re.search(r"\d|\(", word) is not None and _ABBREVIATION.fullmatch(word) is None
    spelled = len(word) > 3 and not word.isupper() and not word[1:].islower()  # NaCl, KMnO; neither LogP nor Nitro
    return MentionKind.FORMULA if shaped and (counted or spelled) and is_formula(word) else None


def is_smiles(word: str) -> bool:
    """Whether a word parses as a SMILES of molecules; a reaction does not."""
    return word.count(">") != 2 and not isinstance(try_parse_smiles(word), InvalidSmilesError)


def looks_like_name(text: str, before: str, *, closes: bool) -> bool:
    """Whether words that nothing else explains are the name of a chemical that the dictionary does not hold.

    Args:
        text: The words.
        before: What stands before them.
        closes: Whether the question ends with them.
    """
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
    if len(text.split()) > MOST_WORDS or _CHEMICAL.search(text) is None or words & _ENGLISH:
        return False
    before = before.rstrip().lower()
    return closes or not before or before[-1] in ",:;(?!." or _BEFORE_NAME.search(before) is not None


def _looks_written(word: str) -> bool:
    """Whether a word has signs of a SMILES that English words and abbreviations lack."""
    if word.isalpha():
        return len(word) > 2 and _ORGANIC.fullmatch(word) is not None and word not in _ENGLISH_CAPITALS
    if word.islower():
        return _AROMATIC.search(word) is not None
    return len(word) > 2 and re.search(r"[=#\[\]()@\\/.]|[A-Za-z]\d", word) is not None


def _opens(word: str) -> bool:
    """Whether the bracket that begins a word belongs to it: to a SMILES, a formula or a name."""
    if word[0] not in _PAIRS or _PAIRS[word[0]] not in word[1:]:
        return False
    return judge_word(word.rstrip(_TRIM_RIGHT)) is not None or _STEREO_PREFIX.match(word) is not None


def _is_balanced(word: str) -> bool:
    """Whether no bracket closes that did not open."""
    return all(word.count(opening) >= word.count(closing) for opening, closing in _PAIRS.items())
