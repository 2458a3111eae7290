"""From a question in plain words to the calculations that it names and the molecules it is about.

A question is taken only if it is understood whole: every word is a phrase of the table, a molecule, a word that chooses
among what a calculation can say, or one of the small words of questions. 'Make it less lipophilic' holds 'make' and
'less', which are none of these, so nobody answers it with a LogP. Questions about amounts are recognised by their
quantities and equations instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from anymol.calculations.adducts import find_adducts
from anymol.calculations.balancing import find_equation
from anymol.calculations.calculation import Takes
from anymol.calculations.elements import ELEMENTS
from anymol.calculations.formulas import is_formula
from anymol.calculations.groups import list_group_words
from anymol.calculations.isotopes import RESOLUTION
from anymol.calculations.quantities import Dimension, Quantity, find_quantities
from anymol.calculations.table import CALCULATIONS
from anymol.calculations.words import Phrase, Vocabulary
from anymol.chem.names import find_name
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import AnyMolError, InvalidSmilesError

HERE: Final = "\u00a4"
"""Stands for a molecule in the text that a calculation reads."""

_LONGEST_QUESTION: Final = 4000
_MOST_WORDS_OF_A_NAME: Final = 6


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


@dataclass(frozen=True)
class Request:
    """What a question asks of the table of calculations.

    Attributes:
        calculations: Their names, in the order asked for.
        mentions: The molecules it names or points to, in their order; empty where it speaks of none.
        text: What the calculations read besides: the question, its molecules replaced by a sign; of questions about
            amounts the question itself.
    """

    calculations: tuple[str, ...]
    mentions: tuple[Mention, ...]
    text: str


RESERVED: Final = {
    "name": (
        "name", "iupac name", "systematic name", "iupac", "iupac nomenclature", "common name", "trivial name",
        "chemical name", "nomenclature",
    )
}  # fmt: skip
"""Words of what others answer; a question that holds one is theirs."""

_GLUE: Final = frozenset(
    """
    a an the this that these those of for in on to is are was be been do does did has have having had can could would will
    shall should what which how many much who whose give me tell us show state report calculate compute determine find get
    list name estimate work out need want know like i we you my your our it its their them they there please kindly and or
    as well also plus with at by from between both each other one ones two three all any together into form its value values
    number numbers amount total exact exactly if so whether not no than vs versus against when where then just only
    molecule molecules compound compounds substance substances structure structures chemical chemicals drug drugs
    properties property following given above below same input question answer possible quickly say explain convert
    write express translate provide return print output display predict evaluate assess check verify identify describe
    about per according using use via via. does's what's whats it's that's is/are here there's let let's now thanks thank
    e.g. i.e. etc respectively assign assigned specify specified label labels labelled labeled present represent
    contain contains kind kinds type types term terms unit units approximately roughly rough expected theoretical
    corresponding different respective overall entire whole single first second last really actually large big high
    """.split()  # noqa: SIM905 - a page of small words is read best as a text
)

_PLURAL: Final = re.compile(
    r"\b(?:these|those|they|them|their|both|molecules|compounds|structures|substances|ones|two)\b", re.I
)
_NOUN: Final = (
    r"(?:molecules?|compounds?|substances?|structures?|chemicals?|drugs?|products?|reactants?|inputs?|ones?|thing|species|"
    r"ligand|isomers?|salt|acid|base|ion|cation|anion|peptide|monomer|reagent|solvent|metabolite)"
)
_REFERENT: Final = re.compile(
    rf"\b(?:this|that|these|those|my|our|the (?:following|given|above|attached|input|last|previous|first|second|two|same))"
    rf"\s+(?:two\s+|three\s+)?(?:\w+\s+)?{_NOUN}\b"
    r"|\bthe\s+(?:molecules?|compounds?|substances?|chemicals?|product)\b"
    r"|\b(?:it|its|it's|them|their|they|these|those|both|this|that)\b(?:\s+(?:two|ones?|of them))?",
    re.IGNORECASE,
)
_TAGGED: Final = re.compile(r"<mol>(?P<inside>.*?)</mol>", re.DOTALL)
_POLITE: Final = re.compile(
    r"^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|well|now|thanks|thank you|also|and|then|what about)[,!.\s]+)+",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\S+")
_TRIM_LEFT, _TRIM_RIGHT = "\"'`\u201c\u2018([{<,;:", "\"'`\u201d\u2019?!,;:."
_SMILES_SIGNS: Final = re.compile(r"[A-Za-z0-9@+\-\[\]()=#%\\/.:*$~>]+")
_ORGANIC: Final = re.compile(r"(?:Br|Cl|[BCNOPSFI])+")
_AROMATIC: Final = re.compile(r"[bcnops]\d")
_CHEMICAL: Final = re.compile(
    r"\d[,'-]|-\d|^\(?[RSEZDLN]\)?-|(?:anol|enol|ynol|diol|phenol|ine|[aey]ne|anone|enone|one|oate|ate|ide|ite|yl|anal|enal|"
    r"ose|oxin|ium|ole|ofen|hyde|itrile|amide|amine|acid|ether|ester|mycin|statin|prazole|olol|cillin|sartan|azepam|caine|"
    r"mab|nib|vir|pril|azole|oxacin|profen|thiazide|dione|oxide|chloride|bromide|iodide|fluoride|sulfate|nitrate|acetate)$",
    re.IGNORECASE,
)
_ARTICLES: Final = frozenset({"a", "an", "the", "of", "for", "in", "and", "or", "to", "is", "with", "from", "between"})
_FORMULA_SHAPE: Final = re.compile(r"(?:[A-Z][a-z]?\d*|[()\[\]]\d*|[.\u00b7*]\d*)+(?:\^?\d*[+-])?")
_BARE_FORMULAS: Final = frozenset({"CO", "NO", "HF", "HI", "KI", "LiH", "NaH", "KH", "MgO", "CaO", "NaF", "KF"})


def read_request(question: str) -> Request | None:
    """Return what a question asks of the table; None where it is not understood whole, or asks something else.

    Args:
        question: The question.

    Example:
        >>> found = read_request("What are the MW, logP and TPSA of aspirin?")
        >>> found.calculations, [mention.text for mention in found.mentions]
        (('average_mass', 'logp', 'tpsa'), ['aspirin'])
        >>> read_request("Make it less lipophilic") is None
        True
    """
    plain = question.strip()
    if not plain or len(plain) > _LONGEST_QUESTION:
        return None
    plain = _POLITE.sub("", plain)
    about_amounts = choose_text_calculation(plain)
    if about_amounts is not None:
        return Request((about_amounts,), _find_referents(plain), plain)
    return _Reader(plain).read()


# ---------------------------------------------------------------------------------------------------- amounts in a text

_AMOUNT_WORDS: Final = re.compile(
    r"\bhow (?:many|much)\b|\bwhat(?:'s| (?:mass|volume|amount|weight|is|are|would|will))\b|\bweigh\w*\b|\bcalculate\b|\bconvert\b|\bfind\b|\bdetermine\b|"
    r"\blimiting\b|\byield\b|\bmolarity\b|\bconcentration\b|\bequiv|\bmass of\b|\bmoles? of\b|\bmolecules in\b|\bmol ?%|"
    r"\bdilut|\bprepare\b|\bmake\b|\bstock\b|\bin (?:mg|g|mmol|mol|mL)\b|\bto (?:mM|M|g/L|mg/mL|ppm|%|grams|moles|mmol)(?!\w)",
    re.IGNORECASE,
)
_NOT_AMOUNTS: Final = re.compile(
    r"\b(?:procedure|synthesi[sz]e|solub\w+|dissolves?|boil\w*|melt\w*|toxic\w*|ld50|ic50|dose|dosage|price|cost|ph of)\b|"
    r"\bpka\b|\bpH\b",
    re.IGNORECASE,
)
_BALANCE: Final = re.compile(r"\bbalanc\w+\b|\bstoichiometric coefficients?\b", re.IGNORECASE)
_COUNTS_MOLES: Final = re.compile(
    r"\bhow many (?:(?:milli|micro)?moles?|[mµu]?mols?|molecules|atoms|equiv\w*)\b|\bnumber of moles\b|\bmoles (?:are|of)\b",
    re.IGNORECASE,
)
_SUBSTANTIAL: Final = (Dimension.MASS, Dimension.AMOUNT, Dimension.VOLUME, Dimension.PARTICLES)


def choose_text_calculation(question: str) -> str | None:
    """Return the calculation about amounts or equations that a question asks for; None where it asks for none."""
    if _BALANCE.search(question) and find_equation(question) is not None:
        return "balancing"
    try:
        quantities = find_quantities(question)
    except AnyMolError:
        # A unit in a wrong spelling: the calculation itself says so, where amounts are asked at all.
        return "stoichiometry" if _COUNTS_MOLES.search(question) else None
    if not quantities or not _AMOUNT_WORDS.search(question) or _NOT_AMOUNTS.search(question):
        return None
    return _choose_by_quantities(quantities, question)


def _choose_by_quantities(quantities: Sequence[Quantity], question: str) -> str | None:
    kinds = [one.dimension for one in quantities]
    strengths = [
        one
        for one in quantities
        if one.dimension in (Dimension.MOLARITY, Dimension.RATIO, Dimension.PERCENT)
        or (one.dimension is Dimension.DENSITY and one.value < 500.0 and "densit" not in question.lower())
    ]
    volumes = kinds.count(Dimension.VOLUME)
    has_portion = any(kind in _SUBSTANTIAL for kind in kinds)
    has_solid = any(kind in (Dimension.MASS, Dimension.AMOUNT, Dimension.PARTICLES) for kind in kinds)
    if Dimension.EQUIVALENTS in kinds or Dimension.MOL_PERCENT in kinds:
        return "stoichiometry" if has_portion else None
    if strengths and not has_solid and not (len(strengths) == 1 and volumes == 1 and _COUNTS_MOLES.search(question)):
        worth = (
            volumes
            or len(strengths) > 1
            or re.search(r"\bmolarity\b|\bconvert\b|\bconcentration\b|\bdilut|\bin \S+\?*$", question, re.I)
        )
        return "dilution" if worth else None
    if re.search(r"\bdilut", question, re.IGNORECASE) and volumes:
        return "dilution"
    return "stoichiometry" if has_portion else None


def _find_referents(question: str) -> tuple[Mention, ...]:
    return tuple(
        Mention(match.group(), MentionKind.REFERENT, *match.span())
        for match in _REFERENT.finditer(question)
        if match.group().lower() not in ("this", "that", "it", "they", "these", "those") or _points(question, match)
    )


def _points(question: str, match: re.Match[str]) -> bool:
    """Whether 'it' or 'this' stands where a substance stands: behind 'of'."""
    return re.search(r"\bof\s+$", question[: match.start()], re.IGNORECASE) is not None


# ------------------------------------------------------------------------------------------------- questions of structure


@dataclass(frozen=True)
class _Span:
    start: int
    end: int

    def meets(self, other: _Span) -> bool:
        return self.start < other.end and other.start < self.end


class _Reader:
    """Takes one question apart."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._taken: list[_Span] = []
        self._has_ion = False
        self._has_piece = False
        self._mentions: list[Mention] = []

    def read(self) -> Request | None:
        question = self._question
        self._take_notations()
        self._take_parameters()
        phrases = self._take_phrases_and_names()
        if any(name in RESERVED for phrase in phrases for name in phrase.names):
            return None
        names = _settle(phrases)
        if self._has_ion or "ion_mz" in names:
            names = _name_ion(names)
        if not names:
            return None
        self._release_pieces(names)
        self._take_choices(names)
        self._take_referents()
        if "substructure" in names and len(names) > 1 and not self._has_piece and len(self._mentions) < 2:
            # 'Which functional groups does it contain?' looks for nothing that it names.
            names = tuple(name for name in names if name != "substructure")
        if not self._take_rest():
            return None
        mentions = tuple(sorted(self._mentions, key=lambda one: one.start))
        by_name = any(one.kind is MentionKind.NAME for one in mentions)
        if not _fits(names, mentions) or (names in (("smiles",), ("draw",)) and by_name):
            return None  # the structure of a name is asked of those who read names
        text = question
        for mention in reversed(mentions):
            if mention.kind is not MentionKind.REFERENT:
                text = f"{text[: mention.start]}{HERE}{text[mention.end :]}"
        return Request(names, mentions, text)

    # ---------------------------------------------------------------------------------------------- what is in it

    def _take(self, start: int, end: int) -> bool:
        """Mark a part of the question as understood; False where it is already."""
        span = _Span(start, end)
        if any(span.meets(one) for one in self._taken):
            return False
        self._taken.append(span)
        return True

    def _is_free(self, start: int, end: int) -> bool:
        return not any(_Span(start, end).meets(one) for one in self._taken)

    def _mention(self, text: str, kind: MentionKind, start: int, end: int) -> None:
        if self._take(start, end):
            self._mentions.append(Mention(text, kind, start, end))

    def _take_notations(self) -> None:
        for match in _TAGGED.finditer(self._question):
            inside = match["inside"].replace("\u232c", "").strip()
            self._mention(inside, MentionKind.NOTATION, *match.span())
        words = [(span, self._question[slice(*span)]) for span in self._list_words()]
        kinds = [_judge_word(word) for _, word in words]
        # Among SMILES CO is methanol; by itself it is carbon monoxide.
        written = MentionKind.NOTATION in kinds
        for (span, word), judged in zip(words, kinds, strict=True):
            in_smiles = judged is MentionKind.FORMULA and written and _parses(word)
            kind = MentionKind.NOTATION if in_smiles else judged
            if kind is not None and not (kind is MentionKind.FORMULA and find_name(word) is not None):
                self._mention(word, kind, *span)

    def _list_words(self) -> Iterable[tuple[int, int]]:
        """Yield the free words of the question without the signs around them."""
        for match in _WORD.finditer(self._question):
            start, end = match.span()
            while start < end and self._question[start] in _TRIM_LEFT and not _opens(self._question[start:end]):
                start += 1
            while end > start and self._question[end - 1] in _TRIM_RIGHT:
                end -= 1
            while end > start and self._question[end - 1] in ")]}" and not _closes(self._question[start:end]):
                end -= 1
            if start < end and self._is_free(start, end):
                yield start, end

    def _take_parameters(self) -> None:
        """Take adducts and resolving powers, whose signs look like nothing else."""
        try:
            adducts = find_adducts(self._question)
        except AnyMolError:
            adducts = []  # the calculation will say what is wrong with it
        if adducts or "[" in self._question:
            for match in _ADDUCT_SHAPE.finditer(self._question):
                self._has_ion |= self._take(*match.span())
        for match in RESOLUTION.finditer(self._question):
            self._take(*match.span())

    def _take_phrases_and_names(self) -> list[Phrase]:
        """Take the phrases of the table and the names of the dictionary, the longest first."""
        phrases = [one for one in _vocabulary().find(self._question) if self._is_free(one.start, one.end)]
        names = self._list_names()
        kept: list[Phrase] = []
        candidates: list[tuple[int, int, Phrase | None]] = [(one.start, one.end, one) for one in phrases]
        candidates += [(start, end, None) for start, end in names]
        pieces = [(one.start, one.end) for one in _pieces().find(self._question) if " " in one.words]
        candidates += [(start, end, None) for start, end in pieces]
        for start, end, phrase in sorted(candidates, key=lambda one: (one[0] - one[1], one[2] is None)):
            if (start, end) in pieces and phrase is None:
                self._has_piece |= self._take(start, end)
            elif phrase is not None:
                if self._take(start, end):
                    kept.append(phrase)
            else:
                self._mention(self._question[start:end], MentionKind.NAME, start, end)
        return sorted(kept, key=lambda one: one.start)

    def _list_names(self) -> list[tuple[int, int]]:
        words = list(self._list_words())
        found = []
        for first in range(len(words)):
            for last in range(min(first + _MOST_WORDS_OF_A_NAME, len(words)) - 1, first - 1, -1):
                start, end = words[first][0], words[last][1]
                text = self._question[start:end]
                inside = [self._question[slice(*span)].lower() for span in words[first : last + 1]]
                if not self._is_free(start, end) or inside[0] in _ARTICLES or inside[-1] in _ARTICLES:
                    continue
                if len(text) > 2 and not set(inside) <= _GLUE and find_name(text) is not None:
                    found.append((start, end))
                    break
        return found

    def _release_pieces(self, names: tuple[str, ...]) -> None:
        """Give back names that are elements or groups where a part of a molecule is looked for."""
        if not _LOOK_FOR_PIECES & set(names):
            return
        for mention in list(self._mentions):
            found = _pieces().find(mention.text) if mention.kind is MentionKind.NAME else []
            is_piece = any(one.end - one.start == len(mention.text) for one in found)
            behind = any(one.start < mention.start for one in self._mentions) or _REFERENT.search(
                self._question[: mention.start]
            )
            if is_piece and behind:
                self._mentions.remove(mention)
                self._has_piece = True

    def _take_choices(self, names: tuple[str, ...]) -> None:
        """Take the words that choose among what the calculations can say."""
        for phrase in _choices(names).find(self._question):
            self._take(phrase.start, phrase.end)
        if _LOOK_FOR_PIECES & set(names):
            for phrase in _pieces().find(self._question):
                self._has_piece |= self._take(phrase.start, phrase.end)

    def _take_referents(self) -> None:
        for match in _REFERENT.finditer(self._question):
            if self._is_free(*match.span()):
                self._mention(match.group(), MentionKind.REFERENT, *match.span())

    def _take_rest(self) -> bool:
        """Take small words, and what else can only be the name of a molecule; False where something is left."""
        run: list[tuple[int, int]] = []
        for start, end in [*self._list_words(), (len(self._question) + 9, len(self._question) + 9)]:
            word = self._question[start:end].lower()
            joins = bool(run) and not re.search(r"[,;:?!.]\s|\n", self._question[run[-1][1] : start])
            small = not word or word in _GLUE or re.fullmatch(r"[\W_]+", word) is not None
            if run and (small or not joins or not self._follows(run[-1][1], start)):
                if not self._take_name(run):
                    return False
                run = []
            if word and not small:
                run.append((start, end))
        return not run

    def _follows(self, end: int, start: int) -> bool:
        """Whether nothing that is understood stands between two words."""
        return self._is_free(end, start) if start > end else True

    def _take_name(self, run: list[tuple[int, int]]) -> bool:
        start, end = run[0][0], run[-1][1]
        text = self._question[start:end]
        words = [word.lower() for word in re.findall(r"[A-Za-z]+", text)]
        if len(run) > _MOST_WORDS_OF_A_NAME or _CHEMICAL.search(text) is None or _ENGLISH & set(words):
            return False
        before = self._question[:start].rstrip().lower()
        follows = not before or before[-1] in ",:;(?!." or _BEFORE_NAME.search(before) is not None
        if follows or end >= len(self._question.rstrip("?!. ")):
            self._mention(text, MentionKind.NAME, start, end)
            return True
        return False


