"""Specifications in words: how they are read from what a person writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from anymol.chem.formula import count_formula, write_formula
from anymol.errors import InvalidSmilesError
from anymol.tasks.numerals import NUMERALS
from anymol.tasks.specifications import (
    ELEMENTS,
    FEATURES,
    GROUP_FEATURES,
    Constraint,
    Feature,
    FeatureKind,
    Specification,
    check_specification,
)
from anymol.tasks.task import Check

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_ASKED = (
    r"(?:design|make(?: up)?|propose|create|generate|produce|construct|build|invent|suggest|find|imagine|devise|show|"
    r"give|write|draw(?: up)?|think (?:up|of)|provide|synthesi[sz]e|look(?:ing)? for|want|need|like|love|search for)"
)
"""How a molecule is asked for."""
_THING = (
    r"(?:molecules?|compounds?|structures?|substances?|chemicals?|something|anything|candidates?|smiles(?: strings?)?)"
)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|please|it|its|the|a|an|any|some|new|novel|small|simple|organic|drug-like|"
    r"that|which|whose|must|should|shall|has|have|having|contains?|containing|includes?|including|with|of|me|us|i|we|"
    r"i['\u2019](?:d|ll|m)|am|would|could|can|you|do|to|see|get|after|compris(?:es?|ing|ed of)|consist(?:s|ing)(?: of)?"
    r"|composed(?: of)?|made(?: of| from)?|bear(?:s|ing)|carr(?:y|ies|ying)|featur(?:es?|ing)|possess(?:es|ing)?|"
    r"built (?:of|from)|scaffold|wanted|needed|required|be|showing|exactly|precisely|just|of them|of which|also|both|"
    rf"there|is|are|one that|{_ASKED}|{_THING})[\s:,]+)+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"\b(?:between|from)\s+({_NUMBER})\s+(?:and|to)\s+({_NUMBER})")
_SPAN = re.compile(rf"({_NUMBER})\s*(?:to|\u2013|-)\s*({_NUMBER})")
_AT_LEAST = (
    r"(?:at least|no less than|not less than|no fewer than|not fewer than|minimum(?: of)?|min|above|over|greater "
    r"than|more than|"
    r"larger than|>=|\u2265|>)"
)
_AT_MOST = (
    r"(?:at most|no more than|not more than|maximum(?: of)?|max|below|under|less than|smaller than|up to|fewer than|"
    r"<=|\u2264|<)"
)
_STRICT = re.compile(r"more than|greater than|over|above|>|less than|fewer than|below|under|<")
_ABOUT = r"(?:about|around|approximately|approx\.?|ca\.?|~|near|close to)"
_FORMULA = re.compile(
    r"(?:(?:the|molecular|chemical|sum) )*formula\s*(?:is|of|=|:)?\s*((?:[A-Z][a-z]?\d*)+)(?: please)?"
)
_NO = re.compile(r"^(?:(?:has|have|with) )?(?:no|without|free of|not any|zero|does not contain|lacks?)\b(?: any\b)?")
_FILLING = re.compile(
    r"\b(?:is|of|a|an|any|exactly|precisely|just|only|in total|altogether|overall|each|all|them|which|g/mol|"
    r"da|daltons?|angstrom\^2|compounds?|molecules?|structures?|derivatives?|moiet(?:y|ies)|units?|substituents?|"
    r"functions?|functionalit(?:y|ies)|linkages?|present|are|both|occurs?|found|free|will do|in it|in there|too|"
    r"as well|please)\b|[:=]"
    r"|\u00e5(?:\u00b2|\^?2)"  # the square angstrom, lower-cased as the clause is
)
_FREE = re.compile(r"\b(\w+)-free\b")
_ELEMENT: Final = rf"(?:{'|'.join((*ELEMENTS.values(), 'hydrogen', *sorted(ELEMENTS, key=len, reverse=True), 'H'))})s?"
_SYMBOL = re.compile(
    rf"(?<=\d) ({'|'.join(sorted(ELEMENTS, key=len, reverse=True))})(?: atoms?)?(?=\s*(?:[,;.?]|and\b|$))"
)
"""The symbol of an element after a number: '14 C, 2 N and 1 Cl'."""
_NUMERAL = re.compile(
    rf"\b({'|'.join(sorted(NUMERALS, key=len, reverse=True))})\b(?=[\s-]+[a-z])(?! that\b| which\b| with\b| can\b)",
    re.IGNORECASE,
)
"""A number in words before what is counted."""
_SYMBOLS: Final = "|".join(sorted(ELEMENTS, key=len, reverse=True))
_COUNT: Final = rf"(?:\d+|{'|'.join(sorted(NUMERALS, key=len, reverse=True))})"
_BOND_KINDS: Final = ("single", "double", "triple", "aromatic")
_KINDS: Final = "|".join(_BOND_KINDS)
_NOTHING: Final = r"nothing else|no other (?:elements?|(?:heavy )?atoms?|heteroatoms?)"
_REWRITTEN: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"\bw/(?=\s)", "with"),
        (r"\b(?:come|dream) up with\b", "make"),
        (
            rf"\b({_NOTHING}) (?:but|than|besides|except|apart from)(?: for)? (?:carbons?(?: and|,) )?hydrogens?\b",
            r"\1",
        ),
        (r"sulph", "sulf"),
        (r"\([^()]*\b(?:ignoring|not counting|excluding|ignored|counted)\b[^()]*\)", ""),
        (r"^for (?:an?|my|our|the) (?:\w+ ){1,3}(?=(?:please )?(?:i|we|give|make|generate|show|find)\b)", ""),
        (r",? \bwhat (?:could|would|might|can) (?:(?:that|it|this) be|fit|work|do)\b", ""),
        (
            r"[,.?]? \b(?:any (?:ideas?|suggestions?|examples?(?: is fine| will do)?)|show me (?:one|an example))"
            r"[.?!]*$",
            "",
        ),
        (r"^what (?:would|could|might) be (?=an? )", ""),
        (r"\bnot an?(?: single)? ", "no "),
        (r"\b(?:is|will be|would be) (?:fine|ok|okay|good) (?:as|so) long as (?:it|they)\b", "that"),
        (r" (?:works?|will do|would do|is fine|is ok|is enough|is good)(?: for (?:me|us))?$", ""),
        (r"\bi\.\s?e\.,?", ","),
        (r"\bthat (?:also )?(?:has|have|contains?|bears?|carr(?:y|ies)|includes?)\b", ", with"),
        (r"\b(?:carbon[- ]carbon|c=c) double bonds?\b", "alkenes"),
        (r"\b(?:carbon[- ]carbon|c#c) triple bonds?\b", "alkynes"),
        (
            rf"\ball (?:the )?bonds (?:between (?:its |the )?heavy atoms )?(?:are|must be|should be) ({_KINDS})\b",
            r"only \1 bonds",
        ),
        (r"\bphenyl rings?\b", "benzene ring"),
        (r"\bphenolic (?:oh|hydroxyls?|hydroxy)(?: groups?)?\b", "phenol"),
        (r"\bamine nitrogens?\b", "amine"),
        (r"\bnothing aromatic\b", "no aromatic rings"),
        (r"\b([\w-]+) (?:are |is )?(?:forbidden|excluded|prohibited|disallowed|not allowed)\b", r"no \1"),
        (r"[\s,;]*\(?\b(?:hydrogens?|hs?)(?: atoms)? (?:are )?(?:not counted|ignored|left out|not counting)\)?", ""),
        (r"\s*\bbetween (?:its |the )?heavy atoms\b", ""),
        (rf"\b({_COUNT}) bonds?,? all (?:of them )?({_KINDS})\b", r"\1 \2 bonds and only \2 bonds"),
        (rf"\b({_SYMBOLS}) ?[x\u00d7] ?(\d+)\b", r"\2 \1"),
        (r"\b(\d+) ?[x\u00d7] ", r"\1 "),
        (rf"\b({_COUNT}) of (?:which|them|these) (?:are|is) ({_SYMBOLS})\b", r"\1 \2"),
        (r"\s+/\s+", ", "),
        (r"\s\+\s", " and "),
        (r"\bhalf a dozen\b", "6"),
        (r"\b(?:a |one )?dozen\b", "12"),
        (r"\b(?:a )?(?:couple|pair) of\b", "2"),
        (r"\b(?:a |one )?single (?=\w)(?!bonds?\b|molecule)", "1 "),
        (r"\b(?:together with|along with|as well as|plus)\b|&", "and"),
        (r"\bin which(?: there (?:is|are))?\b", "with"),
        (r"[\s,]*\b(?:all )?(?:with)?in (?:one|a|an|the same)(?: \w+)? (?:molecule|structure|compound)\b", ""),
        (r"\b(di|tri|tetra)ols?\b", r"\1hydroxyl"),
        (r"\b(di|tri)acids?\b", r"\1carboxylic acid"),
        (
            r"(?<!ated )\bhydrocarbons?\b(?! (?:chain|group|derivative|part|tail|skeleton|backbone|ring))",
            "molecule, nothing else,",
        ),
    )
)
"""Ways to say a thing, and the plain one."""
_BONDS_AGAIN = re.compile(rf"\b({'|'.join(_BOND_KINDS)}|rotatable) ones?\b", re.IGNORECASE)
_FLEXIBILITY = re.compile(r"\b(?:flexible|floppy|rigid)\b,?\s*", re.IGNORECASE)
_ONLY_BONDS = re.compile(r"\b(?:only|nothing but) (single|double|triple|aromatic) bonds?\b", re.IGNORECASE)
_ONLY_ELEMENTS = re.compile(
    rf"\b(?:only|nothing but|exclusively|solely)(?: of)? (?P<named>{_ELEMENT}(?:(?:,| and|, and) {_ELEMENT})*)"
    r"(?: atoms?)?(?=\s*(?:[,;.?!]|and\b|with\b|please\b|$))"
)
_CLOSED = re.compile(rf"(?:(?:has|have|with|contains?) )?(?:{_NOTHING})", re.IGNORECASE)
_ANY_ISOMER = re.compile(
    r"(?:(?:any|whichever|whatever|some|an|one) )?(?:of (?:its|the) |possible )?isomers?(?: of)?(?: will do)?",
    re.IGNORECASE,
)
_WRITTEN_FORMULA = re.compile(r"(?:(?:[Ii] (?:need|want)|give me|of) )?((?:[A-Z][a-z]?\d*){2,})")
"""A formula without the word, where an isomer is asked for."""
_HYDROGENS = re.compile(r"(\d+) (?:hydrogens?(?: atoms?)?|h)", re.IGNORECASE)
_ALL_TOLD = re.compile(
    r"(?:that|this)(?: is|['\u2019]s) (?:it|all)(?: (?:i|we) (?:ask|want|need)(?: for)?)?", re.IGNORECASE
)
_EACH_ONCE = re.compile(r"(?:each (?:exactly )?once|(?:just |exactly )?one of each|each one time)", re.IGNORECASE)
"""A clause after which no other element may be in the molecule."""
_ATOM_COUNTS: Final = frozenset(f"{name}_atoms" for name in ELEMENTS.values())
_MULTIPLE: Final = {"di": 2, "tri": 3, "tetra": 4}
_QUESTION = re.compile(
    r"(?:and |so )?(?:what|which|who|where|when|why|how|is|are|was|were|does|do|did|has|have|will|would)\b"
    rf"(?! (?:love|like)\b)(?!(?<=is) there (?:an?|any) {_THING}\b)",
    re.IGNORECASE,
)
_CALLS = re.compile(
    rf"\b(?:{_ASKED}|{_THING}|(?:can|could|may) (?:i|we) (?:have|get))\b|^(?:an?|any|some|{_COUNT})\b", re.IGNORECASE
)
"""Words by which a molecule is called for: 'a diol', 'something with two rings'."""
_ORDER = re.compile(
    r"(?:(?:please|and|then) )*(?:write|generate|make|draw|design|create|give|show|propose|build|invent|construct|find)"
    r"(?: me)? (?:it|one|that|the (?:molecule|structure|smiles)|its smiles|such a molecule)(?: please)?",
    re.IGNORECASE,
)
"""A clause that asks for the molecule which the others describe."""
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CLAUSES = re.compile(r"[;,](?!\d)|\band\b|\bbut\b|[.?](?=\s|$)|\s(?=(?:with|without|having|containing)\s)")
_PROSE = re.compile(r"\b(?:is|was|are|were|as|by|from)\b.*\s(?=with(?:out)?\s|having\s|containing\s)")
_ABOUT_SHARE: Final = 0.1
"""What "about" allows on either side of a quantity, as a share of it."""


@lru_cache(maxsize=256)
def parse_specification(text: str) -> Specification:
    """Read constraints from words; clauses that say something else stay in `unread`.

    The last ones are kept: whether a question is a request, what it asks for and what is checked read the same words.

    A description such as a caption gives no constraints: the specification is then false.

    Example:
        >>> str(parse_specification("two rings, a carboxylic acid, MW between 180 and 220 and no halogen"))
        '2 rings, at least 1 carboxylic acid, molecular weight 180 to 220, no halogen atoms'
    """
    plain, named = _rewrite(text)
    joined = _BETWEEN.sub(r"\1 to \2", plain)
    if _PROSE.search(joined):
        # 'obtained by condensation of phosphoric acid with an alcohol' asks for no alcohol.
        return Specification(unread=(joined,))
    constraints: list[Constraint] = []
    unread: list[str] = []
    formula = None
    hydrogens: int | None = None
    isomers = _ANY_ISOMER.search(joined) is not None
    closed = named is not None
    for clause in filter(None, (piece.strip() for piece in _CLAUSES.split(joined))):
        bare = _LEAD.sub("", clause)
        if _ORDER.fullmatch(clause) or _ANY_ISOMER.fullmatch(bare):
            continue
        if _CLOSED.fullmatch(clause):
            closed = True
        elif _ALL_TOLD.fullmatch(clause):
            closed = closed or (bool(constraints) and all(one.feature in _ATOM_COUNTS for one in constraints))
        elif _EACH_ONCE.fullmatch(clause):
            constraints = [Constraint(one.feature, one.low, one.high or one.low) for one in constraints]
        elif isomers and (written := _WRITTEN_FORMULA.fullmatch(clause)) is not None:
            formula = write_formula(count_formula(written.group(1)))
        elif (written := _HYDROGENS.fullmatch(clause)) is not None:
            hydrogens = int(written.group(1))
        elif (written := _FORMULA.fullmatch(bare)) is not None:
            formula = write_formula(count_formula(written.group(1)))
        elif (constraint := _parse_clause(clause.lower())) is not None:
            constraints.append(constraint)
        elif constraints and (
            bound := _read_bound(_drop_filling(clause.lower()), FEATURES[constraints[-1].feature], some=False)
        ):
            # 'LogP above 2 and below 4'
            constraints.append(bound)
        elif _LEAD.sub("", f"{clause.lower()} "):
            unread.append(clause)
    if closed and any(one.feature in GROUP_FEATURES for one in constraints):
        unread.append("nothing else")  # the groups bring elements of their own
    elif closed and hydrogens is not None:
        constraints, formula = [], _write_formula(constraints, hydrogens)
    elif closed:
        constraints = [*_require_named(named or (), constraints), *constraints]
        constraints += _exclude_others(constraints)
    if hydrogens is not None and formula is None:
        unread.append(f"{hydrogens} hydrogen atoms")
    return Specification(tuple(constraints), formula, tuple(unread))


def _write_formula(constraints: Sequence[Constraint], hydrogens: int) -> str | None:
    """Return the formula that exact numbers of all atoms are; None where they are none."""
    symbols = {f"{name}_atoms": symbol for symbol, name in ELEMENTS.items()}
    if any(one.feature not in symbols or one.low != one.high or one.low is None for one in constraints):
        return None
    counts = [(symbols[one.feature], int(one.low or 0)) for one in constraints]
    return write_formula(count_formula("".join(f"{symbol}{count}" for symbol, count in (*counts, ("H", hydrogens)))))


def is_request(text: str) -> bool:
    """Whether words ask, as a whole, for a molecule to be designed: nothing in them is left unread.

    Example:
        >>> is_request("something with an epoxide but without any nitrogen"), is_request("how many rings?")
        (True, False)
    """
    bare = text.strip(" ?!.")
    if _QUESTION.match(bare):
        return False
    specification = parse_specification(bare)
    if not specification or specification.unread:
        return False
    return _CALLS.search(bare) is not None or specification.formula is not None or len(specification.constraints) > 1


def _rewrite(text: str) -> tuple[str, tuple[str, ...] | None]:
    """Return a text in plain words, and the elements that a molecule shall hold and no others; None where it may."""
    plain = " ".join(_THOUSANDS.sub("", text.replace("\u2212", "-")).split()).strip(" ?!")
    for pattern, said in _REWRITTEN:
        plain = pattern.sub(said, plain)
    if "bond" in plain:
        plain = _BONDS_AGAIN.sub(r"\1 bonds", plain)
    if "rotatable" in plain:
        plain = _FLEXIBILITY.sub("", plain)  # it is said in numbers too
    plain = _ONLY_BONDS.sub(_write_only_bonds, plain)
    plain = _NUMERAL.sub(lambda match: str(NUMERALS[match.group(1).lower()]), _FREE.sub(r"no \1", plain))
    plain = _SYMBOL.sub(lambda match: f" {ELEMENTS[match.group(1)]} atoms", plain)
    plain = _multiple().sub(lambda match: f"{_MULTIPLE[match.group(1).lower()]} {match.group(2)}", plain)
    if (only := _ONLY_ELEMENTS.search(plain)) is None:
        return plain, None
    named = re.findall(_ELEMENT, only["named"])
    return f"{plain[: only.start()]} {plain[only.end() :]}", tuple(
        ELEMENTS.get(one, one.removesuffix("s")) for one in named
    )


def _write_only_bonds(match: re.Match[str]) -> str:
    kind = match.group(1).lower()
    return ", ".join((*(f"no {other} bonds" for other in _BOND_KINDS if other != kind), f"at least 1 {kind} bond"))


def _require_named(named: tuple[str, ...], constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return that each of some elements is there, where nothing else is said of it."""
    said = {one.feature for one in constraints}
    features = (f"{element}_atoms" for element in named if element in ELEMENTS.values())
    return [Constraint(feature, 1, None) for feature in features if feature not in said]


