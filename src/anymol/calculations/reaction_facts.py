"""What follows from a reaction that is written with its product: its name, what is left over, its atom economy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from rdkit import Chem

from anymol.calculations.balancing import WRITTEN_REACTION
from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Subject, Takes
from anymol.calculations.elements import order_elements
from anymol.calculations.makeup import count_elements
from anymol.chem.atom_mapping import map_reaction
from anymol.chem.formula import weigh_formula
from anymol.chem.mass_balance import balance_reaction
from anymol.chem.parsing import parse_smiles
from anymol.chem.reaction import Reaction, find_largest, join_molecules, parse_reaction
from anymol.chem.reaction_names import ReactionName, name_change
from anymol.chem.templates import extract_template
from anymol.chem.textbook_reactions import find_textbook_products
from anymol.errors import InvalidReactionError, UserError


def _read(asked: Inquiry) -> Reaction:
    """Return the reaction of a question.

    Raises:
        InvalidReactionError: There is none, or it lacks a side.
    """
    match = WRITTEN_REACTION.search(asked.text)
    if match is None:
        raise InvalidReactionError(
            "no reaction SMILES with its product stands in the question",
            value=asked.text,
            hint="write it as CC(=O)O.CCO>>CC(=O)OCC",
        )
    reaction = parse_reaction(match.group().rstrip(".:"))
    if not reaction.inputs or not reaction.products:
        raise InvalidReactionError("the reaction lacks a side", value=match.group(), hint="write reactants>>products")
    return reaction


def _find_name(reaction: Reaction) -> ReactionName | None:
    """Return the name of the change that makes the largest product."""
    product = find_largest(join_molecules(reaction.products))
    core = extract_template(map_reaction(join_molecules(reaction.inputs), product), radius=0)
    return None if core is None else name_change(core)


def _find_textbook_name(reaction: Reaction) -> str | None:
    """Return the name of the textbooks' rule that gives the largest product."""
    product = find_largest(join_molecules(reaction.products))
    taught = find_textbook_products(join_molecules(reaction.inputs))
    return next((one.name for one in taught if one.smiles == product), None)


def _reaction_name(asked: Inquiry) -> Result:
    reaction = _read(asked)
    # Where reagents are written, a rule of the textbooks says more than the bonds that change; elsewhere it says less.
    name = _find_textbook_name(reaction)
    found = None if name and reaction.reagents else _find_name(reaction)
    if found is None:
        if name is None:
            raise UserError(
                "the change of this reaction has no name that is known here",
                value=reaction.smiles,
                hint="named are frequent changes of recorded reactions, and some fifty of the textbooks",
            )
        return Result(name, name, f"Textbooks call it: {name}.")
    kind = " > ".join(step.strip() for step in found.kind.split("/"))
    notes = ("named by the bonds that change alone; with other reagents it may bear another name",)
    return Result(found.name, str(found), f"The reaction is called {found} (kind: {kind}).", notes=notes)


