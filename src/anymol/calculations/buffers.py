"""What makes a buffer of a given pH: the ratio of its two forms, and how much of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from rdkit import Chem

from anymol.calculations.calculation import (
    Calculation,
    Example,
    Gives,
    Inquiry,
    Part,
    Program,
    Result,
    Subject,
    Takes,
)
from anymol.calculations.makeup import count_elements
from anymol.calculations.quantities import Dimension, Quantity, find_quantities, write, write_digits
from anymol.calculations.recorded_acids import write_steps
from anymol.calculations.stated_ph import find_ph, read_ph
from anymol.calculations.substances import find_substance
from anymol.chem.acidity import AcidBase, count_water_charge, find_system, list_compounds
from anymol.chem.formula import weigh_formula
from anymol.chem.ions import read_ion
from anymol.chem.parsing import parse_smiles
from anymol.errors import InvalidTaskInputError, UserError

_FURTHEST: Final = 2.0
"""How far the pH of a buffer may lie from a pKa: there a hundredth of it is the other form."""
_HINT: Final = "for example: what ratio of acetate to acetic acid makes a buffer of pH 5.0?"
_PKA: Final = re.compile(r"\(?\bpK[aA]\s*(?:value )?(?:of|=|:|is)?\s*(?P<number>\d+(?:[.,]\d+)?)\)?")
_RATIO: Final = re.compile(r"\bratio\b|\bproportions?\b|\[?A-\]?\s*/\s*\[?HA\]?|\bhenderson\b", re.IGNORECASE)
_KIND_OF_BUFFER: Final = re.compile(
    r"\s*(?:(?:of|an?|the|total) )*(?:(?!(?:to|in|into|for|and|with|as|makes?|gives?)\b)[\w()/-]+ ){0,3}buffer\b",
    re.IGNORECASE,
)
"""What follows the concentration of a buffer: its kind, in a few words none of which begins another thought."""
_OF_WHAT: Final = re.compile(r"\b(?:volume|mass|weight)s?\b|\bgrams?\b|\bw/w\b|\bv/v\b", re.IGNORECASE)
_INVERSE: Final = re.compile(
    r"\[?\bHA\]?\s*(?:/|to|:)\s*\[?A-|\bacid\b[^?.]*?(?:/|\bto\b|:)\s*(?:its |the )?(?:conjugate )?base\b",
    re.IGNORECASE,
)
_BUFFER: Final = re.compile(r"\bbuffer(?:s|ed)?\b", re.IGNORECASE)
_MAKES: Final = re.compile(
    r"\bhow (?:much|many|do|can|would|to)\b|\bprepare\b|\bmake\b|\brecipe\b|\bcomposition\b|\bamounts?\b|"
    r"\bmass(?:es)?\b|\bconcentrations?\b|\bweigh\b|\bwhat\b|\bgrams?\b|\bmoles?\b",
    re.IGNORECASE,
)
_GAPS: Final = re.compile(r"[\[\]?:;,]|\.(?!\d)|(?<=\d) ?(?=/)|[/()](?=[\s\[(A-Z]|$)|(?<=\s)[(]|(?<=[a-z])/(?=[a-z])")
_ION: Final = re.compile(r"(?<=[A-Z\d]) (\d?[+-])(?=[\s),.;:?/\]]|$)")
"""The charge of an ion that stands apart from its formula: HPO4 2-."""
_MOST_WORDS: Final = 4
_PLAIN: Final = frozenset({
    "a", "a-", "acid", "amount", "amounts", "an", "and", "aqueous", "are", "at", "base", "be", "between",
    "buffer", "buffered", "buffers", "by", "calculate", "can", "composition", "compute", "concentration",
    "concentrations", "conjugate", "desired", "do", "each", "equation", "final", "find", "for", "form", "forms",
    "from", "g", "get", "give", "given", "gives", "giving", "gram", "grams", "ha", "has", "hasselbalch", "have",
    "having", "henderson", "henderson-hasselbalch", "how", "i", "i'd", "i'm", "if", "in", "into", "is", "it",
    "its", "l", "liter", "liters", "litre", "litres", "m", "made", "make", "makes", "making", "many", "mass", "masses",
    "me", "mg", "ml", "mm", "mol", "molar", "mole", "moles", "much", "must", "my", "need", "needed", "of", "or",
    "per", "ph", "pka", "prepare", "prepared", "preparing", "proportion", "proportions", "ratio", "recipe",
    "require", "required", "salt", "should", "so", "solution", "solutions", "tell", "that", "the", "there",
    "this", "to", "total", "use", "used", "using", "value", "volume", "want", "water", "we", "weigh", "weight",
    "what", "what's", "which", "will", "with", "would", "you",
})  # fmt: skip
"""Words of such questions that name no substance."""
_WATERS: Final = {"monohydrate": 1, "dihydrate": 2, "trihydrate": 3, "heptahydrate": 7, "decahydrate": 10,
                  "dodecahydrate": 12, "anhydrous": 0}  # fmt: skip
_NO_SALT: Final = frozenset({("boric acid", -1)})
"""Forms no salt of which dissolves as it is: borate is sold as borax."""
_NOT_WEIGHED: Final = frozenset(
    {
        "carbonic acid", "carbon dioxide in water", "sulfurous acid", "hydrogen sulfide", "hydrogen cyanide",
        "hydrogen fluoride", "hydrazoic acid", "chlorous acid", "nitrous acid", "ammonia", "hydroxylamine",
        "methylamine", "dimethylamine", "trimethylamine", "ethylamine", "methanethiol",
    }
)  # fmt: skip
"""What is a gas, or is there in solution only, where it has no charge: its amount is told, and no mass of it."""
_IN_SOLUTION: Final = frozenset({"hypochlorous acid", "hypobromous acid", "hypoiodous acid", "hydrogen peroxide"})
"""The same, and so its salts."""
_TIMES: Final = ("", "", "di", "tri", "tetra", "penta", "hexa")


@dataclass(frozen=True)
class _Named:
    """A substance that a question names.

    Attributes:
        text: As it is written.
        system: What it is a form of.
        charge: The charge of that form.
        smiles: With its counter-ions and waters; empty where only an ion is named.
        is_kind: Whether it stands before the word buffer and says which kind that is.
    """

    text: str
    system: AcidBase
    charge: int
    smiles: str = ""
    is_kind: bool = False


@dataclass(frozen=True)
class _Pair:
    """The two forms of a buffer.

    Attributes:
        system: The acid or base.
        charge: Charge of the form that has the proton.
        pka: The step between them.
    """

    system: AcidBase
    charge: int
    pka: float


def asks_for_buffer(question: str) -> bool:
    """Whether a question asks what makes a buffer of a given pH.

    >>> asks_for_buffer("ratio of acetate to acetic acid at pH 5"), asks_for_buffer("pH of 0.1 M acetate buffer")
    (True, False)
    """
    if not find_ph(question):
        return False
    return _RATIO.search(question) is not None or (
        _BUFFER.search(question) is not None and _MAKES.search(question) is not None
    )


def _buffer(asked: Inquiry) -> Result:
    text = _ION.sub(r"^\1", asked.text)
    ph = read_ph(text, _HINT)
    quantities = find_quantities(text)
    named = _find_named(text, quantities)
    components = [one for one in named if not one.is_kind]
    if len({one.system.name for one in named}) > 1:
        raise InvalidTaskInputError(
            f"{' and '.join(one.text for one in named)} are not forms of one acid or base", value=text, hint=_HINT
        )
    stated = _PKA.search(text)
    if stated is not None:
        return _give_stated_ratio(text, ph, stated, components)
    if not named:
        raise InvalidTaskInputError("a buffer needs an acid or base that is recorded", value=text, hint=_HINT)
    pair = _choose_pair(named[0].system, components, ph)
    if _RATIO.search(text):
        if _OF_WHAT.search(text) or len(quantities) > 1 or (quantities and not _is_total(quantities[0], text)):
            raise InvalidTaskInputError(
                "the ratio of the forms in solution is known here, not one of volumes or masses", value=text, hint=_HINT
            )
        return _give_ratio(text, ph, pair, components)
    return _give_amounts(text, ph, pair, named, quantities)


def _find_named(text: str, quantities: Sequence[Quantity]) -> list[_Named]:
    """Return the acids, bases and salts of a question, in its order.

    Raises:
        InvalidTaskInputError: A word is neither one nor one of those that such questions are made of.
    """
    spans = [(one.start, one.end) for one in quantities]
    spans += [(one.start, one.end) for one in find_ph(text)]
    spans += [match.span() for match in _PKA.finditer(text)]
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    words = _GAPS.sub(" \x00 ", "".join(letters)).split()
    named: list[_Named] = []
    place = 0
    while place < len(words):
        word = words[place]
        if word == "\x00" or word.lower() in _PLAIN or word in "-=+&~":
            place += 1
            continue
        found, length = _read_longest(words[place : place + _MOST_WORDS])
        place += length
        is_kind = words[place : place + 1] != [] and _BUFFER.fullmatch(words[place]) is not None
        named.append(replace(found, is_kind=is_kind))
        if is_kind and len(named) > 1 and words[place - length - 1] == "\x00":
            # 'an acetic acid/acetate buffer': both say which kind it is.
            named[-2] = replace(named[-2], is_kind=True)
    return named


def _read_longest(words: Sequence[str]) -> tuple[_Named, int]:
    """Return the substance that the longest beginning of some words names, and how many words these are.

    Raises:
        UserError: There is none, or nothing is recorded of it.
    """
    for number in range(len(words), 0, -1):
        phrase = " ".join(words[:number])
        if "\x00" in phrase:
            continue
        if (found := _read_named(phrase)) is not None:
            return found, number
    raise UserError(f"'{words[0]}' is not understood in a question about a buffer", value=" ".join(words), hint=_HINT)


def _read_named(phrase: str) -> _Named | None:
    base, _, last = phrase.rpartition(" ")
    if last.lower() in _WATERS:
        found = _read_named(base)
        waters = ".O" * _WATERS[last.lower()]
        return None if found is None or not found.smiles else replace(found, text=phrase, smiles=found.smiles + waters)
    salt = re.fullmatch(r"(.+?)[ -](?:HCl|hydrochloride)", phrase)
    if salt is not None and (found := _read_named(salt[1])) is not None and found.charge == 0:
        return replace(found, text=phrase, charge=1, smiles=f"{found.smiles}.Cl") if found.smiles else None
    smiles = read_ion(phrase) or _find_smiles(phrase)
    ion = _list_anions().get(re.sub(r"^(?:sodium|potassium) ", "", phrase.lower()))
    if ion is not None and (smiles is None or phrase.lower() in _list_anions()):
        return _Named(phrase, *ion)
    system = None if smiles is None else find_system(parse_smiles(smiles))
    if smiles is None:
        return None
    if system is None:
        raise UserError(f"no pKa of {phrase} is recorded", value=phrase, hint="name an acid or base that is")
    return _Named(phrase, system[0], int(Chem.GetFormalCharge(system[1])), smiles)


def _find_smiles(phrase: str) -> str | None:
    """Return the SMILES of a name; abbreviations may be written small here, where no English word is meant."""
    for spelling in dict.fromkeys((phrase, phrase.capitalize(), phrase.upper())):
        found = find_substance(spelling, thorough=False)
        if found is not None and found.smiles:
            return found.smiles
    return None


@cache
def _list_anions() -> Mapping[str, tuple[AcidBase, int]]:
    """Return what the anions of recorded acids are called: acetate, hydrogen phosphate, bicarbonate."""
    known: dict[str, tuple[AcidBase, int]] = {}
    for one in list_compounds():
        stem = _name_anion(one)
        if stem is None or one.is_strong:
            continue
        for kept, prefixes in enumerate(_PREFIXES[: len(one.pka)]):
            for prefix in prefixes:
                known.setdefault(f"{prefix}{stem}", (one, kept - len(one.pka)))
    return known


_PREFIXES: Final = (("",), ("hydrogen ", "hydrogen", "bi", "monohydrogen "), ("dihydrogen ", "dihydrogen"))


def _name_anion(acid: AcidBase) -> str | None:
    """Return the name of what an acid becomes without its protons; None where it is not named as an acid."""
    stem = re.sub(r"(?<=phosph)or|(?<=sulf)ur", "", acid.name)
    if acid.charge == 0 and stem.endswith("ic acid"):
        return stem.removesuffix("ic acid") + "ate"
    return stem.removesuffix("ous acid") + "ite" if acid.charge == 0 and stem.endswith("ous acid") else None


def _choose_pair(system: AcidBase, components: Sequence[_Named], ph: float) -> _Pair:
    """Return the two forms that buffer: those that are named, else those whose pKa is nearest.

    Raises:
        UserError: The pH is too far from their pKa, or they are not one proton apart.
    """
    if system.is_strong or not system.pka:
        raise UserError(f"{system.name} is a strong acid, which makes no buffer", value=system.name, hint=_HINT)
    charges = sorted({one.charge for one in components}, reverse=True)
    if len(charges) > 1:
        pka = system.find_pka(charges[0])
        if len(charges) > 2 or charges[0] - charges[1] != 1 or pka is None:
            raise UserError(
                f"{' and '.join(one.text for one in components)} are not one proton apart",
                value=system.name,
                hint=_HINT,
            )
        pair = _Pair(system, charges[0], pka)
    else:
        place, pka = min(enumerate(system.pka), key=lambda one: abs(one[1] - ph))
        pair = _Pair(system, system.charge - place, pka)
    if abs(ph - pair.pka) > _FURTHEST:
        raise UserError(
            f"pH {ph:g} is further than {_FURTHEST:g} from the pKa of this pair, so that it buffers nothing "
            f"(pKa of {system.name}: {write_steps(system)})",
            value=f"pH {ph:g}",
            hint="choose an acid or base whose pKa lies near this pH",
        )
    return pair


def _give_ratio(text: str, ph: float, pair: _Pair, components: Sequence[_Named]) -> Result:
    names = {charge: _name_form(pair.system, charge) for charge in (pair.charge, pair.charge - 1)}
    names |= {one.charge: one.text.replace("^", " ") for one in components}
    is_inverse = components[0].charge == pair.charge if len(components) == 2 else _INVERSE.search(text) is not None
    first, second = (pair.charge, pair.charge - 1) if is_inverse else (pair.charge - 1, pair.charge)
    return _write_ratio(ph, pair.pka, names[first], names[second], is_inverse=is_inverse)


def _give_stated_ratio(text: str, ph: float, stated: re.Match[str], components: Sequence[_Named]) -> Result:
    """Return the ratio that a pKa gives which the question states itself."""
    pka = float(stated["number"].replace(",", "."))
    charges = {one.charge for one in components}
    if not _RATIO.search(text) or len(_PKA.findall(text)) != 1 or len(charges) not in (0, 2):
        raise InvalidTaskInputError("with a pKa stated, a ratio can be asked for", value=text, hint=_HINT)
    if components:
        is_inverse = components[0].charge == max(charges)
        first, second = components[0].text, components[1].text
    else:
        is_inverse = _INVERSE.search(text) is not None
        first, second = ("acid", "base") if is_inverse else ("base", "acid")
    return _write_ratio(ph, pka, first, second, is_inverse=is_inverse)


def _write_ratio(ph: float, pka: float, first: str, second: str, *, is_inverse: bool) -> Result:
    ratio = 10.0 ** ((pka - ph) if is_inverse else (ph - pka))
    text = f"{ratio:.3g}"
    statement = f"At pH {ph:g} the ratio of {first} to {second} is {text} : 1, by the pKa {pka:.2f}."
    return Result(float(text), text, statement, gives=Gives.NUMBER, notes=(_NOTE,))


_NOTE: Final = "the salts of a concentrated buffer shift its pKa by 0.1 to 0.4: adjust with a pH meter"


def _give_amounts(text: str, ph: float, pair: _Pair, named: Sequence[_Named], quantities: Sequence[Quantity]) -> Result:
    components = [one for one in named if not one.is_kind]
    total, litres = _read_total(text, quantities, components)
    # The ions that take no part balance all other charges.
    bystanders = -(total * pair.system.count_charge(ph) + count_water_charge(ph))
    base = bystanders + total * pair.charge
    shares = {pair.charge: total - base, pair.charge - 1: base}
    if min(shares.values()) <= 0.0:
        raise UserError(
            f"these two forms at {write_digits(total)} M give no solution of pH {ph:g}",
            value=text,
            hint="take more of it, or another buffer",
        )
    salts = {charge: _find_salt(pair.system, charge, components) for charge in shares}
    parts, said = [], []
    for charge in (pair.charge - 1, pair.charge):
        name, mass = salts[charge]
        if litres is None:
            parts.append(Part(name, float(write_digits(shares[charge], 3)), "mol/L"))
            said.append(f"{write(shares[charge], Dimension.MOLARITY, 3)} {name}")
            continue
        moles = shares[charge] * litres
        if mass is None:
            parts.append(Part(name, float(write_digits(1e3 * moles, 3)), "mmol"))
            said.append(f"{write(moles, Dimension.AMOUNT, 3)} {name}")
            continue
        parts.append(Part(name, float(write_digits(moles * mass, 3)), "g"))
        said.append(f"{write(moles * mass, Dimension.MASS, 3)} ({write(moles, Dimension.AMOUNT, 3)}) {name}")
    answer = " and ".join(said)
    volume = "" if litres is None else f"{write(litres, Dimension.VOLUME)} of "
    statement = f"For {volume}{write(total, Dimension.MOLARITY)} buffer of pH {ph:g}: {answer}."
    notes = (f"pKa {pair.pka:.2f}; salts without water of crystallisation unless named with it", _NOTE)
    return Result(answer, answer, statement, parts=tuple(parts), notes=notes)


def _read_total(text: str, quantities: Sequence[Quantity], components: Sequence[_Named]) -> tuple[float, float | None]:
    """Return the concentration of both forms together, mol/L, and the volume, L, where one is said.

    Raises:
        InvalidTaskInputError: They do not follow from what is said.
    """
    strengths = [one for one in quantities if one.dimension is Dimension.MOLARITY]
    volumes = [one for one in quantities if one.dimension is Dimension.VOLUME]
    if len(strengths) != 1 or len(volumes) > 1 or len(quantities) != len(strengths) + len(volumes):
        raise InvalidTaskInputError(
            "how much of each follows from one concentration of the buffer and its volume", value=text, hint=_HINT
        )
    if len({one.charge for one in components}) == 1:
        raise InvalidTaskInputError(
            "two forms make a buffer, and one is named", value=text, hint=f"name none or both; {_HINT}"
        )
    if components and not _is_total(strengths[0], text):
        raise InvalidTaskInputError(
            "the concentration has to be that of both forms together", value=text, hint="as in: 0.1 M acetate buffer"
        )
    if strengths[0].value <= 0.0 or (volumes and volumes[0].value <= 0.0):
        raise InvalidTaskInputError("a concentration and a volume are above 0", value=text, hint=_HINT)
    return strengths[0].value, volumes[0].value if volumes else None


def _is_total(strength: Quantity, text: str) -> bool:
    """Whether a concentration is said to be that of a buffer, and so of both its forms: '0.1 M acetate buffer'."""
    is_followed = _KIND_OF_BUFFER.match(text[strength.end :]) is not None
    return strength.dimension is Dimension.MOLARITY and is_followed


def _name_form(system: AcidBase, charge: int) -> str:
    """Return what a form is called, as an ion."""
    stem = _name_anion(system)
    if charge > 0:
        return f"{system.name} with {'a proton' if charge == 1 else f'{charge} protons'} more"
    if charge == 0:
        return system.name
    if stem is None:
        return f"{system.name} with {'a proton' if charge == -1 else f'{-charge} protons'} less"
    kept = len(system.pka) + charge
    return f"{_PREFIXES[kept][0] if kept < len(_PREFIXES) else f'{_TIMES[kept]}hydrogen '}{stem}"


def _find_salt(system: AcidBase, charge: int, components: Sequence[_Named]) -> tuple[str, float | None]:
    """Return what is taken of a form, as named, else a sodium salt or chloride, and what a mole of it weighs, g.

    Of gases and of what exists in solution only the mass is None.

    Raises:
        UserError: Nothing is taken of this form.
    """
    is_weighed = system.name not in _IN_SOLUTION and (charge != 0 or system.name not in _NOT_WEIGHED)
    for one in components:
        if one.charge == charge and one.smiles and Chem.GetFormalCharge(parse_smiles(one.smiles)) == 0:
            return one.text, weigh_formula(count_elements(Subject(one.smiles))) if is_weighed else None
    if (system.name, charge) in _NO_SALT:
        raise UserError(
            f"{_name_form(system, charge)} is no solid that is weighed",
            value=system.name,
            hint="ask for the ratio of its forms",
        )
    mass = weigh_formula(count_elements(Subject(system.smiles)))
    if charge > 0:
        name = f"{system.name} {_TIMES[charge]}hydrochloride".replace("ammonia hydrochloride", "ammonium chloride")
        return name, mass + charge * weigh_formula({"H": 1, "Cl": 1})
    if charge == 0:
        return system.name, mass if is_weighed else None
    metal = f"{_TIMES[-charge]}sodium"
    name = f"{metal} {_name_form(system, charge)}" if _name_anion(system) else f"{metal} salt of {system.name}"
    return name, mass - charge * (weigh_formula({"Na": 1}) - weigh_formula({"H": 1})) if is_weighed else None


BUFFER: Final = Calculation(
    name="buffer",
    title="composition of a buffer",
    words=("composition of a buffer", "buffer ratio", "ratio of acid and base in a buffer", "recipe of a buffer"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="Henderson and Hasselbalch on recorded constants in water, 25 °C",
    compute=_buffer,
    program=Program.ANYMOL,
    example=Example("What ratio of acetate to acetic acid makes a buffer of pH 5.0?", (), "1.74"),
)