def _exclude_others(constraints: Sequence[Constraint]) -> list[Constraint]:
    """Return that no element but carbon, hydrogen and those spoken of is there."""
    said = {one.feature for one in constraints} | {"carbon_atoms"}
    return [Constraint(name, 0, 0) for name in map("{}_atoms".format, ELEMENTS.values()) if name not in said]


def tidy_specification(text: str) -> str:
    """Return a specification in the words that drawn ones use, or `text` unchanged where a clause is not understood.

    Example:
        >>> tidy_specification("with two rings and MW between 180 and 220")
        '2 rings, molecular weight 180 to 220'
    """
    specification = parse_specification(text)
    return str(specification) if specification and not specification.unread else text


def _parse_clause(clause: str) -> Constraint | None:
    """Read one clause, lower-cased; None where it is not a constraint. The whole clause must be understood."""
    # A group that stands alone, as in a list, is wanted too: 'thiol plus amide'.
    some = re.search(r"\b(?:a|an|any|some|contains?|containing|includes?|including)\b", clause) is not None
    some = some or clause in _feature_words()[1]
    words = _NO.sub("no", clause)
    words = _LEAD.sub("", f"{words} ").strip()
    found = _find_feature(words)
    if found is None:
        return None
    feature, start, end = found
    # What is left must be a bound and nothing else.
    return _read_bound(_drop_filling(f"{words[:start]} {words[end:]}"), feature, some=some)


