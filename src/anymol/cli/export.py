"""``anymol export``: a model's adapter in a form that other programs load."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.options import add_json, silence_libraries
from anymol.cli.output import log, print_json
from anymol.cli.parser import Parser, UsageError
from anymol.errors import AdapterError

if TYPE_CHECKING:
    from anymol.models.modeling import AnyMolForCausalLM

NAME: Final = "export"
HELP: Final = "Write a model's adapter as a plain PEFT LoRA, or the model with its adapter merged into the decoder."
_LORA, _MERGED = "lora", "merged"


def add_arguments(parser: Parser) -> None:
    """Declare the model, the format and the place of what is written."""
    parser.add_argument("model", metavar="MODEL", help="a model directory, or the name of a model on the hub")
    parser.add_argument("--format", required=True, choices=(_LORA, _MERGED), help="what is written")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--molecule", metavar="SMILES", help="MoRA, as lora: the molecule whose adapter is written")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Read the model, write what was asked for, and say where it is."""
    silence_libraries()
    from anymol.models.checkpoint import load_checkpoint, save_checkpoint
    from anymol.models.locating import locate_model

    output = Path(options.output)
    with locate_model(options.model) as directory:
        model, processor, manifest = load_checkpoint(directory)
    if not model.config.adapters:
        raise AdapterError(
            "this model has no adapter",
            value=options.model,
            hint="its decoder stands in it as it is; nothing to export",
        )
    if options.molecule is not None and (options.format != _LORA or not model.is_conditioned):
        raise UsageError("--molecule belongs to --format lora of a MoRA model", value=options.molecule)
    if options.format == _LORA:
        _write_lora(model, output, options.molecule)
    else:
        if output.exists():
            raise UsageError("there is something at the output already", value=output, hint="give a new folder")
        model.merge_adapter()
        provenance = {**(manifest.provenance or {}), "merged_from": str(options.model)}
        save_checkpoint(output, model, processor, config=manifest.config, provenance=provenance)
    if options.json:
        print_json({"format": options.format, "output": str(output)})
    else:
        log(f"written: {output}")
    return 0


def _write_lora(model: AnyMolForCausalLM, output: Path, molecule: str | None) -> None:
    from anymol.adapters.export import export_lora
    from anymol.models.adaptation import save_lora

    if model.adapter is None:
        save_lora(model.decoder, model.config.adapter_configs[0], output)
        return
    if not model.is_conditioned:
        export_lora(model.adapter, output)
        return
    if molecule is None:
        raise UsageError("a MoRA adapter is written for one molecule", hint="name it by --molecule SMILES")
    from anymol.encoders.graph import GraphEncoderConfig, collate_graphs
    from anymol.synthesis.graph import synthesize_graph

    features = GraphEncoderConfig().read(synthesize_graph(molecule))
    states, mask, index, roles = model.read_molecules(collate_graphs([features]))
    export_lora(model.adapter, output, states=states, mask=mask, molecule_index=index, roles=roles)
