"""Edits in words: how they are read from a person's words and written for a model."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from anymol.errors import InvalidTaskInputError
from anymol.tasks.conversions import Conversion, parse_conversion
from anymol.tasks.edit_groups import (
    FAMILIES,
    GROUPS,
    Holder,
    get_article,
    get_phrase,
    list_members,
    list_words,
    may_stand_on,
)
from anymol.tasks.edit_holders import Held, read_holder, read_prefix
from anymol.tasks.edits import MOST_TIMES, Action, Edit
from anymol.tasks.numerals import NUMERALS

_WORDINGS: Final[dict[Action, tuple[str, ...]]] = {
    Action.ADD: ("add {new}", "attach {new}", "introduce {new}", "put on {new}"),
    Action.REMOVE: ("remove {old}", "delete {old}", "take away {old}", "strip off {old}"),
    Action.REPLACE: (
        "replace {old} by {new}", "replace {old} with {new}", "change {old} to {new}", "swap {old} for {new}",
        "exchange {old} for {new}",
    ),
}  # fmt: skip


def write_edit(edit: Edit, rng: random.Random | None = None, *, only: bool = True) -> str:
    """Put an edit into words; :func:`parse_edit` reads them back.

    Args:
        edit: The edit.
        rng: Chooses among wordings; None takes the plainest.
        only: Whether the molecule has just one such group ("the chlorine", else "one chlorine").

    Example:
        >>> write_edit(Edit(Action.REPLACE, "bromine", "cyano"))
        'replace the bromine by a cyano group'
    """
    wordings = _WORDINGS[edit.action]
    wording = wordings[0] if rng is None else rng.choice(wordings)
    old = new = ""
    if edit.removed is not None:
        number = _SPELLED[edit.times] if edit.times > 1 else "the" if only else "one"
        old = f"{'every' if edit.every else number} {_write_group(edit.removed, edit.times)}"
    if edit.added is not None:
        several = edit.action is Action.ADD and edit.times > 1
        new = f"{_SPELLED[edit.times] if several else get_article(edit.added)} "
        new += _write_group(edit.added, edit.times if several else 1)
    text = wording.format(old=old, new=new)
    return text if edit.place is None else f"{text} {edit.place}"


_SPELLED: Final = {number: word for word, number in NUMERALS.items() if 0 < number <= MOST_TIMES}


def _write_group(name: str, times: int) -> str:
    return get_phrase(name) + ("s" if times > 1 else "")


def tidy_edit(text: str) -> str:
    """Return an edit in its plainest wording; `text` unchanged where the model's own vocabulary cannot say it.

    Example:
        >>> tidy_edit("Could you swap the Br for a nitrile?")
        'replace the bromine by a cyano group'
    """
    try:
        edit = parse_change(text)
    except InvalidTaskInputError:
        return text
    if (
        isinstance(edit, Conversion)
        or edit.place is not None
        or edit.times > 1
        or edit.removed in FAMILIES
        or edit.holder is not Holder.CARBON
    ):
        return text
    return write_edit(edit)


_VERBS: Final[tuple[tuple[Action, str], ...]] = (
    (
        Action.REPLACE,
        r"replac\w+|substitut\w+|swap\w*|exchang\w+|chang\w+|convert\w*|turn\w*|transform\w*|switch\w*|becomes?|trade|"
        r"interchange|mak(?:e|ing) (?=.*\b(?:into|an?)\b)",
    ),
    (
        Action.REMOVE,
        r"remov\w+|delet\w+|strip\w*|drop\w*|eliminat\w+|take (?:away|off|out)|tak\w+ .*\b(?:away|off|out)|cleav\w+|"
        r"without|erase|lose|losing|lacking|minus|cut\w*|knock\w*|get(?:ting)? rid of|excis\w+|leav\w+ out|omit\w*|"
        r"clip\w*|go|disappear|missing|throw\w* out|detach\w*|discard\w*|do away with|subtract\w*|rid|"
        r"com(?:e|es|ing) off|gone|vanish\w*|snip\w*|shed|chop\w*|ditch\w*|kill\w*|out|"
        r"get(?:ting)? (?:the |its |that )?[\w -]{1,25}? off",
    ),
    (
        Action.ADD,
        r"add\w*|attach\w*|introduc\w+|install\w*|append\w*|insert\w*|put\w*|plac\w+(?! of)|graft\w*|decorat\w+|hang|"
        r"equip\w*|"
        r"another|extra|additional|further|with|bear\w*|carr\w+|give it|fit\w*|tack on|stick|bolt on|"
    r"incorporat\w+|furnish\w*|mount\w*|provide it|stick\w*|tack\w*",
    ),
)  # fmt: skip
_SPOKEN: Final[dict[str, str]] = {
    "fluorinat": "fluorine", "chlorinat": "chlorine", "brominat": "bromine", "iodinat": "iodine",
    "hydroxylat": "hydroxyl", "aminat": "amino", "nitrat": "nitro", "cyanat": "cyano", "methylat": "methyl",
    "carboxylat": "carboxylic_acid", "acetylat": "acetyl", "halogenat": "halogen", "methoxylat": "methoxy",
    "trifluoromethylat": "trifluoromethyl", "formylat": "aldehyde", "phenylat": "phenyl", "ethylat": "ethyl",
    "alkylat": "alkyl", "sulfonat": "sulfonic_acid", "benzylat": "benzyl", "benzoylat": "benzoyl", "tosylat": "tosyl",
    "mesylat": "methylsulfonyl", "allylat": "allyl", "propylat": "propyl", "isopropylat": "isopropyl",
}  # fmt: skip
_SPOKEN_FORM = re.compile(rf"\b(de-?)?({'|'.join(sorted(_SPOKEN, key=len, reverse=True))})(?:e|ed|es|ing|ion)\b")
_CAPPED: Final[dict[tuple[str, str], str]] = {
    ("methyl", "hydroxyl"): "methoxy", ("ethyl", "hydroxyl"): "ethoxy", ("acetyl", "hydroxyl"): "acetoxy",
    ("methyl", "thiol"): "methylthio", ("methyl", "carboxylic_acid"): "methyl_ester",
    ("phenyl", "hydroxyl"): "phenoxy", ("trifluoromethyl", "hydroxyl"): "trifluoromethoxy",
}  # fmt: skip
"""What a group becomes where it is itself methylated, acetylated and so on: the verb's group, and the group."""
_AMINES: Final = frozenset({"amine", "amino"})
_CONVERTED = re.compile(r"\b(?:oxidi[sz]|reduc|hydroly[sz]|convert|turn|transform|chang)\w*\b")
"""Verbs that make one group of another: what stands behind 'to' is then no place."""
_TO_END: Final = (
    r"(?=\s+(?:by|with|for|into|as|and|so|while|please|but|using|is|should|must|has|can|needs)\b|\s*[,.;:?!]|$)"
)
_PLACE = re.compile(
    rf"(?:\b(?:at|on|in|onto|into|from|to) (?:the |its |an? |one of the )?)?\b(?:ortho|meta|para)\b(?: position)?"
    rf"(?:,? (?:to|of|relative to|with respect to) .+?{_TO_END})?"
    rf"|\b(?:at|on|in|onto|from|to) (?:the |its |an? |one of the )?(?:[\w-]+ ){{0,3}}?(?:positions?|rings?|chain|"
    rf"carbons?|"
    rf"end|part|nucleus|aryl|arene|side ?chain|moiety)\b(?: (?:of|to|next to) .+?)?{_TO_END}"
    rf"|\b(?:at|in) (?:the )?(?:benzylic|alpha|omega|c-?\d+|position \w+|\d+-position)\b.*?{_TO_END}"
    rf"|\bon (?:the |its )?(?:phenyl|pyridine|thiophene|benzene|furan|indole|imidazole|pyrimidine|piperidine|"
    rf"morpholine|"
    rf"piperazine|pyrrole|pyrazole|thiazole|arene|aryl|cyclohexyl|cyclohexane)\b{_TO_END}"
)
_BESIDE_GROUP = re.compile(
    r"\b(?:ortho|meta|para)\b(?: position)?,? (?:to|of|relative to|with respect to) (?:the |its |an? )?\w+"
)
"""A place that is told from a group: 'para to the amine' is on the ring."""
_REWRITTEN: Final = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (
            r"^(?:and |so |now )?what (?:about|(?:would happen |happens )?if|would (?:it|this) (?:look like|be) "
            r"if)\b ?",
            "",
        ),
        (
            r"\b(?:i|we) (?:do not|don['\u2019]?t|no longer|would rather not|would not|wouldn['\u2019]?t) (?:want|"
            r"need|like)(?: to (?:have|see|keep))? (?:the|any|its|that|an?)\b",
            "remove the",
        ),
        (r"^no (?:more )?(.+?) (?:any ?more|any longer)\b", r"remove the \1"),
        (r"^\+ ?", "add "),
        (r"\b(boc|cbz|tosyl|benzyl|acetyl)[- ]protect(?:ed|ing)? (?:the |its )?", r"add a \1 to the "),
        (
            r"\bprotect (the|its) (\w+) (?:with|as|by) (?:a |an |its |the )?(boc|cbz|tosyl|benzyl|acetyl)\b",
            r"add a \3 to \1 \2",
        ),
        (r"\b(boc|cbz|tosyl)[- ]deprotect\w*(?: it)?|\bdeprotect the (boc|cbz|tosyl)\b", r"remove the \1\2"),
        (r"\b(boc|cbz|tosyl) protecting group\b", r"\1"),
        (r"\bwhat (?:do|would|will) (?:you|i|we|one) (?:get|have|obtain) (?:if|when)\b", ""),
        (r"(?:,|\band\b|-)?\s*\b(?:it |the place )?(?:doesn['\u2019]?t|does not) matter where\b.*$", ""),
        (r"\b(?:is not|isn['\u2019]?t|are not|aren['\u2019]?t|no longer) (?:needed|wanted|required)\b", "should go"),
        (r"\b(?:has|have|there(?: is|['\u2019]s)) one (.+?) too many\b.*$", r"remove one \1"),
        (
            r",? (?:so|and|leaving)(?: that)?(?: there is)?(?: just| only)?(?: an?)? (?:h|hydrogen)s?\b"
            r"(?: there| instead)*",
            "",
        ),
        (r"\b(?:aniline|amino|amine) (?:nitrogen|n)\b", "amine"),
        (r"\b(?:phenol(?:ic)?|hydroxyl) (?:oxygen|o)\b", "hydroxyl"),
        # 'the rest unchanged', 'NMe2 untouched', 'with the acid left untouched'
        (
            r"(?:[,;:.]|\b(?:and|with|while|but)\b)\s*(?:the |its |my )?[\w()-]+(?: [\w()-]+){0,2}? (?:(?:is|are|must "
            r"be|to be|should be|being) )?(?:left |kept )?(?:untouched|intact|unchanged|unaffected|alone|"
            r"kept(?: as it is)?|stays?(?: put)?|remains?|retained|preserved|in place)(?=\W*$|[,;.])",
            "",
        ),
    )
)
"""Ways to say a change, and the plain one."""
_FURTHER = re.compile(r"\b(?:another|extra|additional|further|with|more|bearing|carrying)\b")
"""Words that put a group on where no verb does: 'a derivative with an additional alcohol'."""
_HAD = re.compile(r"\b(?:want|need|like|have|pop|get|see|love)\b.*\b(?:on|onto|in)\b")
"""'I'd like to have a methoxy group on this indole'."""
_OUT = re.compile(r" (?:goes |comes |is )?out\W+(?:and )?(?:an? |the )?")
_BECOMES = re.compile(
    r"\W*(?:were|was|(?:could|should|might|would|can|must|shall|may)(?: rather)? be|is to be|to be|to|into|->|=>)"
    r"\W+(?:an? |the |one )?"
)
"""What stands between a group and what takes its place, without a verb that says so: 'nitrile to carboxamide'."""
_CONDITION = re.compile(r"\b(?:not|never|unless|if|except|apart from|other than|either|neither|nor)\b|n't\b")
"""Words that turn a request into another one."""
_EVERY = re.compile(r"\b(?:all|every|each|both|any)\b(?! (?:the )?(?:rest|else|other))")
_WHOLLY = re.compile(
    r"\b(?:completely|fully|entirely|exhaustively|totally)$|\b(?:exhaustively|fully|completely) (?:de\w+)"
)
"""'dechlorinate completely'."""
_ONE_OF = re.compile(r"\b(?:one|either|any one|a single one) of (?:the|its|these|those|them|both)\b")
_COUNTED: Final = "|".join(
    (*(word for word, number in NUMERALS.items() if number > 1), r"\d+", "a pair of", "a couple of")
)
_ASIDE = re.compile(
    r"\b(?:and |but |while |, )*(?:keep(?:ing)?|leav(?:e|ing)|retain(?:ing)?|preserv(?:e|ing)|do not (?:touch|change|"
    r"alter)|"
    r"don'?t (?:touch|change|alter)|not (?:touching|changing|altering)|without (?:touching|changing|altering|"
    r"affecting))\b"
    r"(?! (?:out|off)\b).*"
)
_INSTEAD = re.compile(
    r"\b(?:in place of|instead of|in lieu of|in exchange for|rather than|where the .*\b(?:is|was|sits|stands|are)\b|"
    r"replacing|to replace|for)\b"
)


