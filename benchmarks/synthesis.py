"""Records per second: the pipeline against a plain loop, modality by modality; memory; what 100 M rows would take.

The baseline of a modality is the loop that one would write without anymol: RDKit's calls where RDKit makes the record,
the engine's own function where nothing else does. Baseline, engine and pipeline take turns in one run; the ratio that
counts is the pipeline on two cores over the baseline on one.

    python benchmarks/synthesis.py --molecules molecules.smi
    python benchmarks/synthesis.py --molecules molecules.smi --modalities graph --memory 100000
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from machine import describe_machine
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers
from rdkit.Chem.Draw import rdMolDraw2D

from anymol.errors import AnyMolError
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import Engine, derive_seed
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.run import SynthesisPlan, synthesize
from anymol.synthesis.pipeline.work import InputRow
from anymol.synthesis.table import choose_engines

RESULTS = Path(__file__).parent / "results" / "synthesis.json"
WORKERS = 2
ROUNDS = 3
COUNTS = {Modality.GRAPH: 4000, Modality.CONFORMER: 60, Modality.IMAGE: 200, Modality.MS2: 200, Modality.IR: 400}
"""Molecules per round: a few seconds each."""

TARGETS = (1_300_000, 100_000_000)


def plain_graph(smiles: str) -> Any:
    mol = Chem.MolFromSmiles(smiles)
    atoms = np.array([(a.GetAtomicNum(), int(a.GetChiralTag())) for a in mol.GetAtoms()], np.uint8)
    bonds = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondType())) for b in mol.GetBonds()], np.int32)
    return atoms, bonds


def plain_conformer(smiles: str) -> Any:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = 1
    rdDistGeom.EmbedMultipleConfs(mol, 10, parameters)
    return rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(mol, maxIters=1000)


def plain_image(smiles: str) -> Any:
    canvas = rdMolDraw2D.MolDraw2DCairo(400, 400)
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, Chem.MolFromSmiles(smiles))
    canvas.FinishDrawing()
    return canvas.GetDrawingText()


PLAIN: dict[Modality, tuple[str, Callable[[str], Any]]] = {
    Modality.GRAPH: ("RDKit loop over atoms and bonds", plain_graph),
    Modality.CONFORMER: ("RDKit loop: ETKDGv3 x 10 + MMFF94", plain_conformer),
    Modality.IMAGE: ("RDKit loop: one plain 400 x 400 drawing, no augmentation", plain_image),
}


def time_loop(make: Callable[[str], Any], molecules: list[str]) -> float:
    """Return molecules per second of one core."""
    begun = time.perf_counter()
    for smiles in molecules:
        make(smiles)
    return len(molecules) / (time.perf_counter() - begun)


def time_pipeline(engine: Engine, molecules: list[str], workers: int) -> float:
    """Return molecules per second of the pipeline, its start left out: that is paid once, however long the run."""
    marks: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "molecules.smi"
        source.write_text("\n".join(molecules))
        plan = SynthesisPlan(source, (engine,), Path(folder) / "out")
        rows = (InputRow(number, str(number), smiles) for number, smiles in enumerate(molecules))
        synthesize(
            plan,
            rows,
            LocalExecutor(workers),
            on_progress=lambda progress: marks.append((time.perf_counter(), progress.made)),
        )
    # From the first results on: processes are up by then.
    (begun, before), (ended, after) = marks[workers], marks[-1]
    return (after - before) / (ended - begun)


def measure(engine: Engine, molecules: list[str], rounds: int) -> dict[str, Any]:
    """Return the rates of one modality: medians over rounds in which the arms take turns."""

    def own(smiles: str) -> None:
        with contextlib.suppress(AnyMolError):  # a molecule that the engine refuses is a row too
            engine.synthesize(smiles, derive_seed(smiles, engine.modality))

    name, plain = PLAIN.get(engine.modality, (f"loop over the engine {engine.name}", own))
    own(molecules[0])  # loads models, starts helpers
    rates: dict[str, list[float]] = {"plain": [], "engine": [], "pipeline": []}
    for _ in range(rounds):
        rates["plain"].append(time_loop(plain, molecules))
        rates["engine"].append(time_loop(own, molecules))
        rates["pipeline"].append(time_pipeline(engine, molecules * 4, WORKERS))
    median = {arm: statistics.median(found) for arm, found in rates.items()}
    per_core = median["pipeline"] / WORKERS
    return {
        "engine": f"{engine.name} {engine.version}",
        "molecules": len(molecules),
        "baseline": name,
        "baseline_per_second": round(median["plain"], 2),
        "engine_loop_per_second": round(median["engine"], 2),
        f"pipeline_{WORKERS}_cores_per_second": round(median["pipeline"], 2),
        "per_second_and_core": round(per_core, 2),
        "pipeline_over_engine_loop": round(median["pipeline"] / median["engine"], 2),
        "pipeline_over_baseline": round(median["pipeline"] / median["plain"], 2),
        "core_hours": {f"{count:,}": round(count / per_core / 3600, 1) for count in TARGETS},
    }


def measure_memory(engine: Engine, molecules: list[str], count: int) -> dict[str, Any]:
    """Return the memory of this process and its workers while `count` rows run through."""
    process = psutil.Process()
    samples: list[float] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.5):
            family = [process, *process.children(recursive=True)]
            samples.append(sum(one.memory_info().rss for one in family if one.is_running()) / 2**20)

    def rows() -> Iterator[InputRow]:
        for number in range(count):
            yield InputRow(number, str(number), molecules[number % len(molecules)])

    watcher = threading.Thread(target=sample, daemon=True)
    watcher.start()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "molecules.smi"
        source.write_text("\n".join(molecules))
        synthesize(SynthesisPlan(source, (engine,), Path(folder) / "out"), rows(), LocalExecutor(WORKERS))
    stop.set()
    watcher.join()
    quarter = len(samples) // 4
    return {
        "rows": count,
        "modality": str(engine.modality),
        "mib_second_quarter": round(statistics.median(samples[quarter : 2 * quarter]), 1),
        "mib_last_quarter": round(statistics.median(samples[-quarter:]), 1),
        "mib_peak": round(max(samples), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, required=True, help="SMILES, one per line, drug-like")
    parser.add_argument("--modalities", default="graph,conformer,image,ms2,ir")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--memory", type=int, default=0, metavar="N", help="watch memory over N rows of the first one")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    lines = arguments.molecules.read_text().split("\n")
    with rdBase.BlockLogs():
        molecules = [line.split()[0] for line in lines if line.strip() and Chem.MolFromSmiles(line.split()[0])]
    engines = choose_engines(arguments.modalities)
    # Modalities that are not measured now keep what was measured before.
    before = json.loads(arguments.output.read_text()) if arguments.output.is_file() else {"modalities": {}}
    setting = {"machine": describe_machine(), "rounds": arguments.rounds, "workers": WORKERS}
    result: dict[str, Any] = {**before, **setting}
    for engine in engines:
        result["modalities"][str(engine.modality)] = measure(
            engine, molecules[: COUNTS[engine.modality]], arguments.rounds
        )
        print(json.dumps(result["modalities"][str(engine.modality)]), flush=True)
    if arguments.memory:
        result["memory"] = measure_memory(engines[0], molecules, arguments.memory)
        print(json.dumps(result["memory"]))
    arguments.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
