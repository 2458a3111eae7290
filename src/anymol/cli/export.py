"""``anymol export``: a trained model in a form that other programs load."""

from __future__ import annotations

import argparse
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.cli.options import add_json, one_of, silence_libraries
from anymol.cli.output import log, print_json
from anymol.cli.parser import Parser, UsageError
from anymol.errors import AdapterError

if TYPE_CHECKING:
    from anymol.models.modeling import AnyMolForCausalLM
    from anymol.models.processor import AnyMolProcessor

NAME: Final = "export"
HELP: Final = "Write a trained model in a form that other programs load: a plain decoder, or a LoRA of PEFT."


DECODER: Final = "decoder"
"""Folder, beside a LoRA, of the decoder that it belongs to."""


class Format(StrEnum):
    """What is written."""

    LORA = "lora"
    MERGED = "merged"
    DECODER = "decoder"


def add_arguments(parser: Parser) -> None:
    """Declare the model, the format and the place of what is written."""
    parser.add_argument("model", metavar="MODEL", help="a model directory, a name on the hub, or 'embedded'")
    parser.add_argument(
        "--format",
        required=True,
        type=one_of(Format),
        choices=tuple(Format),
        help="lora: the adapter as PEFT, vLLM and others load it, with its tokenizer and, where tokens joined, the "
        "decoder that it belongs to; merged: this model with its adapter written into the decoder; decoder: the "
        "decoder alone, adapter merged, as a directory of transformers",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--molecule", metavar="SMILES", help="MoRA, as lora: the molecule whose adapter is written")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Read the model, write what was asked for, and say where it is."""
    silence_libraries()
    from anymol.models.checkpoint import load_checkpoint, save_checkpoint
    from anymol.models.locating import locate_model
    from anymol.models.plain_decoder import write_plain_decoder

    output = Path(options.output)
    with locate_model(options.model) as directory:
        # In the type that it is stored in: a decoder of bf16 stays one.
        model, processor, manifest = load_checkpoint(directory, dtype=None)
    if not model.config.adapters and options.format is not Format.DECODER:
        raise AdapterError(
            "this model has no adapter",
            value=options.model,
            hint="--format decoder writes its decoder as it is",
        )
    if options.molecule is not None and (options.format is not Format.LORA or not model.is_conditioned):
        raise UsageError("--molecule belongs to --format lora of a MoRA model", value=options.molecule)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError("there is something at the output already", value=output, hint="give a new folder")
    match options.format:
        case Format.LORA:
            _write_lora(model, processor, output, options.molecule)
        case Format.MERGED:
            model.merge_adapter()
            provenance = {**(manifest.provenance or {}), "merged_from": str(options.model)}
            save_checkpoint(output, model, processor, config=manifest.config, provenance=provenance)
        case Format.DECODER:
            if model.config.adapters:
                model.merge_adapter()
            write_plain_decoder(model, processor, output)
    left = ", ".join(model.config.modalities) if options.format is not Format.MERGED else ""
    if options.json:
        print_json({"format": options.format, "output": str(output), "left_out": list(model.config.modalities)})
    else:
        log(f"written: {output}")
        if left:
            log(f"not in it: what reads {left}; molecules are written in text")
    return 0


def _write_lora(model: AnyMolForCausalLM, processor: AnyMolProcessor, output: Path, molecule: str | None) -> None:
    """Write the adapter with its tokenizer, and the decoder with the tokens that joined it, if any did."""
    from anymol.models.plain_decoder import write_plain_decoder

    has_tokens = model.extra_tokens is not None
    model.decoder.config.name_or_path = str((output / DECODER).resolve()) if has_tokens else ""
    _write_adapter(model, output, molecule)
    processor.tokenizer.save_pretrained(output)
    if has_tokens:
        model.remove_adapter()
        write_plain_decoder(model, processor, output / DECODER)


def _write_adapter(model: AnyMolForCausalLM, output: Path, molecule: str | None) -> None:
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
