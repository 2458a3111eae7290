"""Names a second that OPSIN reads in its one Java process, against a process per name.

    python benchmarks/names.py
    python benchmarks/names.py --names 2000 --output FILE

The names are made by openclatura from the molecules of the shipped dictionaries, so that no data is needed. The arm of
one process per name starts Java for each of a few names only, as 0.1 did for every one. The same names must give the
same structures in both. On a busy machine the fastest of several rounds is nearest to what an idle one does; names per
processor second (Java's and Python's) stand beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

from machine import describe_machine

from anymol.chem import opsin
from anymol.chem.names import list_compositions
from anymol.chem.naming import name_molecule
from anymol.chem.opsin import list_java, read_systematic_name, read_systematic_names
from anymol.errors import UserError

RESULTS = Path(__file__).parent / "results" / "names.json"


def main() -> None:
    """Time both arms, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=1_000, help="names for the one process")
    parser.add_argument("--rounds", type=int, default=5, help="times they are read; the fastest counts")
    parser.add_argument("--alone", type=int, default=10, help="names for a process each")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    names = make_names(options.names)

    started = time.perf_counter()
    read_systematic_name("ethane")
    start = time.perf_counter() - started
    rounds = [time_round(names) for _ in range(options.rounds)]
    seconds = min(rounds, key=lambda one: sum(one[0]))[0]
    cpu = min(spent for _, spent in rounds)
    alone = [time_alone(name) for name in names[:: max(1, len(names) // options.alone)][: options.alone]]
    for name, smiles, _ in alone:
        assert read_systematic_name(name).smiles == smiles, name
    each = statistics.median(cost for _, _, cost in alone)
    figures = {
        "machine": describe_machine(),
        "names": len(names),
        "start_seconds": round(start, 2),
        "names_per_second": round(len(seconds) / sum(seconds), 1),
        "names_per_second_by_round": [round(len(one) / sum(one), 1) for one, _ in rounds],
        "names_per_second_together": round(len(names) / time_together(names), 1),
        "names_per_cpu_second": round(len(seconds) / cpu, 1),
        "median_ms": round(1e3 * statistics.median(seconds), 2),
        "slowest_ms": round(1e3 * max(seconds), 1),
        "one_process_per_name_seconds": round(each, 2),
        "ratio": round(each * len(seconds) / sum(seconds)),
    }
    options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def time_round(names: list[str]) -> tuple[list[float], float]:
    """Return the seconds of each name, and the processor seconds that Java and this process took for all of them."""
    assert opsin._opsin is not None
    java = opsin._opsin._process.pid
    spent = time.process_time() + opsin._measure_cpu(java)
    seconds: list[float] = []
    for name in names:
        before = time.perf_counter()
        read_systematic_name(name)
        seconds.append(time.perf_counter() - before)
    return seconds, time.process_time() + opsin._measure_cpu(java) - spent


def time_together(names: list[str]) -> float:
    """Return the seconds of all names sent together, as the isomers of an ambiguous name are."""
    before = time.perf_counter()
    read_systematic_names(names)
    return time.perf_counter() - before


def make_names(count: int) -> list[str]:
    """Return systematic names of molecules of the dictionaries, spread over all of them."""
    molecules = [hit.smiles for hit, _ in list_compositions()]
    names: list[str] = []
    for smiles in molecules[:: max(1, len(molecules) // (2 * count))]:
        try:
            name = name_molecule(smiles)
            read_systematic_name(name)
        except UserError:
            continue
        names.append(name)
        if len(names) == count:
            break
    opsin._stop()  # the start is timed too
    return names


def time_alone(name: str) -> tuple[str, str, float]:
    """Return a name, its structure and the seconds of a process of its own."""
    command = [str(next(list_java())), *opsin._JAVA_OPTIONS, "-jar", str(opsin._find_jar()), "-osmi", "-s"]
    before = time.perf_counter()
    done = subprocess.run(command, input=f"{name}\n", capture_output=True, encoding="utf-8", check=True)
    return name, done.stdout.strip(), time.perf_counter() - before


if __name__ == "__main__":
    main()
