"""How good synthesised records are: every modality against what was measured or computed better, with pictures.

Structures are held back: the MS/MS and infrared engines were fitted on other molecules, and the detector that reads the
drawings never saw these. Graphs are exact by definition and are not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from anymol.data.sources.molecules import FILE as MOLECULES_FILE
from anymol.errors import AnyMolError, ConfigError
from anymol.evaluation.synthesis_conformer import ConformerReport, evaluate_conformers
from anymol.evaluation.synthesis_image import ImageReport, evaluate_images
from anymol.evaluation.synthesis_ir import IrReport, evaluate_ir
from anymol.evaluation.synthesis_ms2 import Ms2Report, evaluate_ms2
from anymol.modalities.modality import Modality

JUDGED: Final = (Modality.CONFORMER, Modality.IMAGE, Modality.MS2, Modality.IR)
"""Modalities whose records can be better or worse."""


@dataclass(frozen=True)
class SynthesisPlan:
    """What is measured.

    Attributes:
        data_dir: The data directory.
        split: ``val``, or ``test`` for the final figures.
        limit: Molecules or spectra of each modality; conformers and drawings, which are dear, take a tenth.
        seed: Draws them.
        modalities: Which ones.
        measured: Folder of measured records (crystal structures, infrared spectra) instead of those of `data_dir`; for
            one modality at a time.
    """

    data_dir: Path
    split: str = "val"
    limit: int = 400
    seed: int = 0
    modalities: tuple[Modality, ...] = JUDGED
    measured: Path | None = None

    def __post_init__(self) -> None:
        if self.measured is not None and (
            len(self.modalities) != 1 or self.modalities[0] not in (Modality.CONFORMER, Modality.IR)
        ):
            raise ConfigError("measured records are of one modality", hint="add --modality conformer or --modality ir")
        if unknown := set(self.modalities) - set(JUDGED):
            raise ConfigError(f"{min(unknown)} is not measured", hint=f"known: {', '.join(JUDGED)}")


@dataclass(frozen=True)
class SynthesisEvaluation:
    """What was found, modality by modality; None where it was not asked for.

    Attributes:
        split: The split measured on.
        conformer: Energies against a wide search.
        image: What the drawing reader makes of drawings.
        ms2: Spectra against measured ones.
        ir: Spectra against GFN2-xTB or measured ones.
        notes: What could not be measured, and why.
    """

    split: str
    conformer: ConformerReport | None = None
    image: ImageReport | None = None
    ms2: Ms2Report | None = None
    ir: IrReport | None = None
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the whole of ``figures.json``; engines that were not measured are left out."""
        reports = {"conformer": self.conformer, "image": self.image, "ms2": self.ms2, "ir": self.ir}
        found = {name: report.to_json() for name, report in reports.items() if report is not None}
        return {"split": self.split, **found, "notes": list(self.notes)}


def evaluate_synthesis(plan: SynthesisPlan, *, log: Callable[[str], None] = lambda _: None) -> SynthesisEvaluation:
    """Measure the engines.

    Args:
        plan: What is measured.
        log: Told what begins.

    Raises:
        AnyMolError: The data are missing. A modality whose program is missing is left out with a note.
    """
    notes: list[str] = []

    def measure(modality: Modality, run: Callable[[], Any]) -> Any:
        if modality not in plan.modalities:
            return None
        log(f"measuring {modality}")
        try:
            return run()
        except AnyMolError as error:
            if len(plan.modalities) == 1:
                raise
            notes.append(f"{modality}: not measured: {error}")
            return None

    few = max(10, plan.limit // 10)
    return SynthesisEvaluation(
        plan.split,
        measure(
            Modality.CONFORMER,
            lambda: evaluate_conformers(
                [] if plan.measured else _draw_molecules(plan, few), measured=plan.measured, seed=plan.seed
            ),
        ),
        measure(
            Modality.IMAGE,
            lambda: evaluate_images(plan.data_dir, split=plan.split, limit=max(40, plan.limit // 3), seed=plan.seed),
        ),
        measure(Modality.MS2, lambda: evaluate_ms2(plan.data_dir, split=plan.split, limit=plan.limit, seed=plan.seed)),
        measure(
            Modality.IR,
            lambda: evaluate_ir(
                plan.data_dir, split=plan.split, limit=plan.limit, seed=plan.seed, measured=plan.measured
            ),
        ),
        tuple(notes),
    )


def _draw_molecules(plan: SynthesisPlan, count: int) -> list[str]:
    table = pq.read_table(plan.data_dir / MOLECULES_FILE, columns=["smiles"])["smiles"]
    chosen = np.random.default_rng(plan.seed).choice(len(table), count, replace=False)
    return [str(table[int(place)].as_py()) for place in chosen]