def _drop_filling(words: str) -> str:
    return " ".join(_FILLING.sub(" ", words).split())


def _read_bound(rest: str, feature: Feature, *, some: bool) -> Constraint | None:
    counted = feature.kind is FeatureKind.COUNT
    if counted and rest in ("no", "0", "none"):
        return Constraint(feature.name, 0, 0)
    if counted and rest == "":
        return Constraint(feature.name, 1, None) if some else None
    if (span := _SPAN.fullmatch(rest)) is not None:
        low, high = sorted(map(float, span.groups()))
        return Constraint(feature.name, low, high)
    if (bound := re.fullmatch(rf"({_AT_LEAST}|{_AT_MOST})\s*({_NUMBER})", rest)) is not None:
        words, value = bound.group(1), float(bound.group(2))
        # 'more than 2 rings' is three or more; for a quantity the end of an open range makes no difference.
        shift = 1.0 if counted and _STRICT.fullmatch(words) else 0.0
        if re.fullmatch(_AT_LEAST, words):
            return Constraint(feature.name, value + shift, None)
        return Constraint(feature.name, None, value - shift)
    if (about := re.fullmatch(rf"{_ABOUT}\s*({_NUMBER})", rest)) is not None:
        value = float(about.group(1))
        slack = max(1.0 if counted else feature.step / 2, _ABOUT_SHARE * abs(value))
        return Constraint(feature.name, value - slack, value + slack)
    if re.fullmatch(_NUMBER, rest):
        value = float(rest)
        slack = 0.0 if counted else feature.step / 10
        return Constraint(feature.name, value - slack, value + slack)
    return None


