"""Reactions whose record tells roles, yield, procedure and steps: from patents and a laboratory notebook."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import pyarrow.compute as pc

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.config import ConditionsConfig, ConditionTask
from anymol.data.drafts import Draft, format_number, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.reactions import write_mixture
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.conditions import NOTEBOOK, PARAGRAPH, PATENT_REACTION, STEPS
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

FILE: Final = "conditions.parquet"
SOURCE: Final = "ord_uspto"
_PATENTS: Final = "uspto"
"""Beginning of the names of the data sets that were taken from patents."""

_COLUMNS: Final = (
    "row", "dataset", "reactants", "reagents", "solvents", "catalysts", "products", "yield_percent", "procedure",
    "actions",
)  # fmt: skip
_STEPS_SHARE: Final = 0.25
"""Share of the procedures that are asked for as steps, where steps are known."""

_LEAST_TYPED: Final = 0.6
"""Least share of the steps whose kind is known; of the others only the words are."""

_LEAST_STEPS: Final = 3
"""Fewer steps than these are no procedure."""

_REFERS = re.compile(
    r"\b(?:repeated|example|(?:described|prepared) (?:in|as|by|according)|as (?:described|above)|analogous\w*|"
    r"(?:same|similar) (?:manner|method|procedure|way|process)|according to|following the)\b",
    re.IGNORECASE,
)
"""Words of a procedure that refer to another one, which nobody sees."""

_VERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "addition": "ADD",
        "concentration": "CONCENTRATE",
        "dissolution": "MAKESOLUTION",
        "distillation": "DISTIL",
        "dry_in_vacuum": "DRYSOLID",
        "dry_with_material": "DRYSOLUTION",
        "extraction": "EXTRACT",
        "filtration": "FILTER",
        "stirring": "STIR",
        "temperature": "SETTEMPERATURE",
        "wait": "WAIT",
        "wash": "WASH",
    }
)
"""Kind of a step -> the verb for it, as Organic Syntheses' steps are written."""

_WITH: Final = frozenset({"EXTRACT", "WASH", "MAKESOLUTION"})
"""Verbs that take what they use behind 'with'."""


@dataclass(frozen=True)
class ConditionsSource:
    """Examples of solvents, catalysts, reagents, yields and procedures.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: ConditionsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield the fields of the reactions of a split with one product, shuffled."""
        table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "split"]))
        given = pc.add(pc.utf8_length(table["reactants"]), pc.utf8_length(table["products"]))
        fits = pc.and_(
            pc.less_equal(given, self.config.max_input), pc.invert(pc.match_substring(table["products"], "."))
        )
        kept = table.filter(pc.and_(fits, pc.equal(table["split"], split)))
        if origin.shippable and SOURCE not in self.licences.allowed("conditions"):
            return iter(())
        return iterate_rows(origin.shuffled(kept, f"conditions/{split}"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the product; of conditions the builder knows which may be answered as such."""
        return (row[6],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for everything that the record of a reaction tells.

        Raises:
            DataError: The record tells nothing that is asked for.
        """
        fields = dict(zip(_COLUMNS, row, strict=True))
        shuffle = rng if split == "train" and rng.random() < self.config.randomized else None
        inputs = _join(fields["reagents"], fields["solvents"], fields["catalysts"])
        asked = TaskInput(reactants=write_mixture(fields["reactants"], shuffle), products=fields["products"])
        made = []
        for task in self.config.tasks:
            found = self._answer(task, fields, inputs, split, rng)
            if found is None:
                continue
            text, answer = found
            # Where the conditions are the answer, none of them is told.
            told = None if text is None else write_mixture(inputs, shuffle) or None
            draft = Draft(
                f"conditions/{fields['row']}/{task}",
                task.value,
                replace(asked, reagents=told, text=text),
                answer,
                f"conditions:{SOURCE}",
                self.licences.find("conditions", SOURCE).licence,
                split,
            )
            made.append(phrase_draft(draft, rng, self.config))
        if not made:
            raise DataError("the record tells nothing that is asked for", value=fields["products"])
        return made

    def _answer(
        self, task: ConditionTask, fields: Mapping[str, Any], inputs: str, split: str, rng: random.Random
    ) -> tuple[str | None, str] | None:
        """Return what fills the text slot, and the answer; None where the record does not tell it."""
        match task:
            case ConditionTask.SOLVENTS | ConditionTask.CATALYSTS | ConditionTask.REAGENTS:
                column = {ConditionTask.SOLVENTS: "solvents", ConditionTask.CATALYSTS: "catalysts"}.get(task)
                mixture = inputs if column is None else _join(fields[column])
                return (None, mixture) if 0 < len(mixture) <= self.config.max_answer else None
            case ConditionTask.YIELD:
                percent = fields["yield_percent"]
                if percent is None or not 0.0 <= percent <= 100.0:
                    return None
                where = PATENT_REACTION if fields["dataset"].startswith(_PATENTS) else NOTEBOOK
                return where, format_number(percent, get_task(task.value).decimals)
            case ConditionTask.PROCEDURE:
                steps = write_steps(json.loads(fields["actions"] or "[]"))
                text = " ".join((fields["procedure"] or "").split())
                text = "" if _REFERS.search(text) else text
                as_steps = bool(steps) and (rng.random() < _STEPS_SHARE or not text)
                answer = steps if as_steps else text
                return (STEPS if as_steps else PARAGRAPH, answer) if 0 < len(answer) <= self.config.max_text else None


def write_steps(actions: list[dict[str, Any]]) -> str:
    """Return steps as one line, ``ADD water ; STIR for 2 h ; FILTER``; empty where the kind of too many is unknown."""
    typed = [action for action in actions if action["type"] in _VERBS]
    if len(typed) < _LEAST_STEPS or len(typed) < _LEAST_TYPED * len(actions):
        return ""
    return " ; ".join(map(_write_step, typed))


def _write_step(action: Mapping[str, Any]) -> str:
    verb = _VERBS[action["type"]]
    words = [verb]
    if components := [str(one) for one in action.get("components") or () if one]:
        words += ["with"] * (verb in _WITH) + [" and ".join(components)]
    if (celsius := action.get("temperature_c")) is not None:
        words.append(f"{'' if verb == 'SETTEMPERATURE' else 'at '}{celsius:g} °C")
    if (hours := action.get("duration_h")) is not None:
        words.append(f"for {hours:g} h")
    return " ".join(words)


def _join(*mixtures: str | None) -> str:
    """Return several mixtures as one, canonical; empty where nothing is stated."""
    written = ".".join(one for one in mixtures if one)
    return canonicalize_smiles(written) if written else ""