REACTION_NAME: Final = Calculation(
    name="reaction_name",
    title="name of a reaction",
    words=("name of the reaction", "reaction name", "type of the reaction", "class of the reaction"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="atom maps, the bonds that change, and the names of RXNO for these",
    compute=_reaction_name,
    program=Program.ANYMOL,
    example=Example(
        "Name the reaction Brc1ccccc1.OB(O)c1ccccc1>>c1ccc(-c2ccccc2)cc1", (), "Suzuki-Miyaura coupling (RXNO:0000140)"
    ),
)


def _left_over(asked: Inquiry) -> Result:
    reaction = _read(asked)
    if _count_all(reaction.inputs) == _count_all(reaction.products):
        return Result("nothing", "nothing", "Nothing is left over: every atom that is written before is written after.")
    balance = balance_reaction(join_molecules(reaction.inputs), join_molecules(reaction.products))
    if any("H2" in one.split() for one in balance.taken) and not _brings_hydrogen(reaction):
        raise UserError(
            "what is left over does not follow from the groups that leave",
            value=reaction.smiles,
            hint="write all reactants and products, as often as they count",
        )
    said = [("left over", one) for one in balance.left] + [("taken up", one) for one in balance.taken]
    parts = tuple(Part(label, one) for label, one in said)
    notes = () if balance.is_explained else ("no usual by-products explain it: it is the difference of the formulas",)
    if not balance.left and not balance.taken:
        return Result("nothing", "nothing", "Nothing is left over: every atom that reacts is in the product.")
    text = str(balance)
    return Result(text, text, f"Beside what is written, the reaction {text}.", parts=parts, notes=notes)


_REDUCES: Final = Chem.MolFromSmarts("[$([HX1][HX1]),$([B,Al,Si,Sn;!H0]),$([NX3]-[NX3]),$([#1-])]")
"""Hydrogen, hydrides and hydrazine: what a reaction takes hydrogen from."""


def _brings_hydrogen(reaction: Reaction) -> bool:
    return any(parse_smiles(one).HasSubstructMatch(_REDUCES) for one in reaction.inputs)


def _count_all(molecules: Iterable[str]) -> Counter[str]:
    """Return the atoms of some molecules by element."""
    counts: Counter[str] = Counter()
    for one in molecules:
        counts.update(count_elements(Subject(one)))
    return counts


LEFT_OVER: Final = Calculation(
    name="left_over",
    title="by-products of a reaction",
    words=("by-product", "side product of the reaction", "left over", "mass balance"),
    takes=Takes.TEXT,
    gives=Gives.TEXT,
    method="atom maps, and the groups that leave with what they usually become",
    compute=_left_over,
    program=Program.ANYMOL,
    example=Example("What is the by-product of CC(=O)Cl.NCC>>CC(=O)NCC?", (), "leaves HCl"),
)


def _atom_economy(asked: Inquiry) -> Result:
    reaction = _read(asked)
    product = _find_wanted(reaction)
    made, used = _count_all([one for one in reaction.products if one == product]), _count_all(reaction.reactants)
    lacking = _count_all(reaction.products) - used
    if lacking:
        raise UserError(
            f"more {' and '.join(order_elements(lacking))} comes out than goes in: it is not balanced as written",
            value=reaction.smiles,
            hint="write every reactant before the arrow, as often as it is used",
        )
    percent = f"{100.0 * weigh_formula(made) / weigh_formula(used):.1f}"
    statement = (
        f"The atom economy is {percent} %: {weigh_formula(made):.2f} of {weigh_formula(used):.2f} g/mol of the "
        f"reactants are in {product}."
    )
    notes = ("each reactant counts as often as it is written; what stands over the arrow does not count",)
    return Result(float(percent), percent, statement, unit="%", notes=notes)


def _find_wanted(reaction: Reaction) -> str:
    """Return the product that is wanted: the only one, or the only one with carbon.

    Raises:
        UserError: There are several.
    """
    distinct = list(dict.fromkeys(reaction.products))
    organic = [one for one in distinct if count_elements(Subject(one))["C"]]
    for candidates in (distinct, organic):
        if len(candidates) == 1:
            return candidates[0]
    raise UserError(
        f"several products are written ({', '.join(distinct)}), and which one is wanted is not said",
        value=reaction.smiles,
        hint="write the wanted product alone",
    )


ATOM_ECONOMY: Final = Calculation(
    name="atom_economy",
    title="atom economy",
    words=("atom economy", "atom efficiency", "atom utilisation", "atom utilization"),
    takes=Takes.TEXT,
    gives=Gives.NUMBER,
    unit="%",
    method="molar mass of the wanted product over that of all reactants",
    compute=_atom_economy,
    exact=True,
    program=Program.ANYMOL,
    example=Example("What is the atom economy of CC(=O)Cl.NCC>>CC(=O)NCC?", (), "70.5"),
)

_WHICH_REACTION: Final = "|".join(
    (
        r"\bname (?:of )?(?:the |this |that )?(?:named )?reaction\b",
        r"\b(?:what|which) (?:kind|type|sort|class|name)?\s*(?:of )?(?:named? )?reaction (?:is|does|do)\b",
        r"\b(?:classify|identify|name) (?:the |this |that )?(?:following )?(?:chemical )?reaction\b",
        r"\breaction (?:type|class|name)\b|\b(?:type|class|kind) of reaction\b|\bis .* called\b",
    )
)
_ASKS: Final = (
    (ATOM_ECONOMY.name, re.compile(r"\batom (?:economy|efficiency|utili[sz]ation)\b", re.IGNORECASE)),
    (LEFT_OVER.name, re.compile(r"\b(?:by|side)[ -]?products?\b|\bleft over\b|\bmass balance\b", re.IGNORECASE)),
    (REACTION_NAME.name, re.compile(_WHICH_REACTION, re.IGNORECASE)),
)


def choose_reaction_calculation(question: str) -> str | None:
    """Return the calculation that a question asks of a reaction that it writes with its product; None where of none.

    >>> choose_reaction_calculation("What type of reaction is CCO>>CC=O?")
    'reaction_name'
    """
    if WRITTEN_REACTION.search(question) is None:
        return None
    rest = WRITTEN_REACTION.sub(" ", question)
    return next((name for name, pattern in _ASKS if pattern.search(rest)), None)
