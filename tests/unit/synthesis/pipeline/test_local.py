from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import EngineSettings, Synthesis
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.work import Chunk, InputRow


class NoSettings(EngineSettings):
    """Nothing to choose."""


@dataclass(frozen=True)
class DyingEngine:
    """Dies with its process on xenon, and raises what no engine should on neon."""

    settings: NoSettings = field(default_factory=NoSettings)
    modality: ClassVar[Modality] = Modality.GRAPH
    name: ClassVar[str] = "dying"
    version: ClassVar[str] = "1"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        if smiles == "[Xe]":
            os.kill(os.getpid(), signal.SIGKILL)
        if smiles == "[Ne]":
            raise ZeroDivisionError("a fault of the engine")
        return Synthesis(
            (MolecularGraph(np.zeros((1, 2), np.uint8), np.zeros((2, 0), np.int32), np.zeros((0, 2), np.uint8)),)
        )


def chunk(*smiles: str, start: int = 0) -> Chunk:
    return Chunk(0, tuple(InputRow(start + number, str(number), one) for number, one in enumerate(smiles)))


def test_a_row_that_kills_its_process_costs_itself_alone() -> None:
    chunks = [chunk("C", "N"), chunk("O", "[Xe]", "F", start=2), chunk("S", start=5), chunk("[Xe]", start=6)]
    found = list(LocalExecutor(2).run((DyingEngine(),), 0, chunks))
    assert [one for one, _ in found] == chunks
    outcomes = [outcome for _, outcomes in found for outcome in outcomes]
    assert [outcome.row.row for outcome in outcomes] == list(range(7))
    assert [outcome.kind for outcome in outcomes] == [None, None, None, "crash", None, None, "crash"]
    assert "crashed" in (outcomes[3].error or "")


def test_a_process_that_dies_while_results_are_used_stops_nothing() -> None:
    chunks = [chunk(one, start=number) for number, one in enumerate(["C", "N", "O", "[Xe]", *"CNOSFCNOSFCNOSF"])]
    kinds = []
    for _, outcomes in LocalExecutor(2).run((DyingEngine(),), 0, chunks):
        kinds += [outcome.kind for outcome in outcomes]
        time.sleep(0.05)  # the pool breaks while the caller writes a part, and the next chunk is handed to it
    assert kinds == [None, None, None, "crash", *[None] * 15]


def test_a_fault_of_an_engine_is_a_failed_row() -> None:
    ((_, (bad, good)),) = LocalExecutor(1).run((DyingEngine(),), 0, [chunk("[Ne]", "C")])
    assert (bad.kind, bad.records) == ("internal", None)
    assert "ZeroDivisionError" in (bad.error or "")
    assert good.records is not None


def test_processes_started_here_use_one_thread_and_ours_does_not_change() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    list(LocalExecutor(2).run((DyingEngine(),), 0, [chunk("C")]))
    assert os.environ.get("OMP_NUM_THREADS") == before