_IODINE: Final = "iodo"
"""What stands for the symbol of iodine, which is a pronoun elsewhere."""
_ORDERED = re.compile(
    r"\b(?:in place of|instead of|in lieu of|in exchange for|rather than|where the|in the place of)\b"
)
"""Between two groups, of which the second then goes: 'a nitro in place of the amine'."""


def parse_change(text: str) -> Edit | Conversion:
    """Read an edit or a conversion from words.

    Raises:
        InvalidTaskInputError: When no known change of known groups is asked for.

    Example:
        >>> parse_change("reduce the nitro group").name
        'nitro to amine'
    """
    return parse_conversion(text) or parse_edit(text)


def parse_edit(text: str) -> Edit:
    """Read an edit from words.

    Raises:
        InvalidTaskInputError: When no known change of known groups is asked for.

    Example:
        >>> parse_edit("Please swap the Br for a nitrile.")
        Edit(action=<Action.REPLACE: 'replace'>, group='bromine', replacement='cyano', every=False, place=None, times=1)
    """
    holder, plain = read_prefix(text)
    plain = re.sub(r"(?:=|-{1,2})>|\u2192|\u27f6", " -> ", plain)
    plain = re.sub(r"(?:^|(?<=-> ))I(?= *(?:->|to\b|$))", _IODINE, plain)
    plain = re.sub(r"\b(the|its|an|any|all|for|by|to) I\b(?!'| (?:want|need|would|am|have))", rf"\1 {_IODINE}", plain)
    words = " ".join(plain.lower().replace("\u2010", "-").replace("sulph", "sulf").split())
    for pattern, said in _REWRITTEN:
        words = pattern.sub(said, words)
    words = _ASIDE.sub("", words).strip(" ,.") or words
    if (condition := _CONDITION.search(words)) is not None:
        raise _not_understood(text, f"what '{condition.group()}' says is not understood")
    if holder is not Holder.CARBON:
        # Behind a verb that holds its group stands the molecule: 'methylate this piperidine'.
        spoken = _SPOKEN_FORM.search(words)
        return _parse_held(words, text, Held(holder, None, words if spoken is None else words[: spoken.end()]))
    if (capped_atom := _find_capped_atom(words)) is not None:
        return Edit(Action.ADD, capped_atom, place="on the amine nitrogen", holder=Holder.NITROGEN)
    if _CONVERTED.search(words) is None and _find_capped(words) is None:
        held = read_holder(_BESIDE_GROUP.sub(" ", words))
        if held.holder is not Holder.CARBON:
            return _parse_held(words, text, held)
    place_found = _PLACE.search(words)
    place = None if place_found is None else " ".join(place_found.group().split())
    if place_found is not None:
        words = f"{words[: place_found.start()]} {words[place_found.end() :]}".strip()
    capped = _find_capped(words)
    every = _names_every(words) or _WHOLLY.search(words) is not None
    if capped is not None:
        return Edit(Action.REPLACE, *capped, every, place)
    action, names, times = _read_spoken(words, text) or _read_change(words, text)
    if len(set(names)) != len(names):
        raise _not_understood(text, "a group cannot be replaced by itself")
    every = action is not Action.ADD and every
    holder = GROUPS[names[0]].holder if names[0] in GROUPS else Holder.CARBON
    return _make_edit(action, names, every, place, times, holder)


