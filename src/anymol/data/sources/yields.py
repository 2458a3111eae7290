"""Yields of nanomole screens and of Suzuki couplings in patents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.config import YieldFile, YieldsConfig
from anymol.data.drafts import Draft, format_number, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.reactions import write_mixture
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.conditions import BUCHWALD_HARTWIG, PATENT_SUZUKI, SUZUKI_MIYAURA
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

TASK: Final = "yield_prediction"
_COLUMNS: Final = ("row", "set", "reactants", "reagents", "products", "yield_percent")
_SETS: Final = {"buchwald_hartwig": BUCHWALD_HARTWIG, "suzuki_miyaura": SUZUKI_MIYAURA}

BUCHWALD_HARTWIG_VAL: Final = "CCc1ccc(Nc2ccc(C)cc2)cc1"
BUCHWALD_HARTWIG_TEST: Final = "Cc1ccc(Nc2cccnc2)cc1"
"""Products of the screen that are evaluated: two of five. A random split of its reactions, as published, only
interpolates between plates of the same products."""

_COUPLED: Final = Chem.MolFromSmarts("[$(c1ccc2ncccc2c1),$(c1ccc2c(cnn2)c1)]")
"""Quinolines and indazoles: what the Suzuki-Miyaura screen couples (Perera et al. 2018)."""


@dataclass(frozen=True)
class YieldsSource:
    """Examples of yields.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: YieldsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, set, reactants, reagents, product, percent) of a split, shuffled."""
        tables = []
        for file in self.config.files:
            match file:
                case YieldFile.SCREENS:
                    tables.append(_read_screens(origin, split))
                case YieldFile.PATENTS:
                    tables.append(_read_patents(origin, split))
        table = pa.concat_tables(tables)
        given = pc.add(
            pc.add(pc.utf8_length(table["reactants"]), pc.utf8_length(table["reagents"])),
            pc.utf8_length(table["products"]),
        )
        kept = table.filter(pc.less_equal(given, self.config.max_input))
        return iterate_rows(origin.shuffled(kept, f"yields/{split}"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the product."""
        return (row[4],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for the yield of one reaction.

        Raises:
            DataError: It is not a percentage.
        """
        number, reaction_set, reactants, reagents, products, percent = row
        if percent is None or not 0.0 <= percent <= 100.0:
            raise DataError(f"a yield of {percent} %", value=products)
        if reaction_set == SUZUKI_MIYAURA:
            reactants, reagents = part_inputs(reactants)
        shuffle = rng if split == "train" and rng.random() < self.config.randomized else None
        asked = TaskInput(
            reactants=write_mixture(canonicalize_smiles(reactants), shuffle),
            reagents=write_mixture(canonicalize_smiles(reagents), shuffle) if reagents else None,
            products=canonicalize_smiles(products),
            text=reaction_set,
        )
        answer = format_number(percent, get_task(TASK).decimals)
        file, source = ("yields_patent_suzuki", "uspto_suzuki") if reaction_set == PATENT_SUZUKI else ("yields", "")
        licence = self.licences.find(file, source).licence
        draft = Draft(f"yields/{reaction_set}/{number}", TASK, asked, answer, f"yields:{reaction_set}", licence, split)
        return [phrase_draft(draft, rng, self.config)]


def part_inputs(inputs: str) -> tuple[str, str]:
    """Return the coupling partners of a reaction of the Suzuki-Miyaura screen, and the rest.

    >>> part_inputs("Brc1ccc2ncccc2c1.CC#N.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O.O")
    ('Brc1ccc2ncccc2c1.Cc1ccc2c(cnn2C2CCCCO2)c1B(O)O', 'CC#N.O')
    """
    coupled: list[str] = []
    others: list[str] = []
    for smiles in inputs.split("."):
        (coupled if parse_smiles(smiles).HasSubstructMatch(_COUPLED) else others).append(smiles)
    return ".".join(coupled), ".".join(others)


def _read_screens(origin: DataOrigin, split: str) -> pa.Table:
    """Return the reactions of the two screens that belong to a split.

    The Suzuki-Miyaura screen has one product only, so that nothing of it is evaluated here; the test rows of its
    published random split are left alone. Evaluated are test rows of that split alone: what ships beside the model
    records the train rows (:mod:`anymol.retrieval.yield_screens`).
    """
    columns = ["dataset", "reaction_smiles", "reactants", "reagents", "product", "yield_percent", "split"]
    table = with_row_numbers(origin.read(YieldFile.SCREENS.value, columns))
    evaluated = {"val": BUCHWALD_HARTWIG_VAL, "test": BUCHWALD_HARTWIG_TEST}
    hartwig = pc.equal(table["dataset"], "buchwald_hartwig")
    if split == "train":
        other = pc.invert(pc.is_in(table["product"], pa.array(list(evaluated.values()))))
        kept = table.filter(pc.if_else(hartwig, other, pc.equal(table["split"], "train")))
    else:
        own = pc.and_(hartwig, pc.equal(table["product"], evaluated[split]))
        kept = table.filter(pc.and_(own, pc.equal(table["split"], "test")))
    inputs = pc.list_element(pc.split_pattern(kept["reaction_smiles"], ">>"), 0)
    return pa.table(
        {
            "row": kept["row"],
            "set": pa.array([_SETS[name] for name in kept["dataset"].to_pylist()], pa.string()),
            "reactants": pc.coalesce(kept["reactants"], inputs).cast(pa.string()),
            "reagents": pc.coalesce(kept["reagents"], pa.scalar("", kept["reagents"].type)).cast(pa.string()),
            "products": kept["product"].cast(pa.string()),
            "yield_percent": kept["yield_percent"].cast(pa.float64()),
        }
    )


def _read_patents(origin: DataOrigin, split: str) -> pa.Table:
    columns = ["reactants", "reagents", "products", "yield_percent", "split"]
    table = with_row_numbers(origin.read(YieldFile.PATENTS.value, columns))
    kept = table.filter(pc.equal(table["split"], split))
    return pa.table(
        {
            "row": kept["row"],
            "set": pa.array([PATENT_SUZUKI] * kept.num_rows, pa.string()),
            **{
                name: pc.coalesce(kept[name], pa.scalar("", kept[name].type)).cast(pa.string())
                for name in ("reactants", "reagents", "products")
            },
            "yield_percent": kept["yield_percent"].cast(pa.float64()),
        }
    )
