"""Patent reactions, asked forwards, backwards, and for their reagents, solvents and catalysts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.chem.alignment import align_reactants, align_smiles
from anymol.chem.reaction import find_largest
from anymol.chem.variants import randomize_smiles
from anymol.data.config import ReactionsConfig, ReactionTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.featurize import featurize_scheme
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.reaction_classes import name_reaction_class
from anymol.tasks.task import ReagentsState, Slot, TaskInput

FILE: Final = "reactions.parquet"
_COLUMNS: Final = ("row", "reactants", "reagents", "products", "official_splits", "reagents_state")
_EXTRA: Final = {
    ReactionTask.SOLVENTS: "solvents_guess",
    ReactionTask.CATALYSTS: "catalysts_guess",
    ReactionTask.BY_CLASS: "reaction_class",
}
"""The column that a task needs beside the others."""


@dataclass(frozen=True)
class ReactionsSource:
    """Examples of one reaction task.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: ReactionsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, reactants, reagents, products, source, state) of usable reactions, shuffled.

        Where the task needs one more column (:data:`_EXTRA`), its value follows.
        """
        config = self.config
        extra = [_EXTRA[config.task]] if config.task in _EXTRA else []
        table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "split", "product_among_reactants", *extra]))
        length = pc.utf8_length
        asked = pc.add(length(table["reactants"]), length(table["reagents"]))
        answer = length(table["products"])
        match config.task:
            case ReactionTask.FORWARD:
                fits = pc.and_(pc.less_equal(asked, config.max_input), pc.less_equal(answer, config.max_answer))
            case ReactionTask.RETROSYNTHESIS:
                # Mixed rows would make the answer a list of solvents with the reactants hidden among them.
                fits = pc.and_(
                    pc.and_(
                        pc.less_equal(answer, config.max_input),
                        pc.less_equal(length(table["reactants"]), config.max_answer),
                    ),
                    pc.not_equal(table["reagents_state"], ReagentsState.MIXED.value),
                )
            case ReactionTask.REAGENTS:
                separated = pc.equal(table["reagents_state"], ReagentsState.SEPARATED.value)
                fits = pc.and_(
                    pc.and_(separated, pc.greater(length(table["reagents"]), 0)),
                    pc.and_(
                        pc.less_equal(length(table["reagents"]), config.max_answer),
                        pc.less_equal(pc.add(length(table["reactants"]), answer), config.max_input),
                    ),
                )
            case ReactionTask.COMPLETION:
                separated = pc.equal(table["reagents_state"], ReagentsState.SEPARATED.value)
                named = pc.and_(separated, pc.greater(length(table["reagents"]), 0))
                fits = pc.and_(named, pc.less_equal(pc.add(asked, answer), config.max_input))
            case ReactionTask.SOLVENTS | ReactionTask.CATALYSTS:
                stated = pc.fill_null(length(table[_EXTRA[config.task]]), 0)
                separated = pc.equal(table["reagents_state"], ReagentsState.SEPARATED.value)
                fits = pc.and_(
                    pc.and_(separated, pc.and_(pc.greater(stated, 0), pc.less_equal(stated, config.max_answer))),
                    pc.less_equal(pc.add(length(table["reactants"]), answer), config.max_input),
                )
            case ReactionTask.BY_CLASS:
                fits = pc.and_(
                    pc.and_(
                        pc.less_equal(answer, config.max_input),
                        pc.less_equal(length(table["reactants"]), config.max_answer),
                    ),
                    pc.and_(
                        pc.not_equal(table["reagents_state"], ReagentsState.MIXED.value),
                        pc.greater(pc.fill_null(length(table[_EXTRA[config.task]]), 0), 0),
                    ),
                )
            case ReactionTask.RECOGNITION:
                fits = pc.and_(pc.less_equal(asked, config.max_input), pc.less_equal(answer, config.max_answer))
        # A product that is also an input, or one of several, is not an answer to learn.
        single = pc.invert(pc.match_substring(table["products"], "."))
        new = pc.invert(pc.fill_null(table["product_among_reactants"], False))
        kept = table.filter(pc.and_(pc.and_(fits, pc.equal(table["split"], split)), pc.and_(single, new)))
        allowed = self.licences.allowed("reactions")
        for row, reactants, reagents, products, splits, state, *more in iterate_rows(
            origin.shuffled(kept, f"reactions/{split}"), (*_COLUMNS, *extra)
        ):
            source = splits.split("/", 1)[0]
            if not origin.shippable or source in allowed:
                yield (row, reactants, reagents, products, source, state, *more)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the product, and the reactants that the task answers with.

        Of reagents, solvents and catalysts the builder knows which may be answered as such.
        """
        _, reactants, _, products, *_ = row
        match self.config.task:
            case ReactionTask.RETROSYNTHESIS | ReactionTask.BY_CLASS:
                return (products, reactants)
            case _:
                return (products,)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Make the examples of a reaction: canonical input in `val`, in part randomised in training."""
        training = split == "train"
        made = []
        for copy in range(self.config.copies if training else 1):
            shuffle = training and rng.random() < self.config.randomized
            draft = self._draft(row, split, rng if shuffle else None, copy, rng)
            made.append(phrase_draft(draft, rng, self.config))
        return made

    def _draft(self, row: SourceRow, split: str, rng: random.Random | None, copy: int, drawn: random.Random) -> Draft:
        number, reactants, reagents, products, source, state, *more = row
        match self.config.task:
            case ReactionTask.FORWARD:
                asked = write_mixture(reactants, rng)
                task_input = TaskInput(
                    reactants=asked, reagents=write_mixture(reagents, rng) or None, reagents_state=ReagentsState(state)
                )
                answer = self._align(products, find_largest(asked))
            case ReactionTask.RETROSYNTHESIS:
                asked = write_mixture(products, rng)
                task_input = TaskInput(products=asked, reagents_state=ReagentsState(state))
                answer = align_reactants(reactants, asked) if self.config.align else reactants
            case ReactionTask.REAGENTS | ReactionTask.SOLVENTS | ReactionTask.CATALYSTS:
                asked = write_mixture(reactants, rng)
                product = self._align(products, find_largest(asked)) if rng is not None else products
                task_input = TaskInput(reactants=asked, products=product)
                answer = more[0] if more else reagents
            case ReactionTask.BY_CLASS:
                named = name_reaction_class(more[0])
                if named is None:
                    raise DataError(f"'{more[0]}' is not a known class of reactions", value=products)
                asked = write_mixture(products, rng)
                task_input = TaskInput(products=asked, text=named)
                answer = align_reactants(reactants, asked) if self.config.align else reactants
            case ReactionTask.COMPLETION:
                whole = {
                    "reactants": write_mixture(reactants, rng),
                    "reagents": write_mixture(reagents, rng),
                    "products": products,
                }
                # The builder looks at the molecules of the answer too, whichever part it is.
                answer = whole.pop(drawn.choice(list(whole)))
                task_input = TaskInput(**whole)
            case ReactionTask.RECOGNITION:
                answer = ">".join((reactants, reagents or "", products))
                picture = featurize_scheme(answer, drawn)
                task_input = TaskInput(records={Slot.MOLECULE: (picture,)})
        return Draft(
            id=f"reactions/{number}/{self.config.task}/{copy}",
            task=self.config.task.value,
            task_input=task_input,
            answer=answer,
            source=source,
            licence=self.licences.find("reactions", source).licence,
            split=split,
        )

    def _align(self, smiles: str, reference: str) -> str:
        return align_smiles(smiles, reference) if self.config.align else smiles


def write_mixture(smiles: str, rng: random.Random | None) -> str:
    """Return a mixture as it is, or each molecule in random writing and all in random order."""
    if rng is None or not smiles:
        return smiles
    pieces = [randomize_smiles(piece, rng) for piece in smiles.split(".")]
    rng.shuffle(pieces)
    return ".".join(pieces)
