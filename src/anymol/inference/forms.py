"""The forms in which one question gives its molecule: written, by formula, and by each record; any of them left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rdkit import Chem

from anymol.chem.formula import write_formula
from anymol.inference.agreement import flatten
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, TaskInput

_TITLES: Final = {
    "molecule": "the molecule written",
    "formula": "the formula",
    Modality.GRAPH: "the graph",
    Modality.CONFORMER: "the geometry",
    Modality.IMAGE: "the drawing",
    Modality.MS2: "the MS/MS spectrum",
    Modality.IR: "the infrared spectrum",
}


@dataclass(frozen=True)
class Form:
    """One form in which a molecule is given.

    Attributes:
        name: ``molecule``, ``formula``, or the modality, numbered from the second on: ``ms2 2``.
        title: What it is called in a sentence.
        written: SMILES or formula; None of a record.
        places: Which of the slot's records it is; all graphs are one form.
        smiles: The structure that it states by itself; None of drawings and spectra.
        formula: The formula that it states, where it states no structure.
    """

    name: str
    title: str
    written: str | None = None
    places: tuple[int, ...] = ()
    smiles: str | None = None
    formula: str | None = None


@dataclass(frozen=True)
class Forms:
    """All forms of the molecule that a question is about.

    Attributes:
        task_input: The question.
        slot: The slot of the molecule.
        listed: The forms, in the order in which they are given.
    """

    task_input: TaskInput
    slot: Slot
    listed: tuple[Form, ...]

    def find_part(self, form: Form) -> RecordPart | None:
        """Return the record of a form; None of what is written."""
        return self.task_input.records[self.slot][form.places[0]] if form.places else None

    def keep(self, names: Collection[str]) -> TaskInput:
        """Return the question with some of its forms only.

        A structure that is written beside a record that states the same goes where that record goes.
        """
        kept = [form for form in self.listed if form.name in names]
        parts, files = self.task_input.records.get(self.slot, ()), self.task_input.files.get(self.slot, ())
        places = sorted(place for form in kept for place in form.places)
        chosen = tuple(parts[place] for place in places)
        paths = tuple(files[place] for place in places) if len(files) == len(parts) else ()
        others = {slot: held for slot, held in self.task_input.records.items() if slot is not self.slot}
        found = replace(
            self.task_input,
            records={**others, self.slot: chosen} if chosen else others,
            files={**self.task_input.files, self.slot: paths},
            formula=self.task_input.formula if any(form.name == "formula" for form in kept) else None,
        )
        return found if any(form.smiles for form in kept) else _unwrite(found, self.slot)


def list_forms(task_input: TaskInput) -> Forms:
    """Return the forms in which a question gives its molecule; of reactants, of which each may be shown, none."""
    slot = next((one for one in (Slot.MOLECULE, Slot.PRODUCTS) if task_input.records.get(one)), Slot.MOLECULE)
    parts, written = task_input.records.get(slot, ()), task_input.get(slot)
    listed = [] if written is None else [Form("molecule", _TITLES["molecule"], written, smiles=written)]
    if task_input.formula is not None:
        listed.append(Form("formula", _TITLES["formula"], task_input.formula, formula=task_input.formula))
    graphs = tuple(place for place, part in enumerate(parts) if part.modality is Modality.GRAPH)
    if graphs:
        smiles = ".".join(part.smiles or "" for part in parts if part.modality is Modality.GRAPH)
        listed.append(Form(Modality.GRAPH.value, _TITLES[Modality.GRAPH], places=graphs, smiles=smiles or None))
    counts = Counter(part.modality for part in parts)
    seen: Counter[Modality] = Counter()
    for place, part in enumerate(parts):
        if part.modality is Modality.GRAPH:
            continue
        seen[part.modality] += 1
        number = seen[part.modality]
        title = _TITLES.get(part.modality, f"the {part.modality} record")
        if counts[part.modality] > 1:
            title = f"{title} {number}"
        name = part.modality.value if number == 1 else f"{part.modality} {number}"
        listed.append(Form(name, title, None, (place,), *_read_conformer(part)))
    return Forms(task_input, slot, tuple(_merge_written(listed)))


def _read_conformer(part: RecordPart) -> tuple[str | None, str | None]:
    """Return the structure of a geometry and, where its bonds are not known, the formula."""
    if not isinstance(part.record, Conformer):
        return None, None
    if part.smiles:
        return part.smiles, None
    table = Chem.GetPeriodicTable()
    return None, write_formula(
        Counter(table.GetElementSymbol(number) for number in part.record.atomic_numbers.tolist())
    )


def _merge_written(listed: Sequence[Form]) -> list[Form]:
    """Leave out what is written where a record states the same: it was filled in from there."""
    stated = {flatten(form.smiles) for form in listed if form.smiles and form.places}
    return [one for one in listed if not (one.name == "molecule" and one.smiles and flatten(one.smiles) in stated)]


def _unwrite(task_input: TaskInput, slot: Slot) -> TaskInput:
    return replace(task_input, products=None) if slot is Slot.PRODUCTS else replace(task_input, molecule=None)