def _make_edit(
    action: Action, names: Sequence[str], every: bool, place: str | None, times: int, holder: Holder
) -> Edit:
    replacement = names[1] if action is Action.REPLACE else None
    return Edit(action, names[0], replacement, every, place, 1 if every else times, holder)


def _parse_held(words: str, text: str, held: Held) -> Edit:
    """Read an edit on a heteroatom.

    Raises:
        InvalidTaskInputError: No change is asked for, or of a group that is not known there.
    """
    action, names, times = _read_spoken(held.words, text) or _read_change(held.words, text)
    if strange := next(
        (one for name in names for one in list_members(name)[:1] if not may_stand_on(one, held.holder)), None
    ):
        raise _not_understood(text, f"{get_phrase(strange)} on {held.holder} is not known here")
    every = action is not Action.ADD and _names_every(words)
    return _make_edit(action, names, every, held.place, times, held.holder)


def _names_every(words: str) -> bool:
    return _EVERY.search(words) is not None and _ONE_OF.search(words) is None


def _read_spoken(words: str, text: str) -> tuple[Action, list[str], int] | None:
    """Read a change whose group stands in the verb; None where there is none, or other groups beside."""
    spoken = None if _list_groups(_SPOKEN_FORM.sub(" ", words)) else _parse_spoken(words)
    return None if spoken is None else (spoken[0], [spoken[1]], _read_times(words, None, text))


