"""The Open Reaction Database (Kearnes et al. 2021): ``ord_dataset-*.parquet``, ``.pb.gz`` or ``.pb``.

A Parquet file has a serialised ``Reaction`` per row in column ``reaction``, a ``.pb`` file is one ``Dataset``:
``ord_schema/parquet.py`` and ``proto`` of github.com/open-reaction-database/ord-schema. Both lie in folder ``data`` of
github.com/open-reaction-database/ord-data.

Reactants, reagents, solvents and catalysts are what the record says, but for one thing: its patents count bases and
acids among the reactants. Where a mapped reaction is given too, a reactant without an atom in the product is a reagent;
where none is, and the reaction is of a patent, nothing is asked backwards. A row is refused where an input has no
SMILES, no role, or is the crude product of another reaction: something would be missing from the question.

Yields are asked of patents alone; screens and notebooks are not told apart by a record. It comes without splits: they
follow from a hash of the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.reaction import Reaction, parse_reaction
from anymol.data.drafts import format_number
from anymol.data.published.hashed_split import assign_hashed_split
from anymol.data.published.ord_messages import (
    APART,
    CATALYST,
    PRODUCT_ROLES,
    REACTANT,
    REACTION_SMILES,
    REAGENT,
    SMILES,
    SOLVENT,
    YIELD,
    load_messages,
)
from anymol.data.published.parquet_rows import read_parquet
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.published.reaction_questions import ask_reaction
from anymol.errors import AnyMolError, DataError
from anymol.readers.unpacking import open_unpacked
from anymol.tasks.conditions import PARAGRAPH, PATENT_REACTION
from anymol.tasks.table import get_task
from anymol.tasks.task import ReagentsState, TaskInput

_NAME: Final = "ord"
_ROLES: Final[Mapping[int, str]] = {
    REACTANT: "reactants", REAGENT: "reagents", SOLVENT: "solvents", CATALYST: "catalysts"
}  # fmt: skip

_MAP = re.compile(r":\d+\]")


def _read(path: Path) -> Iterator[PublishedRow]:
    for line, reaction in enumerate(_read_messages(path), 1):
        fields = _take_fields(reaction)
        yield PublishedRow(path.name, line, assign_hashed_split(fields["products"], _NAME), fields)


def _read_messages(path: Path) -> Iterator[Any]:
    """Yield the reactions of a file.

    Raises:
        DataError: One of them, or the whole, is not a message.
    """
    from google.protobuf.message import DecodeError

    messages = load_messages()
    try:
        if path.suffix == ".parquet":
            for _, row in read_parquet(path, ["reaction"]):
                yield messages["Reaction"].FromString(row["reaction"])
        else:
            with open_unpacked(path) as stream:
                yield from messages["Dataset"].FromString(stream.read()).reactions
    except DecodeError as error:
        raise DataError(f"{path.name} is not a message of the schema: {error}", value=path) from error


def _take_fields(reaction: Any) -> dict[str, str]:
    """Return what is used of a record; ``fault`` says why it cannot be."""
    parts: dict[str, list[str]] = {name: [] for name in _ROLES.values()}
    fault = ""
    for entry in reaction.inputs:
        if entry.value.crude_components:
            fault = "an input is the crude product of another reaction"
        for component in entry.value.components:
            if component.reaction_role in APART:
                continue
            smiles, role = _find(component.identifiers, {SMILES}), _ROLES.get(component.reaction_role)
            if smiles and role:
                # A solvent that two solutions bring is one solvent.
                parts[role] += [smiles] * (smiles not in parts[role])
            else:
                fault = fault or f"an input has no {'role' if smiles else 'SMILES'}"
    products = [one for outcome in reaction.outcomes for one in outcome.products]
    products = [one for one in products if one.is_desired_product] or [
        one for one in products if one.reaction_role in PRODUCT_ROLES
    ]
    made = {_find(one.identifiers, {SMILES}) for one in products}
    if len(made) != 1 or "" in made:
        fault = fault or f"it has not one product with a SMILES, but {len(made - {''})}"
    yields = [
        one.percentage.value
        for product in products
        for one in product.measurements
        if one.type == YIELD and one.HasField("percentage")
    ]
    mapped = _find(reaction.identifiers, REACTION_SMILES)
    return {
        **{name: ".".join(part) for name, part in parts.items()},
        "products": "" if fault else made.pop(),
        "mapped": mapped if _MAP.search(mapped) else "",
        "yield": f"{yields[0]}" if len(yields) == 1 else "",
        "patent": reaction.provenance.patent,
        "procedure": reaction.notes.procedure_details,
        "id": reaction.reaction_id,
        "fault": fault,
    }


def _find(identifiers: Any, kinds: frozenset[int] | set[int]) -> str:
    return next((one.value.strip() for one in identifiers if one.type in kinds and one.value.strip()), "")


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    fields = row.fields
    if fields["fault"]:
        raise DataError(fields["fault"], value=fields["id"])
    named = {name: _canonicalize(fields[name]) for name in _ROLES.values()}
    reactants, helping = _part_by_maps(named["reactants"], fields["mapped"])
    agents = (*helping, *(one for name in ("reagents", "solvents", "catalysts") for one in named[name]))
    told_apart = not fields["patent"] or bool(fields["mapped"])
    reaction = Reaction(reactants, agents, (canonicalize_smiles(fields["products"]),))
    if not told_apart:
        reaction = Reaction(reactants + agents, (), reaction.products)
    asked = list(ask_reaction(reaction, ReagentsState.SEPARATED if told_apart else ReagentsState.MIXED))
    about = TaskInput(reactants=_join(reactants), products=_join(reaction.products))
    for task, name in (("solvent_prediction", "solvents"), ("catalyst_prediction", "catalysts")):
        if named[name]:
            asked.append(Question(task, about, _join(named[name])))
    told = TaskInput(reactants=about.reactants, reagents=_join(agents) or None, products=about.products)
    return (*asked, *_ask_record(told, fields))


def _ask_record(told: TaskInput, fields: Mapping[str, str]) -> Iterator[Question]:
    """Yield the questions for yield and procedure, where the record tells them."""
    if fields["patent"] and fields["yield"] and 0.0 <= float(fields["yield"]) <= 100.0:
        answer = format_number(float(fields["yield"]), get_task("yield_prediction").decimals)
        yield Question("yield_prediction", _with_text(told, PATENT_REACTION), answer)
    if procedure := " ".join(fields["procedure"].split()):
        yield Question("procedure_writing", _with_text(told, PARAGRAPH), procedure)


def _with_text(told: TaskInput, text: str) -> TaskInput:
    return TaskInput(reactants=told.reactants, reagents=told.reagents, products=told.products, text=text)


def _part_by_maps(reactants: tuple[str, ...], mapped: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the reactants with an atom in the product, and the others; all of them where no map tells."""
    if not mapped:
        return reactants, ()
    try:
        # Some write the reagents in the middle, and some reagents nevertheless on the left: only the maps decide.
        inputs, agents, products = mapped.split(" ", 1)[0].split(">")
        taking_part = set(parse_reaction(f"{inputs}{'.' if agents else ''}{agents}>>{products}").reactants)
    except ValueError:
        raise DataError("its mapped reaction has not two '>'", value=mapped) from None
    except AnyMolError as error:
        raise DataError(f"its mapped reaction cannot be read: {error.message}", value=mapped) from error
    if unknown := taking_part.difference(reactants):
        raise DataError("its mapped reaction has a reactant that its inputs have not", value=", ".join(unknown))
    part = tuple(one for one in reactants if one in taking_part)
    return part, tuple(one for one in reactants if one not in taking_part)


def _canonicalize(mixture: str) -> tuple[str, ...]:
    return tuple(canonicalize_smiles(mixture).split(".")) if mixture else ()


def _join(molecules: tuple[str, ...]) -> str:
    return ".".join(sorted(molecules))


ORD: Final = PublishedSet(
    name=_NAME,
    licence="CC BY-SA 4.0",
    weights_allowed=True,
    has_val=True,
    files=("ord_dataset-*.parquet", "ord_dataset-*.pb.gz", "ord_dataset-*.pb"),
    read=_read,
    convert=_convert,
)
"""Reactions with their conditions, yields and procedures."""
