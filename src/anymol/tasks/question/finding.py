"""Finding the molecules, amounts and adducts of a question, each kind in what the kinds before it left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz

from anymol.calculations.elements import ELEMENTS
from anymol.calculations.formulas import is_formula as counts_atoms
from anymol.calculations.groups import list_group_words
from anymol.chem.condensed import read_condensed
from anymol.chem.ions import read_ion
from anymol.chem.names import find_name, suggest_names
from anymol.chem.parsing import try_parse_smiles, write_canonical
from anymol.errors import InvalidSmilesError
from anymol.tasks.question.chemical_names import (
    find_names,
    is_edit_verb,
    is_element_word,
    is_group_word,
    looks_chemical,
)
from anymol.tasks.question.mention import (
    ADDUCT_SIGN,
    AMOUNT_SIGN,
    CONCENTRATION_SIGN,
    MentionKind,
    Span,
    make_span,
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
from anymol.tasks.question.words import WordKind, is_word

TAG = re.compile(
    r"<(?P<tag>mol|smiles|iupac|selfies|inchi|molformula|formula|name|molecule|compound)>(?P<content>.*?)</(?P=tag)>",
    re.IGNORECASE,
)
"""A molecule between tags that say how it is written."""
_NAME_TAGS: Final = frozenset({"iupac", "name"})
_FORMULA_TAGS: Final = frozenset({"molformula", "formula"})
_LABEL = re.compile(r"(?:smiles|selfies|reaction|product|reactants?)[:=](?=\S)", re.IGNORECASE)
_SMARTS = re.compile(r"\bSMARTS(?: pattern| query)?:?\s+([^\s?,;\x00]*[^\s?,;.\x00a-z][^\s?,;\x00]*)")
_OXIDE = re.compile(r"\b(?:of|for|is|does|has) (CO|NO|HF|HI|KI|KF|KH)\b(?! ?[+/])")
"""Formulas of two capitals, which are words or SMILES elsewhere."""
_SYMBOL = re.compile(r"\b(?:[Mm]ass|[Ww]eight|MW|[Mm]w) of ([A-Z][a-z]?)(?=\s*(?:[?.!]|$))")
"""The symbol of an element, where nothing else is spoken of."""
_CHAIN = re.compile(r"\b[CNO][CNOS]{2,}\b|(?<=[+,] )[CNO]{2}\b|(?<=\band )[CNO]{2}\b|\b[CNO]{2}(?= \+|, | by\b| and\b)")
_IONS = re.compile(
    r"(?<![\w\[(+-])(?:[A-Z][a-z]?\d*|\([A-Z][A-Za-z\d]*\)\d*){2,}(?:\^| (?=\d))?\d?[+-](?![\w+\-(\[>])"
    r"|(?<=\bof )(?:F|Cl|Br|I)-(?!\w)"
)
"""What is written as an ion of several atoms, its charge joined, raised or apart: HPO4^2-; and halide ions."""
_HYDRATE = re.compile(r"(?P<salt>[A-Z(\[][\w()\[\]]*)[.\u00b7\u2022\u2219\u22c5*]\d*H2O")
"""The formula of a hydrate, which names one compound: FeCl3.6H2O."""
_TAKEN: Final = "\x00"
"""Stands for each character of what was found."""
_WEIGHED = re.compile(rf"{_TAKEN} (?:of )?([A-Za-z]+)\b(?!\()(?! (?:atoms?|adduct|bonds?|\w+ide|\w+ate)\b)")
_DENSE = re.compile(r"\bof ([A-Za-z]+)(?= \((?:d|density)\b)", re.IGNORECASE)
"""What has a density is a substance: 'the volume of bromine (d 3.1)'."""
_SALT = re.compile(
    r"\b(?:the )?(?P<ion>(?:mono|di|tri)?(?:hydro(?:chloride|bromide|iodide)|sodium|potassium|lithium|"
    r"calcium|magnesium|"
    r"ammonium|sulfate|nitrate|acetate|citrate|tartrate|maleate|fumarate|mesylate|tosylate|phosphate|HCl|"
    r"(?:mono|di|tri|tetra|penta|hexa)?hydrate))(?P<salt> salts?)? of (?:the )?$",
    re.IGNORECASE,
)
"""A salt or hydrate that is named by its ion: 'the hydrochloride of', 'the sodium salt of'."""
_JOINED = re.compile(
    r"(?<![\w-])(?P<first>\(?(?:cis|trans|[DLRSEZ]|[RS],[RS]|[omp]|ortho|meta|para|alpha|beta|\u03b1|"
    r"\u03b2|\d(?:,\d)*|n|iso|sec|tert)\)?)- "
    r"?(?P<joint>(?:and|or|vs\.?|versus) )(?P<second>(?:the )?\(?(?:cis|trans|[DLRSEZ]|[RS],[RS]|"
    r"[omp]|ortho|meta|para|alpha|beta|"
    r"\u03b1|\u03b2|\d(?:,\d)*|n|iso|sec|tert)\)?)-(?P<rest>[A-Za-z0-9][\w,()'-]*[A-Za-z](?: acid|"
    r" oxide| alcohol| ether)?)"
)
"""Two names of which the first leaves out what they share: 'cis- and trans-2-butene'."""
_BOND = re.compile(r"[CNOSP][-=#][CNOSP]")
"""A bond rather than a molecule: what 'the C=C' means."""
_LISTED = re.compile(
    rf"\b([A-Za-z]+)(?:,|,? (?:and|or|vs\.?|versus)|\s*[+/]) *(?={_TAKEN})"
    r"|\bthan ([A-Za-z]+)(?=\s*[?.!,]|$)"
    rf"|^(?:[Ii]s|[Dd]oes|[Hh]as) ([A-Za-z]+)(?= (?:heavier|lighter|more|less|weigh|have|"
    rf"contain)\b[^{_TAKEN}]*{_TAKEN})"
    rf"|(?<={_TAKEN})(?:,|,? (?:and|or|vs\.?|versus)|\s*[+/]) ?([A-Za-z]+)(?=\s*(?:[?.!,]|$|and\b|or\b|by\b))",
)
_SUBJECT = re.compile(
    r"\b(?:of|for|in|on|is|does|has|write|draw|depict|convert) (?:the )?([A-Za-z]+)"
    r"(?=\s*(?:[?.!,]|$|please\b|have\b|weigh\b|as\b|to\b|chiral\b|aromatic\b|"
    r"in (?:debye|hartree|ev|da|daltons?|g/mol)\b|(?:gas|metal|ion|anion|cation|molecule)\b))",
    re.IGNORECASE,
)
_TRIVIAL: Final = tuple(
    re.compile(
        rf"\b(?:is|are|of|for|in|draw|does) (?:an? |the )?((?:[a-z]+ ){{{number}}}[a-z]+)\s*[?.!]*$", re.IGNORECASE
    )
    for number in (2, 1)
)
"""Two or three words at the end of a question, which a dictionary may know as one name."""
_OF_OTHER = re.compile(
    rf"(?: (?:group|ring|nitrogen|oxygen|oh|nh2?|unit|moiety))?s? (?:of|in|on) (?:the )?{_TAKEN}", re.I
)
"""Behind a group that is a part of the molecule named next: 'the phenol of', 'the aniline nitrogen of'."""
_BRACKETS: Final = ("(", "[", "(SMILES", "(SMILES:", ", SMILES", ", SMILES:")
"""What stands between a name and the notation that says it again."""
_CORE = re.compile(r"[A-Za-zÀ-ÿ][\w'’,()\[\]-]*?(?=['’]s$|$|[^\w'’,()\[\]-])")
_VARIANT = re.compile(r" (?![ERSZ](?!\d))[A-HJ-Z]\d{0,2}(?=[\s?.!,]|$)(?! or | and | vs)")
"""A letter after a name: cyclosporin A; E, Z, R and S are what is asked of it."""
_ABBREVIATION = re.compile(r"[A-Z][A-Za-z]*-?[A-Z]+\d?|[A-Z]{3,6}|[a-z]-?(?:[A-Z][a-z]*){2,}")
"""How reagents are abbreviated: PCC, DIBAL-H, n-BuLi, mCPBA."""
_BEFORE_ABBREVIATION: Final = ("+", "with", "using", "is", "plus")
_ALIKE: Final = 84.0
"""How alike, of 100, an unknown word must be to a name to be taken for a misspelling of it."""
_FEW: Final = 3
"""Words of a question that is not a sentence."""


def find_spans(text: str) -> list[Span]:
    """Return the molecules that a text surely writes, its amounts and adducts, in no order, none inside another."""
    spans: list[Span] = []
    finders = (
        _find_tagged, _find_joined, _find_notations, _find_amounts, _find_weighed, _find_trivial, _find_named,
        _find_listed,
    )  # fmt: skip
    for find in finders:
        spans += _keep_free(find(blank_spans(text, spans)), spans)
    blanked = blank_spans(text, spans)
    return [_take_salt(span, text) for span in spans if not _is_part(span, text, blanked)]


def find_unknown(text: str, *, strange_too: bool) -> list[Span]:
    """Return the words that nothing knows where the name of a chemical would stand.

    Args:
        text: The question, what was found in it blanked.
        strange_too: Whether a word counts that does not look like the name of a chemical: at most one does.
    """
    likely: list[Span] = []
    strange: list[Span] = []
    for span, sure in _list_unknown(text):
        (likely if sure else strange).append(span)
    if likely or not strange_too:
        return likely
    for match in _SUBJECT.finditer(text):
        if is_element_word(match[1]):
            return [make_span(match.start(1), MentionKind.NAME, match[1])]
    if len(strange) == 1 and _is_misspelt(text[strange[0].start : strange[0].end]):
        return [make_span(strange[0].start, MentionKind.NAME, text[strange[0].start : strange[0].end])]
    return strange[:1]


def drop_glosses(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, without the names that a notation in brackets says again: 'aspirin (CC(=O)...)'."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        before = kept[-1] if kept else None
        between = text[before.end : span.start].strip() if before is not None else ""
        if (
            before is not None
            and _is_gloss(before, span)
            and between in ("", *_BRACKETS)
            and _agree(before, span, text)
        ):
            kept[-1] = Span(before.start, span.end, span.sign, span.mention)
        else:
            kept.append(span)
    return kept


def blank_spans(text: str, spans: Iterable[Span], *, signed: bool = False) -> str:
    """Return a text of the same length in which what was found is a row of signs that no word holds.

    Args:
        text: The text.
        spans: What was found in it.
        signed: Whether each begins with its own sign.
    """
    letters = list(text)
    for span in spans:
        length = span.end - span.start
        letters[span.start : span.end] = f"{span.sign if signed else ''}{_TAKEN * length}"[:length]
    return "".join(letters)


def _is_gloss(before: Span, span: Span) -> bool:
    kinds = (MentionKind.NAME, MentionKind.STRANGE)
    return (
        before.mention is not None
        and before.mention.kind in kinds
        and span.mention is not None
        and span.mention.kind is MentionKind.NOTATION
    )


def _agree(name: Span, notation: Span, text: str) -> bool:
    """Whether a notation may stand for the name before it.

    One that is another molecule than the dictionary has under this name is a second molecule, which a question then
    has to account for; a name that the dictionary does not know is taken at its word where brackets say so.
    """
    assert name.mention is not None and notation.mention is not None
    between = text[name.end : notation.start].strip()
    if not between and not re.search(r"\w", text[notation.end :]):
        return False  # 'is aspirin CC(=O)...?' asks whether it does
    known = find_name(name.mention.text)
    if known is None:
        return bool(between)
    named, written = try_parse_smiles(known.smiles), try_parse_smiles(notation.mention.text)
    if isinstance(named, InvalidSmilesError) or isinstance(written, InvalidSmilesError):
        return bool(between)  # SELFIES and InChI are read later
    return write_canonical(named, isomeric=False) == write_canonical(written, isomeric=False)


def _keep_free(new: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    return [one for one in new if not any(one.meets(other) for other in spans)]


# ------------------------------------------------------------------------------------------------ tags, notations


def _find_tagged(text: str) -> list[Span]:
    found = []
    for match in TAG.finditer(text):
        # U+232C stands in some texts for a benzene ring that a drawing program left behind.
        content, tag = match["content"].strip().replace("\u232c", ""), match["tag"].lower()
        if tag in _NAME_TAGS:
            kind = MentionKind.NAME
        elif tag in _FORMULA_TAGS:
            kind = MentionKind.FORMULA
        else:
            kind = MentionKind.REACTION if is_reaction_word(content) else MentionKind.NOTATION
        found.append(make_span(match.start(), kind, content, match.end()))
    return found


def _find_notations(text: str) -> list[Span]:
    found = [make_span(match.start(1), MentionKind.NOTATION, match[1]) for match in _SMARTS.finditer(text)]
    found += [make_span(match.start(), MentionKind.NAME, match.group()) for match in CAS.finditer(text)]
    found += [Span(*match.span(), ADDUCT_SIGN) for match in ADDUCT.finditer(text)]
    ions = (match for match in _IONS.finditer(text) if read_ion(match.group()) is not None)
    found += _keep_free([make_span(match.start(), MentionKind.NAME, match.group()) for match in ions], found)
    for match in re.finditer(rf"[^\s{_TAKEN}]+", text):
        label = _LABEL.match(match.group())
        start = match.start() + (label.end() if label is not None else 0)
        for span in _read_joined(text[start : match.end()], start):
            found += _keep_free([span], found)
    short = [*_OXIDE.finditer(text), *(match for match in _SYMBOL.finditer(text) if match[1] in ELEMENTS.values())]
    found += _keep_free([make_span(match.start(1), MentionKind.FORMULA, match[1]) for match in short], found)
    if any(span.mention is not None and span.mention.kind is MentionKind.NOTATION for span in found):
        # Beside other SMILES, 'CCS' is one and no abbreviation.
        for match in _CHAIN.finditer(text):
            found += _keep_free([make_span(match.start(), MentionKind.NOTATION, match.group())], found)
    return found


def _read_joined(word: str, start: int) -> list[Span]:
    """Return the molecules of a word that may join several: 'HNO3/H2SO4'."""
    parts = word.rstrip("?,;:!.").split("/")
    if len(parts) > 1 and all(is_formula(part) for part in parts):
        starts = [start + sum(len(part) + 1 for part in parts[:place]) for place in range(len(parts))]
        return [make_span(at, MentionKind.FORMULA, part) for at, part in zip(starts, parts, strict=True)]
    span = _read_word(word, start)
    return [] if span is None else [span]


def _read_word(word: str, start: int) -> Span | None:
    """Return the molecule that a word writes, with or without the signs around it."""
    peeled = [(skipped, core) for skipped, core in _peel(word) if len(core) > 1]
    for skipped, core in peeled:
        if (kind := _judge_word(core)) is not None:
            return make_span(start + skipped, kind, core)
    for skipped, core in peeled:
        if is_broken_smiles(core):
            return make_span(start + skipped, MentionKind.NOTATION, core)
    return None


def _peel(word: str) -> Iterator[tuple[int, str]]:
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
    if (hydrate := _HYDRATE.fullmatch(core)) is not None and is_formula(hydrate["salt"]):
        return MentionKind.NAME
    if is_formula(core) and not is_group_word(core) and not (len(core) == 2 and parses(core)):
        # PhCH2Br is a structure whose groups no formula counts.
        return MentionKind.FORMULA if counts_atoms(core) or read_condensed(core) is None else MentionKind.NAME
    return None


def _find_amounts(text: str) -> list[Span]:
    strengths = [Span(*match.span(), CONCENTRATION_SIGN) for match in CONCENTRATION.finditer(text)]
    amounts = [Span(*match.span(), AMOUNT_SIGN) for match in AMOUNT.finditer(text)]
    return strengths + _keep_free(amounts, strengths)


# ---------------------------------------------------------------------------------------------------------- names


def _find_weighed(text: str) -> list[Span]:
    """Find elements, water and abbreviations of which an amount is given: '2 g of iodine', '10% SDS'."""
    return [
        make_span(match.start(1), MentionKind.NAME, match[1])
        for match in (*_WEIGHED.finditer(text), *_DENSE.finditer(text))
        if is_element_word(match[1]) or (match[1].isupper() and len(match[1]) > 2 and find_name(match[1]) is not None)
    ]


def _find_trivial(text: str) -> list[Span]:
    """Find a name of ordinary words that ends a question: 'what is heavy water?', 'the formula of laughing gas'."""
    for match in (pattern.search(text) for pattern in _TRIVIAL):
        if match is not None and find_name(match[1]) is not None:
            return [make_span(match.start(1), MentionKind.NAME, match[1])]
    return []


def _find_named(text: str) -> list[Span]:
    return [
        make_span(name.start, MentionKind.NAME, name.text)
        for name in find_names(text)
        if _TAKEN not in name.text and not re.match(r" adducts?\b", text[name.start + len(name.text) :])
    ]


def _find_joined(text: str) -> list[Span]:
    """Find two names that share their end: 'D- and L-alanine'."""
    found = []
    for match in _JOINED.finditer(text):
        first, second = f"{match['first']}-{match['rest']}", f"{match['second'].removeprefix('the ')}-{match['rest']}"
        if find_names(second):
            found.append(make_span(match.start("first"), MentionKind.NAME, first, match.start("joint") - 1))
            found.append(make_span(match.start("second"), MentionKind.NAME, second, match.end("rest")))
    return found


def _is_part(span: Span, text: str, blanked: str) -> bool:
    """Whether what looks like a molecule is a part of one: 'is X a phenol?', 'the C=C of X'."""
    before, after = blanked[: span.start], text[span.end :]
    if span.mention is None:
        return False
    if _BOND.fullmatch(span.mention.text):
        return re.search(r"\b(?:the|an?|each|every|any|many|all) $", before) is not None or (
            re.match(r"[ -](?:single |double |triple |sigma |pi )?(?:bonds?|groups?|stretch)\b", after) is not None
        )
    is_class = span.mention.kind is MentionKind.NAME and span.mention.text.lower() in list_group_words()
    if is_class and re.search(r"\b(?:the|its) $", before, re.IGNORECASE) and _OF_OTHER.match(blanked, span.end):
        return True
    return is_class and re.search(rf"\b(?:is|are) {_TAKEN}+ (?:an?|really an?) $", before, re.I) is not None


def _take_salt(span: Span, text: str) -> Span:
    """Return a molecule with the words before it that make a salt or hydrate of it."""
    if span.mention is None or span.mention.kind is not MentionKind.NAME:
        return span
    match = _SALT.search(text[: span.start])
    # 'The calcium of milk' and 'sodium of X' are no salts; 'the hydrochloride of X' and 'the sodium salt of X' are.
    if match is None or (match["salt"] is None and re.fullmatch(r"(?:di|tri)?(?:\w+ium|HCl)", match["ion"], re.I)):
        return span
    ion = "hydrochloride" if match["ion"].lower() == "hcl" else match["ion"].lower()
    return make_span(match.start("ion"), MentionKind.NAME, f"{span.mention.text} {ion}", span.end)


def _find_listed(text: str) -> list[Span]:
    """Find elements and water beside a molecule that is listed with them: 'water, ammonia or methane'."""
    found: list[Span] = []
    while True:
        listed = _LISTED.finditer(blank_spans(text, found))
        words = [(match.start(place), match[place]) for match in listed for place in (1, 2, 3, 4) if match[place]]
        more = [make_span(start, MentionKind.NAME, word) for start, word in words if is_element_word(word)]
        if not more:
            return found
        found += _keep_free(more, found)


def _list_unknown(text: str) -> Iterator[tuple[Span, bool]]:
    """Yield the words that nothing knows, and whether each looks like the name of a chemical."""
    words = list(re.finditer(rf"[^\s{_TAKEN}]+", text))
    for place, match in enumerate(words):
        core = _CORE.search(match.group().rstrip("?,;:!.'\"”"))
        before = words[place - 1].group().lower() if place else ""
        if core is None or not _is_unknown(core.group()):
            continue
        is_part = before in ("the", "its") and _OF_OTHER.match(text, match.start() + core.end()) is not None
        if (before in ("a", "an") or is_part) and core.group().lower() in list_group_words():
            continue  # 'is it a phenol?' asks for a group
        if not _stands_for_name(before) and not (place == len(words) - 1 and len(words) <= _FEW):
            continue
        start, end = match.start() + core.start(), match.start() + core.end()
        if letter := _VARIANT.match(text, end):
            end = letter.end()
        abbreviated = before in _BEFORE_ABBREVIATION and _ABBREVIATION.fullmatch(core.group()) is not None
        looks = looks_chemical(core.group()) and len(core.group()) > 4 and not _is_verb(core.group(), place)
        if abbreviated or looks:
            yield make_span(start, MentionKind.NAME, text[start:end]), True
        elif (place and before != "the") or match.group().endswith(":") or len(words) <= _FEW:
            yield make_span(start, MentionKind.STRANGE, text[start:end]), False


def _stands_for_name(before: str) -> bool:
    """Whether the name of a chemical may follow a word."""
    bare = before.strip("\"'“,;:+/|")
    return not bare or is_word(WordKind.BEFORE_NAME, bare) or before.endswith((",", ":")) or before == "the"


def _is_unknown(word: str) -> bool:
    lower = word.lower()
    if len(word) < 3 or is_inflected(lower.removesuffix("'s").removesuffix("’s")) or is_group_word(lower):
        return False
    return correct_word(lower) == lower and lower not in list_topic_words()


def _is_verb(word: str, place: int) -> bool:
    """Whether a word is more likely what is to be done than a chemical: 'chlorinate', or 'elucidate' in front."""
    return is_edit_verb(word) or (not place and re.search(r"(?:ate|ise|ize|yse|yze)$", word) is not None)


def _is_misspelt(word: str) -> bool:
    """Whether a word is nearly a name of the dictionary."""
    near = suggest_names(word, count=1)
    return bool(near) and fuzz.ratio(near[0].lower(), word.lower()) >= _ALIKE
