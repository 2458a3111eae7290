"""What a free question says of molecules: notations, names, edits and descriptions that stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from anymol.chem.names import find_name as look_up_name
from anymol.chem.parsing import try_parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.tasks.cues import EDIT, GROUP, HERE, MAKE, OUTSIDE, THING


@dataclass(frozen=True)
class Wording:
    """A free question that has found its task.

    Attributes:
        plain: The question without words of courtesy.
        masked: The same with the molecules that it gives replaced by a sign.
        held: What stands in the hole of the phrasing that it matches; None where it matches none.
        has_molecule: Whether a molecule is given, in the question or beside it.
    """

    plain: str
    masked: str
    held: str | None = None
    has_molecule: bool = False


@dataclass(frozen=True)
class Mentions:
    """What a question says of its task's slots.

    Attributes:
        text: What fills the text slot.
        names: Names of the molecules it is about; they count where no molecule is given.
    """

    text: str | None = None
    names: tuple[str, ...] = ()


_NOUN = (
    r"(?:molecules?|compounds?|substances?|structures?|chemicals?|drugs?|reactions?|mixtures?|reactants?|products?|inputs?|"
    r"ones?|thing)"
)
_REFERENT = re.compile(
    rf"\b(?:this|that|these|those|my|our|the (?:following|given|above|attached|input))\s+(?:\w+\s+)?{_NOUN}\b"
    rf"|\bthe\s+(?:molecule|compound|substance|chemical)\b(?!\s+(?:called|named|with|that|which|having|whose))"
    r"|\b(?:this|that|these|those)\b(?=\s*(?:[?.!,;:]|$)|\s+(?:is|be|into|to|from|with|by|used|made|and)\b)"
    r"|\bit\b|\bthem\b",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"<mol>.*?</mol>")
_WORD = re.compile(r"\S+")
_NOTATION = re.compile(r"InChI=\S+|(?:\[[^\[\]\s]+\]\.?){2,}|[A-Za-z0-9@+\-\[\]()=#%\\/.:>*]{2,}")
_SMILES_LETTERS = re.compile(r"(?:Br|Cl|[BCNOPSFI]|[bcnops](?=.*[0-9]))+")
_CHEMICAL = re.compile(
    r"\d|acid\b|(?:ol|ine|[aey]ne|one|ate|ide|ite|yl|al|ose|in|ium|ole|am|ofen|hyde|il|ether|ester|mycin|vir|nib|pril|artan|epam|"
    r"camphor|vitamin \w|water|ammonia|urea|salt|phosgene|sarin|alcohol|oxygen|hydrogen|nitrogen|benzene)$"
    r"|^(?-i:[A-Z]{2,6})$",  # DMSO, THF
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\b(?:the|of|for|who|what|why|when|where|which|how|to|is|are|was|do|does|my|your|his|her|our|you|me|a|an|this|that|it|"
    r"between|difference|best|good|meaning|should|about|into|from|give|gives|with|than|like|and|products?|reactions?|"
    r"reactants?|reagents?|molecules?|compounds?|weights?|mass|structure|description|please)\b",
    re.IGNORECASE,
)


def mask_molecules(question: str) -> tuple[str, tuple[str, ...]]:
    """Replace the molecules of a question, and words for given ones, by a sign; return the notations found."""
    notations: list[str] = []

    def take_tagged(match: re.Match[str]) -> str:
        notations.append(match.group()[5:-6].replace("\u232c", ""))
        return HERE

    def take_word(match: re.Match[str]) -> str:
        word = match.group()
        core = word.rstrip("?,;:!").removesuffix(".")
        if HERE in word or not _is_notation(core):
            return word
        notations.append(core)
        return HERE + word[len(core) :]

    masked = _WORD.sub(take_word, _TAGGED.sub(take_tagged, question))
    return _REFERENT.sub(HERE, masked), tuple(notations)


def _is_notation(word: str) -> bool:
    """Whether a word of a question is SMILES, SELFIES, InChI or a reaction, and neither English nor a formula."""
    if word.startswith("InChI=") or re.fullmatch(r"(?:\[[^\[\]\s]+\]\.?){2,}", word):
        return True
    if ">" in word and word.count(">") == 2:
        return all(_is_parsed(part) for part in word.split(">") if part) and len(word) > 2
    if _NOTATION.fullmatch(word) is None or len(word) < 3:
        return False
    if word.isalpha() and (word.islower() or _SMILES_LETTERS.fullmatch(word) is None):
        return False
    return _is_parsed(word)


def _is_parsed(word: str) -> bool:
    return not isinstance(try_parse_smiles(word), InvalidSmilesError)


_SURE: Final = 0.5
"""How much a text must look like a name to be taken for one where another reading is possible."""


def judge_name(text: str) -> float:
    """How much a text looks like the name of a chemical."""
    words = text.split()
    if not words or len(words) > 4 or _NO_NAME.search(text) or OUTSIDE.search(text.lower()) or HERE in text:
        return 0.0
    if len(re.findall(r"[A-Za-z]", text)) < 2:
        return 0.0
    bare = text.rstrip("?.! ")
    return 0.75 if _CHEMICAL.search(bare) or look_up_name(bare) is not None else 0.35


_NOTATIONS = r"(?:smiles|selfies|structure|molecule)\w*"
_NAME_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r".*\b(?:called|named|by the name(?: of)?|goes by|the name)\s+(?P<name>.+?)"
        rf"(?:\s+(?:to|into|as)\s+(?:a |its )?{_NOTATIONS})?",
        r"name to structure:?\s*(?P<name>.+)",
        r"(?:convert|translate|turn|write|give|show|draw|render|express)\s+(?:me\s+)?(?:the\s+)?"
        rf"(?P<name>(?!smiles|structure).+?)\s+(?:to|into|as)\s+(?:a |an |its )?{_NOTATIONS}(?: string)?",
        r".*\b(?:structure|smiles|selfies|inchi|formula)(?: string| notation| code)?\s+(?:of|for|is)\s+(?P<name>.+)",
        r"(?:please\s+)?draw\s+(?:me\s+)?(?:the\s+)?(?:structure of\s+)?(?P<name>.+?)(?:\s+for me)?",
        r"(?:how|what) does\s+(?:the\s+)?(?P<name>.+?)\s+looks? like",
        r"(?P<name>.+?):\s*which (?:molecule|structure).*",
        r".*\bwhat (?:molecule|structure|compound) is\s+(?P<name>.+)",
    )
)
_DESCRIPTION_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[^:]*\b(?:design|molecule|compound|structure|described|fits|for|with|like this|description|specification|"
        r"criteria)\b[^:]*:\s*(?P<text>.+)",
        rf".*?\b{THING}\s+(?:that|which)\s+(?:fits?|matche?s?|satisf(?:y|ies)|meets?)\s+(?P<text>.+)",
        rf".*?\b{THING}\s+(?:that |which |who )?(?:is |are )?"
        r"(?P<text>(?:with|having|containing|has|contains|without|whose|that|which|for)\b.+)",
        r"(?:design|invent|create|generate|propose|suggest|find|make|give me|i need|i want)\s+(?P<text>.+)",
    )
)
_SUBJECT_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r".*\b(?:of|for|about|to|describe|between)\s+(?P<name>[^,]+?)(?:\s+(?:in|as)\s+.*)?",
        rf".*\bhow (?:can|could|do|does|would|to|is|are|might|should)\s+(?:i |we |you |one )?{MAKE}?\s*(?P<name>.+?)"
        rf"(?:\s+(?:be\s+)?{MAKE})?(?:\s+from .*)?",
        r".*\b(?:is|are|does|do|has|will|makes?|synthesi[sz]e|prepare)\s+(?P<name>.+?)"
        r"(?:\s+(?:weigh|used for|made|react)\b.*)?",
    )
)
_PARTNERS = re.compile(
    r"(?:.*\b(?:what|when|if|of|from|between|do|does|will|mix(?:ing)?|combin(?:e|ing)|is)\s+)?"
    r"(?P<one>[\w,()'\[\] -]+?)\s+"
    r"(?:(?:is |are )?(?:reacts?|reacted|reacting|treated|mixed|combined|heated)?\s*(?:together )?with|and|plus|\+)\s+"
    r"(?P<other>[\w,()'\[\] -]+?)(?:\s+(?:give|gives|react|form|yield|produce|combine|together|are|is)\b.*|,.*)?",
    re.IGNORECASE,
)
_BEFORE_EDIT = re.compile(
    r"(?:^|\b(?:take|in|from|to|with|edit|modify|change))\s*(?P<name>[\w,()-]+)\s*[,:]?\s*(?:and\s+)?$", re.IGNORECASE
)
_LEADING = re.compile(r"^(?:the |a |an |compound |molecule |substance |chemical |drug |called |named )+", re.IGNORECASE)


def mention_name(asked: Wording) -> Mentions:
    """Return the chemical name that a question asks the structure of."""
    return Mentions(find_name(asked.plain) or asked.held)


def mention_description(asked: Wording) -> Mentions:
    """Return the specification or description that a design is asked for."""
    return Mentions(find_description(asked.plain) or asked.held)


def mention_edit(asked: Wording) -> Mentions:
    """Return the edit that a question asks for, and the name of the molecule to change."""
    text, name = find_edit(asked.masked)
    return Mentions(text, (name,) if name else ())


def mention_partners(asked: Wording) -> Mentions:
    """Return the names of the molecules that are said to react, or of the one that the question is about."""
    partners = () if asked.has_molecule else find_partners(asked.masked)
    return Mentions(names=partners) if partners else mention_subject(asked)


def mention_subject(asked: Wording) -> Mentions:
    """Return the name of the molecule that a question is about: what most tasks need."""
    named = None if asked.has_molecule else asked.held or find_subject(asked.masked)
    return Mentions(names=(tidy_name(named),) if named else ())


def find_name(plain: str) -> str | None:
    """Return the chemical name that a question asks the structure of."""
    bare = plain.rstrip("?!. ")
    for pattern in _NAME_PATTERNS:
        match = pattern.fullmatch(bare)
        if match is not None and (name := tidy_name(match.group("name"))):
            return name
    return None


def find_description(plain: str) -> str | None:
    """Return the specification or description that a design is asked for."""
    for pattern in _DESCRIPTION_PATTERNS:
        match = pattern.fullmatch(plain)
        if match is not None:
            return match.group("text").strip().rstrip("?!. ") if ":" not in plain else match.group("text").strip()
    return None


def find_edit(masked: str) -> tuple[str | None, str | None]:
    """Return the edit that a question asks for, and the name of the molecule it is asked of, where it is named."""
    # 'Change this molecule as follows: ...' changes what stands after the colon.
    masked = re.sub(rf"^[^:]*{HERE}[^:]*:\s*", "", masked)
    match = re.search(rf"\b(?:{EDIT}|change|convert|turn)\b.*", masked, re.IGNORECASE)
    if match is None:
        return None, None
    edit = re.split(r"\?|\.\s|\.$|;|\band (?:give|show|tell|draw|what)\b|, (?:what|give|show|keep)", match.group())[0]
    edit = re.sub(rf"\s*\b(?:to|from|in|of|on|onto|for|at|with|into)\s+{HERE}.*$", "", edit)
    named = re.search(r"\s(?:to|from|in|of|on|onto)\s+(?P<name>[\w,()\[\]-]+(?: acid| alcohol)?)$", edit)
    if named is not None and judge_name(named.group("name")) > _SURE and _named_beside(edit, named):
        return edit[: named.start()].strip(" ,"), named.group("name")
    before = _BEFORE_EDIT.search(masked[: match.start()])
    name = before.group("name") if before is not None and judge_name(before.group("name")) > _SURE else None
    return edit.replace(HERE, "").strip(" ,.!") or None, name


def _named_beside(edit: str, named: re.Match[str]) -> bool:
    """Whether what follows 'to' names a molecule and is not the second group of a replacement."""
    return re.search(rf"\b{GROUP}\b", named.group("name"), re.IGNORECASE) is None and bool(
        edit[: named.start()].strip()
    )


def find_subject(masked: str) -> str | None:
    """Return the name of the molecule that a question is about, where it looks like one."""
    bare = masked.rstrip("?!. ")
    found = []
    for pattern in _SUBJECT_PATTERNS:
        match = pattern.fullmatch(bare)
        if match is not None:
            name = tidy_name(match.group("name"))
            found.append((judge_name(name), name))
    sure, name = max(found, key=lambda pair: (pair[0], -len(pair[1])), default=(0.0, ""))
    return name if sure > 0.0 else None


def find_partners(masked: str) -> tuple[str, ...]:
    """Return the names of two molecules that are said to react with each other, where both look like names."""
    match = _PARTNERS.fullmatch(masked.rstrip("?!. "))
    if match is None:
        return ()
    names = tuple(tidy_name(name) for name in match.groups())
    return names if all(judge_name(name) > _SURE for name in names) else ()


def tidy_name(name: str) -> str:
    """Strip quotation marks, articles and closing signs from a name."""
    name = re.sub(r"[\s,]+(?:please|thanks|thank you|for me)[.!?\s]*$", "", name, flags=re.IGNORECASE)
    return _LEADING.sub("", name.strip().strip("\"'\u201c\u201d\u2018\u2019`").strip()).strip("?!. \"'\u201c\u201d`")