_ADDUCT_SHAPE: Final = re.compile(
    r"\[\s*\d*M(?:\s*[+\-\u2212]\s*\d*\(?[A-Za-z][A-Za-z0-9]*\)?)*\s*\][.\u2022]?(?:\d*[+\-\u2212\u207a\u207b]+|[+\-]\d+)?[.\u2022]?"
    r"|(?<![A-Za-z0-9])\d*M(?:[+\-]\d*[A-Z][A-Za-z0-9]*)+(?:\d*[+\-])?"
    r"|(?<![A-Za-z0-9])M[.\u2022]?[+\-](?![\w+\-])[.\u2022]?"
)


def _judge_word(word: str) -> MentionKind | None:
    """Return what a word is, if it is a notation or a formula; None for any other."""
    if word.startswith("InChI=") or re.fullmatch(r"(?:\[[^\[\]\s]+\]\.?){2,}", word):
        return MentionKind.NOTATION if not re.fullmatch(r"\[\d*M.*", word) else None
    if len(word) < 2 or _SMILES_SIGNS.fullmatch(word) is None:
        return None
    if word in _BARE_FORMULAS:
        return MentionKind.FORMULA
    if len(word) >= 3 and not word.islower() and _looks_written(word) and _parses(word):
        return MentionKind.NOTATION
    if word.islower() and _AROMATIC.search(word) and _parses(word):
        return MentionKind.NOTATION
    has_shape = _FORMULA_SHAPE.fullmatch(word) is not None and (re.search(r"\d|\(", word) or len(word) > 3)
    if has_shape and re.search(r"[A-Z]", word) and not word.isupper() | word.isdigit() and is_formula(word):
        return MentionKind.FORMULA
    if has_shape and re.search(r"\d", word) and is_formula(word) and not _ABBREVIATION.fullmatch(word):
        return MentionKind.FORMULA
    return None