def _read_change(words: str, text: str) -> tuple[Action, list[str], int]:
    """Return what is done, with which groups, the one that goes first, and how often."""
    found = _list_groups(words)
    action = _find_action(words)
    between = words[found[0][1] : found[1][0]] if len(found) == 2 else ""
    if between and _OUT.fullmatch(between) and re.match(r" (?:goes |comes )?in\b", words[found[1][1] :]):
        action = Action.REPLACE  # 'chlorine out, fluorine in'
    elif between and (_BECOMES.fullmatch(between) or (action is None and _ORDERED.search(between))):
        action = Action.REPLACE
    if action is Action.REPLACE and len(found) == 1 and _FURTHER.search(words):
        action = Action.ADD
    if action is None or not found:
        raise _not_understood(text, "no change of a known group is asked for")
    wanted = found
    if len(found) == 2 and _ORDERED.search(between):
        action, wanted = Action.REPLACE, found[::-1]
    elif len(found) == 2 and action is not Action.REPLACE:
        before = words[: found[0][0]]
        if re.fullmatch(r"\W*(?:for|to replace|replacing)\W+(?:the |an? |its )?", between):
            action, wanted = Action.REPLACE, found[::-1]
        elif _INSTEAD.search(before) and re.search(r",|\b(?:put|use|have|add|with)\b", between):
            action = Action.REPLACE  # 'instead of the bromine, put a nitrile'
        elif action is Action.REMOVE and re.search(
            r"\b(?:put|add|attach|install|introduc\w+|insert|place)\w*\b", between
        ):
            # 'take off the bromine and put a nitrile there'
            if not re.search(
                r"\b(?:there|instead|in its place|in that place|at that|where it)\b", words[found[1][1] :] + between
            ):
                raise _not_understood(text, "one change is made at a time: two are asked for")
            action = Action.REPLACE
    elif len(found) == 2 and re.search(r"\bsubstitut\w+\b.* for |\breplac\w+ .*\b(?:goes|comes) in for ", words):
        # One substitutes the new for the old, but swaps and exchanges the old for the new.
        wanted = found[::-1]
    elif action is Action.REPLACE and len(found) == 2 and re.search(r"\binto .*\bfrom\b", words):
        wanted = found[::-1]
    names = list(dict.fromkeys(name for _, _, name in wanted))
    needed = 2 if action is Action.REPLACE else 1
    if len(names) != needed:
        raise _not_understood(text, f"{action.value} needs {'two groups' if needed == 2 else 'one group'}")
    return action, names, _read_times(words, wanted[0][0], text)


