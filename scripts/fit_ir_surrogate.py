"""Train the infrared surrogate: ``python scripts/fit_ir_surrogate.py --data-dir DIR --output FILE.safetensors``.

Reads the train and val rows of ``ir_xtb.parquet`` and, with ``--synthesized``, folders that ``anymol synthesize
--modalities ir:gfn2-xtb`` made. Writes weights (safetensors, 16 bits) and metadata (``.json`` beside them). With the
defaults, five minutes on one core.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from anymol.data.heldout import Heldout
from anymol.synthesis.infrared_references import read_line_spectra, read_synthesized_spectra
from anymol.synthesis.ir_surrogate import SurrogateArchitecture
from anymol.synthesis.ir_surrogate_fit import FitSettings, fit_surrogate


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("ANYMOL_DATA"), help="holds ir_xtb.parquet")
    parser.add_argument("--output", type=Path, required=True, help="file of weights, .safetensors")
    parser.add_argument("--synthesized", type=Path, action="append", default=[], help="a further folder of spectra")
    known, values = FitSettings(), SurrogateArchitecture()
    for name in ("epochs", "batch", "learning_rate", "weight_decay", "averaging", "seed"):
        default = getattr(known, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    for name in SurrogateArchitecture.model_fields:
        default = getattr(values, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    options = parser.parse_args()
    if options.data_dir is None:
        parser.error("give --data-dir, or set ANYMOL_DATA")
    architecture = SurrogateArchitecture(
        **{name: getattr(options, name) for name in SurrogateArchitecture.model_fields}
    )
    fields = ("epochs", "batch", "learning_rate", "weight_decay", "averaging", "seed")
    settings = FitSettings(architecture=architecture, **{name: getattr(options, name) for name in fields})
    train = read_line_spectra(options.data_dir, "train")
    sources = [f"ir_xtb.parquet, train, {len(train)} rows (GFN2-xTB 6.5.1, one conformer)"]
    for folder in options.synthesized:
        more = read_synthesized_spectra(folder, Heldout.read(Path(options.data_dir)).forbids_answer)
        sources.append(f"synthesized {folder.name}, {len(more)} rows")
        train += more
    metadata = fit_surrogate(
        train,
        read_line_spectra(options.data_dir, "val"),
        options.output,
        settings,
        trained_on="; ".join(sources) + "; epoch chosen on ir_xtb.parquet, val",
        command="python scripts/fit_ir_surrogate.py " + _write_command(sys.argv[1:]),
        report=lambda line: print(line, flush=True),
    )
    print(f"{options.output}: {options.output.stat().st_size} bytes, {metadata.figures}")


def _write_command(arguments: list[str]) -> str:
    """Return the arguments as typed, without the folder of the data, which is another one on every machine."""
    shown = list(arguments)
    if "--data-dir" in shown:
        shown[shown.index("--data-dir") + 1] = "$ANYMOL_DATA"
    return " ".join(one if one == "$ANYMOL_DATA" else shlex.quote(one) for one in shown)


if __name__ == "__main__":
    main()