_ABBREVIATION: Final = re.compile(r"[A-Z]\d|C1V1|C2V2|V[23]000|MS\d?|ECFP\d|SP[23]?|FSP3|RO5", re.IGNORECASE)


def _looks_written(word: str) -> bool:
    """Whether a word has signs of a SMILES that English words and abbreviations lack."""
    if word.isalpha():
        return _ORGANIC.fullmatch(word) is not None and word not in ("CNS", "PBS", "SOS", "CSI", "FBI", "NIC")
    return re.search(r"[=#\[\]()@\\/.]|[A-Za-z]\d", word) is not None


def _parses(word: str) -> bool:
    if word.count(">") == 2:
        return False  # a reaction is not a molecule
    return not isinstance(try_parse_smiles(word), InvalidSmilesError)


def _opens(word: str) -> bool:
    """Whether the bracket that begins a word closes inside it: it belongs to a notation."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    return (
        (word[0] in pairs
        and pairs[word[0]] in word[1:]
        and _judge_word(word.rstrip(_TRIM_RIGHT)) is not None)
        or (word[0] == "(" and re.match(r"\((?:[RSEZrsez\d,+\-\u00b1]+|rac|DL?|L)\)-", word) is not None)
    )


def _closes(word: str) -> bool:
    """Whether the brackets of a word are balanced, so that the last one belongs to it."""
    return all(word.count(one) >= word.count(other) for one, other in ("()", "[]", "{}"))


_BEFORE_NAME: Final = re.compile(
    r"\b(?:of|for|in|is|are|does|do|has|have|between|and|or|than|to|with|from|vs|versus|compound|molecule|drug|about)$"
)

_ENGLISH: Final = frozenset(
    """
    generate create indicate evaluate formulate separate appropriate accurate approximate candidate candidates donate
    relate related translate hate associate adequate ultimate immediate alternate rate rates state states date late plate
    template climate private update combine machine engine routine online medicine discipline decline refine define line
    lines nine mine fine wine shine examine imagine provide decide beside beside inside outside side wide guide divide hide
    ride slide plane scene gene lane membrane done none alone zone phone someone anyone everyone ones purpose propose suppose
    choose close dose expose compose dispose lose nose pose rose whose those whole role hole sole medium premium write white
    quite despite invite suite opposite definite finite favourite site sites people example simple acid acids base
    together whether either neither active passive negative positive relative native sensitive selective inactive analyse
    make made design designs improve increase decrease reduce modify optimise optimize synthesise synthesize predict
    reactive toxic soluble april july june elephant life time like style file profile while mobile possible
    """.split()  # noqa: SIM905 - as above
)
"""Words of English that end as names of chemicals do, and what other tasks are asked with."""


@cache
def _vocabulary() -> Vocabulary:
    pairs = [(one.name, word) for one in CALCULATIONS.values() if one.takes is not Takes.TEXT for word in one.words]
    pairs += [(name, word) for name, words in RESERVED.items() for word in words]
    return Vocabulary(pairs)


@cache
def _choices(names: tuple[str, ...]) -> Vocabulary:
    words = [word for name in names for word in CALCULATIONS[name].choices]
    words += ["group", "ring", "atom"] if _LOOK_FOR_PIECES & set(names) else []
    return Vocabulary(("choice", word) for word in words)


_LOOK_FOR_PIECES: Final = frozenset({"substructure", "functional_groups", "atom_counts", "element_percentages"})
"""Calculations in whose questions elements and groups are parts of molecules."""


@cache
def _pieces() -> Vocabulary:
    """Return the words for parts of molecules: elements, functional groups, rings."""
    words = [*ELEMENTS, *list_group_words(), "halogen"]
    words += [f"{word} {noun}" for word in list_group_words() for noun in ("group", "ring", "moiety", "unit")]
    words += [f"{word} atom" for word in (*ELEMENTS, "halogen")]
    return Vocabulary(("piece", word) for word in words)


# -------------------------------------------------------------------------------------------------- what is asked for

_NOTATIONS: Final = ("smiles", "inchi", "inchikey", "selfies", "mol_block")


def _settle(phrases: Sequence[Phrase]) -> tuple[str, ...]:
    """Return the calculations that phrases ask for together, in their order."""
    names = list(dict.fromkeys(name for phrase in phrases for name in phrase.names))
    if "ranking" in names:
        numbers = [name for name in names if CALCULATIONS[name].takes is Takes.ONE]
        return ("ranking",) if len(numbers) <= 1 else ()
    if "draw" in names and any(name in _NOTATIONS for name in names):
        names.remove("draw")  # 'show the structure as InChI'
    if "relation" in names and "same_molecule" in names:
        names.remove("same_molecule")  # 'the same or enantiomers?'
    if "relation" in names and "stereocentres" in names:
        names.remove("stereocentres")
    if (
        "difference" in names
        and len(names) > 1
        and all(CALCULATIONS[name].takes is Takes.ONE for name in names if name != "difference")
    ):
        names.remove("difference")  # 'compare their LogP': the LogP of each
    return tuple(names)


def _name_ion(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is asked of an ion: its m/z where masses are asked for, or nothing is named but the ion."""
    masses = {"average_mass", "monoisotopic_mass", "nominal_mass", "formal_charge", "ion_mz"}
    return ("ion_mz",) if set(names) <= masses else names


_MADE: Final = re.compile(r"\b(?:products?|reactants?|reagents?|starting materials?)\b", re.IGNORECASE)


def _fits(names: tuple[str, ...], mentions: Sequence[Mention]) -> bool:
    """Whether there may be as many molecules as the calculations take."""
    referents = [one for one in mentions if one.kind is MentionKind.REFERENT]
    named = len(mentions) - len(referents)
    if (
        named
        and any(_MADE.search(one.text) for one in referents)
        and all(CALCULATIONS[name].takes is Takes.ONE for name in names)
    ):
        return False  # 'the mass of the product of A and B' is not that of A and of B
    for name in names:
        takes, least = CALCULATIONS[name].takes, CALCULATIONS[name].least
        if takes is Takes.TWO and named > 2:
            return False
        if takes is not Takes.ONE and named < (takes.least if least is None else least) and not referents:
            return False
    return True