def _read_times(words: str, start: int | None, text: str) -> int:
    """Return the number that stands before a group; 1 where there is none.

    Raises:
        InvalidTaskInputError: It is larger than what is done.
    """
    said = words if start is None else words[:start]
    tail = r"\b" if start is None else r"(?: (?:more|of the|of its|of|other|further|additional|extra|new|the))*\s*$"
    if _ONE_OF.search(said):
        return 1
    match = re.search(rf"\b({_COUNTED}) of (?:the|its|them)\b", said) or re.search(rf"\b({_COUNTED}){tail}", said)
    if match is None:
        return {"twice": 2, "thrice": 3}.get(next(iter(re.findall(r"\b(?:twice|thrice)\b", words)), ""), 1)
    word = match.group(1)
    number = int(word) if word.isdigit() else 2 if word.startswith("a ") else NUMERALS[word]
    if not 1 <= number <= MOST_TIMES:
        raise _not_understood(text, f"a group is changed at most {MOST_TIMES} times, not {number}")
    return number


def _find_action(words: str) -> Action | None:
    """Return the action of the first verb; words such as 'another' and 'with' count where there is no verb."""
    found = [
        (match.start(), number, action)
        for number, (action, verbs) in enumerate(_VERBS)
        for match in [re.search(rf"\b(?:{verbs})\b", words)]
        if match is not None and not re.fullmatch(r"with|for|further|extra|additional|another", match.group())
    ]
    if found:
        return min(found)[2]
    if _FURTHER.search(words) or _HAD.search(words):
        return Action.ADD
    return Action.REPLACE if _INSTEAD.search(words) and len(_list_groups(words)) == 2 else None


