"""The form in which a substance is at hand, which is what is weighed: a hydrate, a salt, the free acid or base."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rdkit import Chem

from anymol.calculations.amounts import FORM, HYDRATE, SOLVENTS, find_named, holds, read_after, read_before
from anymol.calculations.calculation import Subject
from anymol.calculations.solution_volumes import SOLVENT
from anymol.calculations.substances import Substance, find_substance
from anymol.chem.fragments import analyze_composition
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError

_SOURCE: Final = re.compile(
    r"\b(?P<how>from|using|out of|start(?:ing)? (?:with|from)|(?:only|just) (?:have|got)|(?:have|got) only|"
    r"(?:available|supplied|sold) (?:only )?as|comes as|is there as|in the form of)\s+(?:(?:the|its|an?|my|our)\s+)*"
    r"(?!\d|(?:the|its|an?|my|our)\b|balance|volumetric|stock|solid|pellets|powder|scratch|water|it\b|crystals)(?=[A-Za-z(])",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"\b(?:the|its|a|as|is|my|our|an)\s+(?P<form>(?:(?!(?:the|its|an?|my|our)\b)\w+\s+)?"
    rf"(?:{FORM})(?:\s+salt)?)\b(?!\s+(?:of|form of)\b)|"
    rf"\b(?P<hydrate>{HYDRATE})\b",
    re.IGNORECASE,
)
"""A form that is named without what it is of: 'I only have the pentahydrate'."""
_FORMULA: Final = re.compile(r"(?<!\S)[A-Z][\w()]*[\u00b7.*\u2022\u22c5]\s?\d*H2O(?![\w])")
_HYPHEN_HYDRATE: Final = re.compile(r"(?<=[\w)])\s?[-\u2013x]\s?(?=\d+\s?H2O(?!\w))|(?<=[\w)])[-\u2013](?=H2O(?!\w))")
_HYPHEN_HCL: Final = re.compile(r"(?<=[a-z])[-\u2013\u00b7.]HCl(?!\w)")
_ANHYDROUS: Final = re.compile(r"\banhydr(?:ous|ate)\b", re.IGNORECASE)
_FORM_AHEAD: Final = re.compile(rf"(?:\w+\s+)?(?:{FORM})\b", re.IGNORECASE)
_NO_SUBSTANCE: Final = re.compile(
    r"(?:\w*hydro(?:chloride|bromide|iodide)|\w*hydrate|H(?:Cl|Br|I)\s+salt|free\s+(?:acid|base))\b", re.IGNORECASE
)
_METAL_SALT: Final = re.compile(r"(?:sodium|potassium|calcium|lithium|ammonium)(?:\s+salt)?", re.IGNORECASE)
_ACIDIC: Final = Chem.MolFromSmarts("[$([OX2H1][CX3]=O),$([OX2H1][P,S]=O)]")
_NOT: Final = re.compile(
    r"\b(?:not|no|without|instead of|rather than|never|out of|isn['\u2019]?t|don['\u2019]?t have|neither|nor|except)\s+"
    r"(?:(?:the|its|an?|any|have|using|use|from)\s+)*$",
    re.IGNORECASE,
)


def find_weighed_form(dissolved: Substance | None, text: str, subjects: Sequence[Subject] = ()) -> Substance | None:
    """Return the form of a substance that a question says to be at hand; None where it names none.

    Args:
        dissolved: The substance; None where the question names the form alone.
        text: The question.
        subjects: Molecules given beside it.

    Raises:
        InvalidTaskInputError: The form does not say of what, is none of the substance, or several are named.

    >>> from anymol.calculations.substances import find_substance
    >>> found = find_weighed_form(find_substance("CuSO4"), "500 mL of 0.1 M CuSO4, I only have the pentahydrate")
    >>> found.formula if found else None
    'CuH10O9S'
    """
    spelled = _spell(text)
    return _choose([*_read_sources(dissolved, spelled, subjects), *_read_forms(dissolved, spelled, subjects)], text)


def find_named_form(substance: Substance, text: str, subjects: Sequence[Subject] = ()) -> Substance | None:
    """Return the form of a substance that a question names elsewhere by its word or formula; None where it names none.

    Unlike :func:`find_weighed_form` it leaves alone what something is made from: that may be a reaction.

    Raises:
        InvalidTaskInputError: There is no such form of it, or several are named.
    """
    return _choose(list(_read_forms(substance, text, subjects)), text)


def require_no_bare_form(text: str, subjects: Sequence[Subject] = ()) -> None:
    """Refuse a form that is named by its word alone where it may be of any of several substances.

    Raises:
        InvalidTaskInputError: There is one.
    """
    for _ in _read_forms(None, text, subjects):
        pass


def _spell(text: str) -> str:
    """Return a text in which forms joined by a hyphen are spelled as they are read elsewhere.

    >>> _spell("from Tris-HCl or Na2HPO4-7H2O")
    'from Tris hydrochloride or Na2HPO4·7H2O'
    """
    return _HYPHEN_HYDRATE.sub("\u00b7", _HYPHEN_HCL.sub(" hydrochloride", text))


def _choose(found: Sequence[Substance], text: str) -> Substance | None:
    distinct = {frozenset(one.counts.items()): one for one in found}
    if len(distinct) > 1 or (distinct and _ANHYDROUS.search(text)):
        raise InvalidTaskInputError(
            f"{' and '.join(one.name for one in distinct.values())} is not the only form that is named",
            value=text,
            hint="name the form that is weighed alone",
        )
    return next(iter(distinct.values()), None)


def _read_sources(dissolved: Substance | None, text: str, subjects: Sequence[Subject]) -> Iterator[Substance]:
    """Yield what a solution is said to be made from, without an amount of its own."""
    for match in _SOURCE.finditer(text):
        rest = text[match.end() :]
        is_form = _FORM_AHEAD.match(rest) and find_substance(" ".join(rest.split()[:2])) is None
        if is_form or _NO_SUBSTANCE.match(rest):
            continue  # 'from the hydrochloride': a form, which is read by its word
        found = read_after(" " + rest, subjects)
        if found is not None and found.name.lower() not in SOLVENTS:
            before = dissolved or find_named(text[: match.start()], subjects)
            if before is None or holds(found, before):
                yield found
            elif match["how"].lower() != "using":  # 'caffeine using ethanol': a solvent
                raise InvalidTaskInputError(
                    f"{found.name} is no salt or hydrate of {before.name}", value=text, hint="name what is weighed"
                )
        elif found is None and SOLVENT.match(rest) is None:
            word = rest.split()[0].strip(",.;:?")
            raise InvalidTaskInputError(
                f"it is not known what {word} is",
                value=text,
                hint="write the name or formula of what is weighed in full",
            )


def _read_forms(dissolved: Substance | None, text: str, subjects: Sequence[Subject]) -> Iterator[Substance]:
    """Yield the forms that are named anywhere: in full, as a formula, or by their word alone."""
    for match in _FORMULA.finditer(text):
        named = find_substance(match.group(), thorough=False)
        if named is not None and (dissolved is None or holds(named, dissolved)):
            yield named
    for match in _BARE.finditer(text):
        start = match.start("form") if match["form"] else match.start("hydrate")
        word = " ".join((match["form"] or match["hydrate"]).split())
        whole = read_before(text[: match.end()], subjects, thorough=True) if match["hydrate"] else None
        if whole is not None:
            if dissolved is None or holds(whole, dissolved):
                yield whole
            continue
        if _NOT.search(text[:start]):
            raise InvalidTaskInputError(
                f"it is said not to be {word}, and not what is weighed", value=text, hint="name what is weighed in full"
            )
        yield _complete(dissolved, word, text)


def _complete(dissolved: Substance | None, form: str, text: str) -> Substance:
    """Return a form that is named by its word alone, of a substance.

    Raises:
        InvalidTaskInputError: There is no such form of it, or the substance is not named.
    """
    found = None
    if dissolved is not None and not re.search(r"hydrate|\bsalt$", dissolved.name, re.IGNORECASE):
        spoken = re.sub(r"\s+salt$", "", form, flags=re.IGNORECASE)
        _require_number(dissolved, form, text)
        names = (f"{dissolved.name} {form}", f"{dissolved.name} {spoken}", f"{spoken} {dissolved.name}")
        found = next((one for name in names if (one := find_substance(name)) is not None), None)
    if found is None or dissolved is None or found.charge or not holds(found, dissolved):
        raise InvalidTaskInputError(
            f"'{form}' does not say of what", value=text, hint="name it in full, as in EDTA disodium dihydrate"
        )
    return found


def _require_number(acid: Substance, form: str, text: str) -> None:
    """Refuse 'the sodium salt' of an acid that gives several protons.

    Raises:
        InvalidTaskInputError: It gives several.
    """
    if not acid.smiles or _METAL_SALT.fullmatch(form) is None:
        return
    if len(parse_smiles(acid.smiles).GetSubstructMatches(_ACIDIC)) - acid.charge > 1:
        raise InvalidTaskInputError(
            f"{acid.name} gives several protons, and '{form}' does not say of what salt",
            value=text,
            hint="as in disodium",
        )


def count_units(whole: Substance, part: Substance) -> int:
    """Return how many of a substance one formula unit of its salt or hydrate holds.

    >>> from anymol.calculations.substances import find_substance
    >>> count_units(find_substance("atropine sulfate"), find_substance("atropine"))
    2
    """
    if number := count_pieces(whole, part):
        return number
    heavy = [symbol for symbol in part.counts if symbol not in ("H", "O")] or ["O"]
    return max(1, min(whole.counts[symbol] // part.counts[symbol] for symbol in heavy if part.counts[symbol]))


def count_pieces(whole: Substance, part: Substance) -> int:
    """Return how often the molecules and ions of a substance stand in another; 0 where not, or where that is not known.

    An organic acid or base counts in its ions too; hydrogen chloride is not in sodium chloride.

    >>> from anymol.calculations.substances import find_substance
    >>> count_pieces(find_substance("CuSO4·5H2O"), find_substance("water"))
    5
    """
    if not whole.smiles or not part.smiles:
        return 0
    held, wanted = Counter(map(_name_piece, whole.smiles.split("."))), Counter(map(_name_piece, part.smiles.split(".")))
    return min(held[piece] // number for piece, number in wanted.items())


def _name_piece(smiles: str) -> str:
    """Return the canonical SMILES of a molecule or ion without stereochemistry, of an organic one neutral."""
    mol = parse_smiles(smiles)
    organic = any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()) and mol.GetNumHeavyAtoms() > 1
    return _flatten(analyze_composition(smiles).parent_neutral if organic else smiles)


def _flatten(smiles: str) -> str:
    """Return a canonical SMILES without stereochemistry: a racemate's salt is one of it."""
    return str(Chem.CanonSmiles(smiles, useChiral=0))
