"""Files of reactions: tables with reaction SMILES or a column per role, RXN and RD files, SD files with reactants.

What a record says besides its molecules (page, yield, temperature, year) is read from columns or fields whose whole
names are known; names are compared without case, spaces and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from anymol.chem.parsing import parse_smiles, write_canonical
from anymol.chem.reaction import Reaction, join_molecules, parse_reaction
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import AnyMolError, InvalidFileError, InvalidReactionError, shorten
from anymol.readers.content import open_text
from anymol.readers.lines import read_raw_lines
from anymol.readers.resolve import resolve_molecule
from anymol.readers.rows import RecordRow, describe_error
from anymol.readers.tables import SMILES, Columns, Format, TableRow, list_columns, read_rows
from anymol.unicode import is_unicode

ReactionRow = RecordRow[RecordedReaction]

SUFFIXES: Final = (".rxn", ".rdf", ".rd", ".rsmi", *(ending for known in Format for ending in known.value))
"""Endings of files of reactions; ``.gz`` may follow."""

_REACTION: Final = ("reaction", "reactionsmiles", "rxn", "rxnsmiles", "rxnsmi", "smiles", "smirks")
_PRODUCTS: Final = ("products", "product", "productsmiles", "productssmiles")
_INPUTS: Final = {
    "reactants": ("reactants", "reactant", "startingmaterials", "startingmaterial", "reactantsmiles",
                  "reactantssmiles"),
    "reagents": ("reagents", "reagent", "reagentsmiles", "reagentssmiles"),
    "solvents": ("solvents", "solvent", "solventsmiles"),
    "catalysts": ("catalysts", "catalyst", "catalystsmiles"),
}  # fmt: skip
_FIELDS: Final = {
    "id": ("page", "id", "experiment", "experimentid", "reactionid", "patent", "patentnumber", "entry", "name",
           "number", "eln", "elnid", "notebook", "title"),
    "year": ("year", "date"),
    "yield_percent": ("yield", "yieldpercent", "percentyield", "yieldpct", "isolatedyield"),
    "temperature_c": ("temperature", "temperaturec", "temp", "tempc", "temperaturedegc"),
    "reaction_class": ("class", "reactionclass", "reactiontype", "type", "rxnclass"),
    "note": ("note", "notes", "comment", "comments", "conditions", "procedure"),
}  # fmt: skip
_HELPING: Final = ("reagents", "solvents", "catalysts")
_NUMBER: Final = re.compile(r"[<>~≈]?\s*(-?\d+(?:[.,]\d+)?)\s*(?:%|°?\s*C)?")
_YEAR: Final = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_SPLIT: Final = re.compile(r"\s*;\s*")
_MAX_RECORD: Final = 5_000_000
_MAX_NOTE: Final = 500


def read_reactions(path: Path, *, source: str = "", column: str | None = None) -> Iterator[ReactionRow]:
    """Yield the reactions of a file, one row per record; a bad record is a row with its error.

    Args:
        path: A table (csv, tsv, jsonl), a list (smi, rsmi: ``reaction id`` per line), an RXN or RD file, or an SD file
            of products whose fields hold the reactants or the whole reaction.
        source: Name of the collection, which each reaction keeps.
        column: Column or field that holds the reaction SMILES; None to know it by its name.

    Raises:
        InvalidFileError: The format is unknown, or no column is one of a reaction.
    """
    endings = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    match endings[-1] if endings else "":
        case ".rxn" | ".rdf" | ".rd":
            records = _read_rd(path)
        case ".rsmi":
            records = _read_lines(path)
        case _:
            records = _read_table(path, column)
    for index, (fields, found) in enumerate(records):
        yield _make_row(index, fields, found, source)


# ------------------------------------------------------------------------------------------------------------ one row


@dataclass(frozen=True)
class _Written:
    """A reaction as a file says it, with what it calls solvents and catalysts, and how its cells were read."""

    reaction: Reaction
    solvents: tuple[str, ...] = ()
    catalysts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


_Record = tuple[Mapping[str, str], _Written | AnyMolError | str]


def _make_row(index: int, fields: Mapping[str, str], found: _Written | AnyMolError | str, source: str) -> ReactionRow:
    name = fields.get("id") or None
    if isinstance(found, AnyMolError):
        return RecordRow(index, name, None, describe_error(found))
    if isinstance(found, str):
        return RecordRow(index, name, None, found)
    try:
        product, notes = _choose_product(found.reaction)
    except AnyMolError as error:
        return RecordRow(index, name, None, describe_error(error))
    if odd := next((value for value in fields.values() if not is_unicode(value)), None):
        return RecordRow(index, None, None, f"a field is not Unicode: {odd.encode('ascii', 'backslashreplace')[:60]!r}")
    numbers, unread = _read_numbers(fields)
    reaction = RecordedReaction(
        product,
        join_molecules(found.reaction.reactants),
        join_molecules(found.reaction.reagents),
        join_molecules(found.solvents),
        join_molecules(found.catalysts),
        id=name or str(index + 1),
        source=source,
        reaction_class=fields.get("reaction_class", ""),
        note=shorten(fields.get("note", ""), _MAX_NOTE),
        **numbers,  # type: ignore[arg-type]
    )
    return RecordRow(index, name, reaction, notes=(*notes, *unread, *found.notes, *found.reaction.notes))


def _choose_product(reaction: Reaction) -> tuple[str, tuple[str, ...]]:
    """Return the molecule that a reaction was made for: of several the largest that did not go in.

    Raises:
        InvalidReactionError: Reactants or products are missing, or nothing new comes out.
    """
    if not reaction.reactants or not reaction.products:
        missing = "products" if reaction.reactants else "reactants"
        raise InvalidReactionError(f"the reaction has no {missing}", value=reaction.smiles)
    inputs = set(join_molecules(reaction.inputs).split("."))
    new = sorted(set(join_molecules(reaction.products).split(".")) - inputs)
    if not new:
        raise InvalidReactionError("what comes out is what went in", value=reaction.smiles)
    sizes = {smiles: parse_smiles(smiles).GetNumHeavyAtoms() for smiles in new}
    chosen = max(new, key=lambda smiles: sizes[smiles])
    if len(new) == 1:
        return chosen, ()
    return chosen, (f"of {len(new)} products the largest is kept, {chosen}",)


def _read_numbers(fields: Mapping[str, str]) -> tuple[dict[str, float | int], tuple[str, ...]]:
    """Return yield, temperature and year, and what of these was not understood."""
    found: dict[str, float | int] = {}
    unread = []
    for name in ("yield_percent", "temperature_c"):
        written = fields.get(name, "").strip()
        number = _NUMBER.fullmatch(written)
        if number is not None:
            found[name] = float(number[1].replace(",", "."))
        elif written:
            unread.append(f"'{shorten(written)}' is not read as a {name.rsplit('_', 1)[0]}")
    if found.get("yield_percent", 0) > 100 or found.get("yield_percent", 0) < 0:
        unread.append(f"a yield of {found.pop('yield_percent'):g} % is left out")
    if (year := _YEAR.search(fields.get("year", ""))) is not None:
        found["year"] = int(year[1])
    return found, tuple(unread)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _name_fields(columns: Mapping[str, object]) -> dict[str, str]:
    """Return what columns say, by the names that a recorded reaction has for them; the first known name counts."""
    by_name = {_plain(name): str(value).strip() for name, value in columns.items() if value not in (None, "")}
    known = {field: next((by_name[one] for one in names if by_name.get(one)), "") for field, names in _FIELDS.items()}
    return {field: value for field, value in known.items() if value}


# ------------------------------------------------------------------------------------------------------------- tables


def _read_table(path: Path, column: str | None) -> Iterator[_Record]:
    if path.name.lower().removesuffix(".gz").endswith(Format.SDF.value):
        yield from _read_sdf(path, column)
        return
    names = list_columns(path)
    by_name = {_plain(name): name for name in reversed(names)}
    product = _find(by_name, _PRODUCTS)
    apart = _find_roles(by_name)
    # A full set of roles says more than a column that may hold a kind of reaction; a column that is named wins.
    in_roles = column is None and product is not None and "reactants" in apart
    whole = column or _find(by_name, _REACTION)
    if not in_roles and whole is None:
        raise InvalidFileError(
            "no column is one of reactions",
            value=path,
            hint=f"name it with --column, or have columns 'reactants' and 'product'; there are {', '.join(names)}",
        )
    for row in read_rows(path, Columns(main=str(product if in_roles else whole))):
        yield _name_fields(row.columns), _read_row(row, apart, in_roles=in_roles)


def _read_sdf(path: Path, column: str | None) -> Iterator[_Record]:
    """Yield the records of an SD file: each names its reactants in a field, or holds the whole reaction in one."""
    for row in read_rows(path, Columns(main=SMILES)):
        by_name = {_plain(name): name for name in row.columns if name != SMILES}
        whole = column if column in row.columns else _find(by_name, _REACTION)
        apart = _find_roles(by_name)
        fields = _name_fields(row.columns)
        if row.error is not None or (column is None and "reactants" in apart):
            yield fields, _read_row(row, apart, in_roles=True)
        elif whole is not None:
            yield fields, _read_row(replace(row, main=str(row.columns[whole])), apart, in_roles=False)
        else:
            yield fields, "the record has no field of reactants, and none of a reaction"


def _find_roles(by_name: Mapping[str, str]) -> dict[str, str]:
    """Return role -> column of those that have one."""
    return {role: name for role, known in _INPUTS.items() if (name := _find(by_name, known)) is not None}


def _find(by_name: Mapping[str, str], known: tuple[str, ...]) -> str | None:
    return next((by_name[one] for one in known if one in by_name), None)


def _read_row(row: TableRow, apart: Mapping[str, str], *, in_roles: bool) -> _Written | AnyMolError:
    """Read a row: its reaction, or its reactants and product apart; and what helped, from columns of its own."""
    if row.error is not None:
        return row.error
    notes: list[str] = []
    try:
        if in_roles:
            reaction = Reaction(_read_cell(row.columns.get(apart["reactants"]), notes), (), _read_cell(row.main, notes))
        else:
            reaction = _parse(row.main or "").reaction
    except AnyMolError as error:
        return error
    helping = {role: _read_helping(row.columns.get(name), notes) for role, name in apart.items() if role in _HELPING}
    reagents = dict.fromkeys((*reaction.reagents, *helping.get("reagents", ())))
    known = {*helping.get("solvents", ()), *helping.get("catalysts", ())}
    return _Written(
        replace(reaction, reagents=tuple(one for one in reagents if one not in known)),
        helping.get("solvents", ()),
        helping.get("catalysts", ()),
        tuple(notes),
    )


def _read_helping(cell: object, notes: list[str]) -> tuple[str, ...]:
    """Read what helped; what cannot be read is noted, and costs the reaction nothing."""
    found: list[str] = []
    for one in filter(None, _SPLIT.split("" if cell is None else str(cell).strip())):
        try:
            found += _read_cell(one, notes)
        except AnyMolError as error:
            notes.append(f"'{shorten(one)}' is left out: {error.message}")
    return tuple(found)


def _parse(written: str) -> _Written:
    reaction = parse_reaction(written)
    if reaction.is_mixture:
        raise InvalidReactionError("this is not a reaction", value=written, hint="write reactants>reagents>products")
    return _Written(reaction)


def _read_cell(cell: object, notes: list[str]) -> tuple[str, ...]:
    """Return the molecules of a cell: one SMILES, or several molecules or names parted by semicolons.

    Args:
        cell: The cell.
        notes: Take what speaks against a reading.
    """
    written = "" if cell is None else str(cell).strip()
    read = [resolve_molecule(one, files=False) for one in _SPLIT.split(written) if one]
    notes += [doubt for one in read for doubt in one.doubts]
    return tuple(one.smiles for one in read)


def _read_lines(path: Path) -> Iterator[_Record]:
    with open_text(path) as stream:
        for line in read_raw_lines(stream, _MAX_RECORD):
            if not line.strip() or line.startswith("#"):
                continue
            written, _, name = line.strip().partition("\t" if "\t" in line.strip() else " ")
            try:
                yield {"id": name.strip()} if name.strip() else {}, _parse(written)
            except AnyMolError as error:
                yield {"id": name.strip()} if name.strip() else {}, error


# ------------------------------------------------------------------------------------------------------- RXN, RD files


def _read_rd(path: Path) -> Iterator[_Record]:
    with open_text(path) as stream:
        yield from (_read_block(lines) for lines in _split_rd(stream))


def _split_rd(stream: TextIO) -> Iterator[list[str]]:
    """Yield the lines of each reaction: an RXN block and the data that follow it."""
    lines: list[str] = []
    started = False
    for raw in read_raw_lines(stream, _MAX_RECORD):
        line = raw.rstrip("\r\n")
        if line.startswith(("$RFMT", "$RXN")) and started and (line.startswith("$RFMT") or _has_block(lines)):
            yield lines
            lines = []
        if line.startswith(("$RFMT", "$RXN")):
            started = True
        lines.append(line)
    if any(line.strip() for line in lines):
        yield lines


def _has_block(lines: list[str]) -> bool:
    return any(line.startswith("$RXN") for line in lines)


def _read_block(lines: list[str]) -> _Record:
    start = next((place for place, line in enumerate(lines) if line.startswith("$RXN")), None)
    data = next((place for place, line in enumerate(lines) if line.startswith("$DTYPE")), len(lines))
    fields = _name_fields(_read_data(lines[data:]))
    if start is None:
        return fields, "the record has no line $RXN"
    if "id" not in fields and start + 1 < len(lines) and lines[start + 1].strip():
        fields["id"] = lines[start + 1].strip()
    with rdBase.BlockLogs():
        try:
            read = rdChemReactions.ReactionFromRxnBlock("\n".join(lines[start:data]) + "\n")
        except (ValueError, RuntimeError) as error:
            return fields, f"the RXN block cannot be read: {shorten(str(error))}"
    try:
        return fields, _parse(_write_reaction(read))
    except AnyMolError as error:
        return fields, error


def _write_reaction(read: rdChemReactions.ChemicalReaction) -> str:
    sides = (read.GetReactants(), read.GetAgents(), read.GetProducts())
    return ">".join(".".join(map(_write_molecule, side)) for side in sides)


def _write_molecule(mol: Chem.Mol) -> str:
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(mol)
        except ValueError as error:
            raise InvalidReactionError(f"a molecule of the RXN block is wrong: {shorten(str(error))}") from None
        Chem.AssignChiralTypesFromBondDirs(mol)
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    return write_canonical(Chem.RemoveHs(mol))


def _read_data(lines: list[str]) -> dict[str, str]:
    """Return what ``$DTYPE`` and ``$DATUM`` say: the last part of a path of types names the field."""
    found: dict[str, str] = {}
    name: str | None = None
    for line in lines:
        if line.startswith("$DTYPE"):
            name = line.removeprefix("$DTYPE").strip().rsplit(":", 1)[-1].split("(")[0]
        elif line.startswith("$DATUM") and name is not None:
            found.setdefault(name, line.removeprefix("$DATUM").strip())
        elif name is not None and name in found and line.strip():
            found[name] += f" {line.strip()}"
    return found
