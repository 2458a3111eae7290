"""What a free question contains: molecules in every way of writing, amounts, and the words that are left.

Molecules are replaced by a sign, misspelt ordinary words are mended, and words of courtesy are dropped, so that what a
question asks for can be judged whatever it is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from anymol.chem.names import suggest_names
from anymol.tasks.cues import HERE
from anymol.tasks.question.chemical_names import (
    find_names,
    is_edit_verb,
    is_element_word,
    is_group_word,
    looks_chemical,
)
from anymol.tasks.question.notations import (
    ADDUCT,
    AMOUNT,
    CAS,
    CONCENTRATION,
    is_broken_smiles,
    is_formula,
    is_notation,
    is_reaction_word,
    parses,
)
from anymol.tasks.question.topics import list_topic_words
from anymol.tasks.question.vocabulary import correct_word, is_inflected

NOTATION_SIGN, REACTION_SIGN, NAME_SIGN, FORMULA_SIGN, STRANGE_SIGN, POINT_SIGN = "\ue001\ue002\ue003\ue004\ue005\ue006"
"""Stand for a molecule, by how it is written; the last for words that point at one given beside the question."""
_TO_HERE: Final = dict.fromkeys(range(0xE001, 0xE007), HERE)
AMOUNT_SIGN: Final = "#"
"""Stands for a number with a unit."""
CONCENTRATION_SIGN: Final = "\u00a7"
"""Stands for a number with a unit of concentration."""
ADDUCT_SIGN: Final = "\u2021"
"""Stands for an adduct."""
_READ: Final = 2000
"""How many characters of a question are judged; what a text slot holds may be longer."""
_ALIKE: Final = 84.0
"""How alike, of 100, an unknown word must be to a name to be taken for a misspelling of it."""


def show_signs(text: str) -> str:
    """Return a masked text in which one sign stands for every molecule; no place changes."""
    return text.translate(_TO_HERE)


class MentionKind(StrEnum):
    """How a question writes a molecule."""

    NOTATION = "notation"
    REACTION = "reaction"
    NAME = "name"
    FORMULA = "formula"
    STRANGE = "strange"
    """A word where a name would stand, that nothing knows."""

    @property
    def sign(self) -> str:
        """What stands for such a molecule in a masked question."""
        return {
            MentionKind.NOTATION: NOTATION_SIGN,
            MentionKind.REACTION: REACTION_SIGN,
            MentionKind.NAME: NAME_SIGN,
            MentionKind.FORMULA: FORMULA_SIGN,
            MentionKind.STRANGE: STRANGE_SIGN,
        }[self]


@dataclass(frozen=True)
class Mention:
    """A molecule, or a reaction, that a question writes.

    Attributes:
        kind: How it is written.
        text: As it is written, without tags.
    """

    kind: MentionKind
    text: str


@dataclass(frozen=True)
class Reading:
    """What a question contains.

    Attributes:
        plain: The question without courtesy and tags.
        masked: The same with a sign for each molecule that it writes or points at, by the kind of writing.
        words: The same in lower case, misspelt ordinary words mended.
        mentions: The molecules that it writes, from left to right.
    """

    plain: str
    masked: str
    words: str
    mentions: tuple[Mention, ...]

    @property
    def points(self) -> int:
        """How often it points at something given beside it: 'this molecule', 'it'."""
        return self.masked.count(POINT_SIGN)

    def list_kind(self, *kinds: MentionKind) -> tuple[str, ...]:
        """Return the mentions of some kinds, as written."""
        return tuple(mention.text for mention in self.mentions if mention.kind in kinds)


_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|well|now|thanks|sorry|excuse me|pls|plz|bitte|dear "
    r"\w+|good (?:morning|afternoon|evening|day)"
    r"|hi there|hello there|quick one|quick question)\s*[,!.:]*\s+"
    r"|i hope (?:you are|you're|this finds you) \w+[.,!]\s*"
    r"|(?:sorry|apologies) (?:to bother|for bothering|to disturb) you,?\s*(?:but\s+)?"
    r"|if (?:it's|it is|that's|that is) not too much (?:trouble|work|to ask),?\s*"
    r"|(?:can|could|would|will|might|may) you (?:please |kindly |maybe |possibly |perhaps )?(?:help "
    r"me\?\s*|help me (?:to |with )?)?"
    r"|(?:would|could) you be so (?:kind|nice) (?:as |and )?(?:to )?|(?:please )?be so (?:kind|nice) "
    r"(?:and |as )?(?:to )?"
    r"|would you mind |would it be possible (?:for you )?to |(?:might|may|could|can) i (?:ask|know|get|"
    r"have|please have|bother you)(?: you)?(?: to| for)?\s+"
    r"|i(?:'d| would) (?:be (?:very )?(?:grateful|glad|happy|thankful)|appreciate it) if you (?:could|would|can) "
    r"|i(?:'m| am| was) (?:just )?wondering (?:whether|if) (?:you (?:could|can|would|might) )?"
    r"|i(?:'d| would) (?:like|love) (?:you )?to (?:know )?|i (?:want|need) (?:you )?to (?:know )?|(?:do|"
    r"would) you (?:happen to )?know )+",
    re.IGNORECASE,
)
_NOUN = (
    r"(?:molecules?|compounds?|substances?|structures?|chemicals?|drugs?|reactions?|mixtures?|reactants?|"
    r"reagents?|products?|inputs?|"
    r"ones?|things?|materials?|smiles|couplings?|transformations?|geometr(?:y|ies)|coordinates|ligands?|"
    r"fragments?|pictures?|images?|"
    r"drawings?|verbindung|stoff|molek[uü]l|substanz)"
)
_BEFORE_THAT: Final = (
    "of for about with to from is does do has into and than was are name draw describe convert make edit "
    "give call how if what as".split()
)
"""Words before 'that' where it points at something; after a noun it begins a clause: 'a molecule that ...'."""
_THAT = rf"(?:{'|'.join(f'(?<=^{word} )|(?<= {word} )' for word in _BEFORE_THAT)}|(?<![^.?!:,;] )(?<!\w)(?<!\S))that"
_REFERENT = re.compile(
    r"\b(?:this|that|these|those|my|our|diese[rsn]?|dieses)\s+(?:(?!compound|molecule|in\b|into\b|to\b|"
    rf"as\b|of\b|for\b|with\b|from\b|by\b)\w+\s+){{0,2}}?{_NOUN}\b"
    rf"|\bthe\s+(?:following|given|above|attached|input|provided|specified|listed|shown)\s+(?:\w+\s+){{0,2}}?{_NOUN}\b"
    r"|\bthe\s+(?:molecule|compound|substance|chemical)s?\b(?!\s+(?:called|named|with|that|which|having|"
    r"whose|is|has|contains|consists|was|features|belongs|formula|name|structure|reaction|class|"
    r"composition|weight))"
    r"|\bthe\s+(?:molecule|compound|substance|chemical)\b(?=\s+is\s*[?.]?$)"
    r"|\b(?:das|die|der|des)\s+(?:molek[uü]ls?|verbindung|substanz)\b"
    rf"|\b(?:this|these|those|{_THAT})\b(?=\s*(?:[?.!,;:\-\ue001-\ue005]|$)|\s+(?:is|are|be|into|to|from|"
    r"with|by|as|used|made|and|have|has|do|two|can|in|a|an|toxic|react)\b)"
    r"|\bit\b(?!\s*(?:'s|is)?\s*(?:not|possible|known|dangerous|true|safe)\b)|\bits\b|\bthem\b|\bhere\b(?=\s*\?)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<(?P<tag>mol|smiles|iupac|selfies|inchi|molformula|formula|name|molecule|"
    r"compound)>(?P<content>.*?)</(?P=tag)>",
    re.IGNORECASE,
)
_NAME_TAGS: Final = frozenset({"iupac", "name"})
_FORMULA_TAGS: Final = frozenset({"molformula", "formula"})
_LABEL = re.compile(r"(?:smiles|selfies|reaction|product|reactants?)[:=](?=\S)", re.IGNORECASE)
_BEFORE_NAME: Final = frozenset(
    "of for is are does do did has have in and or about with from than to into von make named called "
    "name on between vs versus plus "
    "compound drug reagent solvent catalyst ligand acid base molecule substance".split()
)
_CORE = re.compile(r"[A-Za-zÀ-ÿ][\w'’,()\[\]-]*")


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    sign: str
    mention: Mention | None = None


def read_question(question: str, *, given: bool = False) -> Reading:
    """Return what a question contains.

    Args:
        question: The question.
        given: Whether a molecule is given beside it; then a word that nothing knows need not be one.

    >>> reading = read_question("Please tell me the moleculr weight of <SMILES> CCO </SMILES> and of aspirin")
    >>> show_signs(reading.words), [mention.text for mention in reading.mentions]
    ('tell me the molecular weight of ¤ and of ¤', ['CCO', 'aspirin'])
    """
    plain = _COURTESY.sub("", " ".join(question.split())[:_READ])
    spans: list[_Span] = []
    for find in (_find_tagged, _find_notations, _find_amounts, _find_weighed, _find_named):
        spans += _drop_overlaps(find(_blank(plain, spans)), spans)
    pointed = _REFERENT.search(_blank(plain, spans)) is not None
    spans += _find_unknown(
        _blank(plain, spans), strange_too=not given and not pointed and not any(span.mention for span in spans)
    )
    spans = _drop_glosses(plain, sorted(spans, key=lambda span: span.start))
    masked = _mask(plain, spans)
    mentions = tuple(span.mention for span in spans if span.mention is not None)
    return Reading(_TAG.sub(r"\g<content>", plain), masked, _mend(masked), mentions)


def _blank(text: str, spans: Iterable[_Span]) -> str:
    """Return a text of the same length in which what was found is a row of signs that no word holds."""
    letters = list(text)
    for span in spans:
        letters[span.start : span.end] = [HERE, *["\x00"] * (span.end - span.start - 1)]
    return "".join(letters)


def _drop_overlaps(new: Iterable[_Span], spans: list[_Span]) -> list[_Span]:
    return [one for one in new if all(one.end <= other.start or one.start >= other.end for other in spans)]


def _find_tagged(text: str) -> list[_Span]:
    found = []
    for match in _TAG.finditer(text):
        content, tag = match["content"].strip().replace("\u232c", ""), match["tag"].lower()
        if tag in _NAME_TAGS:
            kind = MentionKind.NAME
        elif tag in _FORMULA_TAGS:
            kind = MentionKind.FORMULA
        elif is_reaction_word(content):
            kind = MentionKind.REACTION
        else:
            kind = MentionKind.NOTATION
        found.append(_Span(match.start(), match.end(), HERE, Mention(kind, content)))
    return found


def _find_notations(text: str) -> list[_Span]:
    found = [
        _Span(*match.span(1), HERE, Mention(MentionKind.NOTATION, match[1]))
        for match in re.finditer(r"\bSMARTS(?: pattern| query)?:?\s+([^\s?,;\x00]*[^\s?,;.\x00a-z][^\s?,;\x00]*)", text)
    ]
    for pattern, kind in ((CAS, MentionKind.NAME), (ADDUCT, None)):
        for match in pattern.finditer(text):
            mention = None if kind is None else Mention(kind, match.group())
            found.append(_Span(*match.span(), ADDUCT_SIGN if kind is None else HERE, mention))
    for match in re.finditer(r"[^\s\x00]+", text):
        start, word = match.start(), match.group()
        if label := _LABEL.match(word):
            start, word = start + label.end(), word[label.end() :]
        if span := _read_word(word, start):
            found += _drop_overlaps([span], found)
    if any(span.mention is not None and span.mention.kind is MentionKind.NOTATION for span in found):
        # Beside other SMILES, 'CCS' is one and no abbreviation.
        for match in re.finditer(r"\b[CNO][CNOS]{2,}\b", text):
            found += _drop_overlaps([_Span(*match.span(), HERE, Mention(MentionKind.NOTATION, match.group()))], found)
    return found


def _read_word(word: str, start: int) -> _Span | None:
    """Return the molecule that a word writes, with or without the signs around it."""
    peeled = [(skipped, core) for skipped, core in _peel(word) if HERE not in core and len(core) > 1]
    for judge in (_judge_word, lambda core: MentionKind.NOTATION if is_broken_smiles(core) else None):
        for skipped, core in peeled:
            if (kind := judge(core)) is not None:
                return _Span(start + skipped, start + skipped + len(core), HERE, Mention(kind, core))
    return None


def _peel(word: str) -> Iterable[tuple[int, str]]:
    """Yield a word, then without closing signs, then without quotation marks or brackets around it."""
    core = word.rstrip("?,;:!").removesuffix(".")
    yield 0, core
    opened = core.lstrip("\"'“‘`")
    skipped = len(core) - len(opened)
    opened = opened.rstrip("\"'”’`.,;?!")
    if skipped:
        yield skipped, opened
    if opened.startswith("(") and opened.endswith(")"):
        yield skipped + 1, opened[1:-1]
    elif opened.endswith(")") and opened.count(")") > opened.count("("):
        yield skipped, opened[:-1]
    elif opened.startswith("(") and opened.count("(") > opened.count(")"):
        yield skipped + 1, opened[1:]


def _judge_word(core: str) -> MentionKind | None:
    if is_reaction_word(core):
        return MentionKind.REACTION
    if is_notation(core):
        return MentionKind.NOTATION
    if is_formula(core) and not is_group_word(core) and not (len(core) == 2 and parses(core)):
        return MentionKind.FORMULA
    return None


def _find_amounts(text: str) -> list[_Span]:
    strengths = [_Span(*match.span(), CONCENTRATION_SIGN) for match in CONCENTRATION.finditer(text)]
    return strengths + _drop_overlaps([_Span(*match.span(), AMOUNT_SIGN) for match in AMOUNT.finditer(text)], strengths)


def _find_weighed(text: str) -> list[_Span]:
    """Find elements and water of which an amount is given: '2 g of iodine'."""
    return [
        _Span(*match.span(1), HERE, Mention(MentionKind.NAME, match[1]))
        for match in re.finditer(r"\x00 (?:of )?([A-Za-z]+)\b(?!\()(?! (?:atoms?|adduct|bonds?|\w+ide|\w+ate)\b)", text)
        if is_element_word(match[1])
    ]


def _find_named(text: str) -> list[_Span]:
    return [
        _Span(name.start, name.end, HERE, Mention(MentionKind.NAME, name.text))
        for name in find_names(text.replace("\x00", HERE))
        if HERE not in name.text
    ]


def _drop_glosses(plain: str, spans: list[_Span]) -> list[_Span]:
    """Return the spans without names that a notation in brackets says again: 'aspirin (CC(=O)...)'."""
    kept: list[_Span] = []
    for span in spans:
        before = kept[-1] if kept else None
        if (
            before is not None
            and before.mention is not None
            and span.mention is not None
            and before.mention.kind in (MentionKind.NAME, MentionKind.STRANGE)
            and span.mention.kind is MentionKind.NOTATION
            and plain[before.end : span.start].strip() in ("(", "(SMILES:", "(SMILES", ", SMILES", ", SMILES:", "[")
        ):
            kept[-1] = _Span(before.start, span.end, HERE, span.mention)
        else:
            kept.append(span)
    return kept


def _find_unknown(text: str, *, strange_too: bool) -> list[_Span]:
    """Find words that nothing knows where a name would stand; those that do not look like one only where asked."""
    words = [match for match in re.finditer(r"[^\s\x00]+", text)]
    likely: list[_Span] = []
    strange: list[_Span] = []
    for place, match in enumerate(words):
        core = _CORE.search(match.group().rstrip("?,;:!.'\"”"))
        if core is None or HERE in match.group() or not _is_unknown(core.group()):
            continue
        before = words[place - 1].group().lower() if place else ""
        stands = (
            not before
            or before.strip("\"'“,;:+/|") in ("", *_BEFORE_NAME)
            or before.endswith((",", ":"))
            or before == "the"
        )
        start, end = match.start() + core.start(), match.start() + core.end()
        if not (stands or (place == len(words) - 1 and len(words) <= 3)):
            continue
        if extended := re.match(r" [A-HJ-Z]\d{0,2}(?=[\s?.!,]|$)(?! or | and | vs)", text[end:]):  # cyclosporin A
            end += extended.end()
        if before in ("+", "with", "using", "is", "plus") and re.fullmatch(
            r"[A-Z][A-Za-z]*-?[A-Z]+\d?|[A-Z]{3,6}|[a-z]-?[A-Z][a-z]+[A-Z][a-z]+", core.group()
        ):
            likely.append(_Span(start, end, HERE, Mention(MentionKind.NAME, text[start:end])))  # PCC, DIBAL-H, n-BuLi
        elif looks_chemical(core.group()) and len(core.group()) > 4 and not _is_verb(core.group(), place):
            likely.append(_Span(start, end, HERE, Mention(MentionKind.NAME, text[start:end])))
        elif (place and before != "the") or match.group().endswith(":") or len(words) <= 3:
            strange.append(_Span(start, end, HERE, Mention(MentionKind.STRANGE, text[start:end])))
    if likely or not strange_too:
        return likely
    for match in re.finditer(
        r"\b(?:of|for|is|does|has) ([A-Za-z]+)(?=\s*(?:[?.!,]|$|have\b|weigh\b|chiral\b|aromatic\b))", text
    ):
        if is_element_word(match[1]):
            return [_Span(*match.span(1), HERE, Mention(MentionKind.NAME, match[1]))]
    if len(strange) == 1 and _is_alike(strange[0].mention.text if strange[0].mention else ""):
        (span,) = strange
        return [_Span(span.start, span.end, HERE, Mention(MentionKind.NAME, text[span.start : span.end]))]
    return strange[:1]


def _is_unknown(word: str) -> bool:
    lower = word.lower()
    if len(word) < 3 or is_inflected(lower.removesuffix("'s").removesuffix("’s")) or is_group_word(lower):
        return False
    return correct_word(lower) == lower and lower not in list_topic_words()


def _is_verb(word: str, place: int) -> bool:
    """Whether a word is more likely what is to be done than a chemical: 'chlorinate', or 'elucidate' in front."""
    return is_edit_verb(word) or (not place and re.search(r"(?:ate|ise|ize|yse|yze)$", word) is not None)


def _is_alike(word: str) -> bool:
    near = suggest_names(word, count=1)
    return bool(near) and fuzz.ratio(near[0].lower(), word.lower()) >= _ALIKE


def _mask(plain: str, spans: list[_Span]) -> str:
    """Replace what was found by its sign, and words for given molecules by that of a molecule."""
    pieces: list[str] = []
    place = 0
    for span in [*spans, _Span(len(plain), len(plain), "")]:
        pieces += [plain[place : span.start], span.sign if span.mention is None else span.mention.kind.sign]
        place = span.end
    # 'the compound X' does not point at another one.
    masked = re.sub(
        r"\b(?:(?:the |this |a )?(?:molecule|compound|substance|drug)s?|(?:the |this )(?:reagent|solvent|"
        r"catalyst|ligand|dye|hormone|pesticide|explosive|polymer|acid|base|salt|gas|liquid|"
        rf"solid)):?\s+(?=[{NOTATION_SIGN}-{FORMULA_SIGN}])",
        "",
        "".join(pieces),
    )
    return _REFERENT.sub(POINT_SIGN, masked)


def _mend(masked: str) -> str:
    """Return the words in lower case, misspelt ordinary ones mended."""
    return re.sub(r"[a-zà-ÿ]+", lambda match: correct_word(match.group()), masked.lower())