@lru_cache(maxsize=1)
def _feature_words() -> tuple[re.Pattern[str], dict[str, Feature]]:
    """All words for features, longest first, so that 'aromatic ring' is not read as 'ring'."""
    words = {
        word.lower(): feature
        for feature in FEATURES.values()
        for word in (feature.singular, feature.plural, *feature.aliases)
    }
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, ordered))})(?:s|es)?(?![\w-])"), words


@lru_cache(maxsize=1)
def _multiple() -> re.Pattern[str]:
    """Words such as 'dicarboxylic acid'; what is a feature by itself, such as a triazole, is not three of another."""
    features = _feature_words()[1]
    words = [word for word in features if not any(f"{lead}{word}" in features for lead in _MULTIPLE)]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:an? )?({'|'.join(_MULTIPLE)})-?({'|'.join(map(re.escape, ordered))})s?\b", re.IGNORECASE)


def _find_feature(words: str) -> tuple[Feature, int, int] | None:
    pattern, features = _feature_words()
    match = pattern.search(words)
    return None if match is None else (features[match.group(1)], match.start(), match.end())


def verify_specification(smiles: str, text: str) -> tuple[Check, ...]:
    """Check a designed molecule against a text; one undecided check where no constraint was read.

    Args:
        smiles: The designed molecule.
        text: A specification or a description.
    """
    specification = parse_specification(text)
    if not specification:
        return (Check("specification", None, "the description holds no constraint that can be counted"),)
    try:
        return check_specification(smiles, specification)
    except InvalidSmilesError as error:
        return (Check("parses", False, error.message),)