def _parse_spoken(words: str) -> tuple[Action, str] | None:
    """Read ``chlorinate it``, ``demethylate``, ``a dechlorinated analogue``: the group stands in the verb."""
    match = _SPOKEN_FORM.search(words)
    if match is None:
        return None
    return (Action.REMOVE if match.group(1) else Action.ADD), _SPOKEN[match.group(2)]


def _find_capped_atom(words: str) -> str | None:
    """Return what is put on an amine that is itself methylated, acetylated and so on."""
    match = _SPOKEN_FORM.search(words)
    if match is None or match.group(1):
        return None
    groups = {name for _, _, name in _list_groups(_SPOKEN_FORM.sub(" ", words))}
    group = _SPOKEN[match.group(2)]
    return group if groups <= _AMINES and groups and may_stand_on(group, Holder.NITROGEN) else None


def _find_capped(words: str) -> tuple[str, str] | None:
    """Read ``methylate the hydroxyl``: the group goes, and what it becomes comes."""
    if (ester := re.search(r"\besterify\b|\bmethyl ester of (?:the|its) acid\b", words)) is not None:
        name = "ethyl_ester" if "ethyl ester" in words[ester.start() :].replace("methyl", "") else "methyl_ester"
        return "carboxylic_acid", name
    match = _SPOKEN_FORM.search(words)
    if match is None or match.group(1):
        return None
    # Behind the verb, or before it: 'the amine is to be acetylated'.
    groups = _list_groups(words[match.end() :])
    if not groups and re.search(r"\b(?:be|is|are|get|gets|being) $", words[: match.start()]):
        groups = _list_groups(words[: match.start()])
    if len(groups) != 1:
        return None
    old = groups[0][2]
    new = _CAPPED.get((_SPOKEN[match.group(2)], old))
    return None if new is None else (old, new)


@lru_cache(maxsize=1)
def _group_words() -> dict[str, str]:
    """Every word for a group, and the group's name."""
    elements = {"f": "fluorine", "cl": "chlorine", "br": "bromine", _IODINE: "iodine"}
    return elements | dict(list_words())


@lru_cache(maxsize=1)
def _group_pattern() -> re.Pattern[str]:
    """All words for groups, longest first, so that 'trifluoromethyl' is not read as 'methyl'."""
    words = sorted(_group_words(), key=len, reverse=True)
    return re.compile(
        rf"(?<![\w-])[-\u2013]?({'|'.join(map(re.escape, words))})(?:s|es)?(?: (?:groups?|atoms?|"
        rf"substituents?))?(?![\w(])"
    )


def _list_groups(words: str) -> list[tuple[int, int, str]]:
    """Return start, end and name of each group that is spoken of."""
    return [(match.start(), match.end(), _group_words()[match.group(1)]) for match in _group_pattern().finditer(words)]


def _not_understood(text: str, reason: str) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        f"the edit was not understood: {reason}",
        value=text,
        hint="write for example 'add a hydroxyl group' or 'replace the bromine by a cyano group'; known groups: "
        + ", ".join(name.replace("_", " ") for name in (*GROUPS, *FAMILIES)),
    )
