"""What a question shows of its molecules: the groups in which tasks over several modalities are reported."""

from __future__ import annotations

from anymol.data.compact import name_modality
from anymol.data.example import InstructionExample
from anymol.modalities.content import ConformerPart, GraphPart, ImagePart, IrPart, MoleculePart, Ms2Part
from anymol.tasks.task import TaskInput


def name_shown(example: InstructionExample, asked: TaskInput) -> str:
    """Return what an example shows, as ``image``, ``notation + graph`` or ``ms2 + formula``."""
    found: list[str] = []
    for message in example.messages:
        for part in message.parts:
            match part:
                case MoleculePart():
                    found.append("notation")
                case GraphPart():
                    found.append("graph")
                case ConformerPart() | ImagePart() | Ms2Part() | IrPart():
                    found.append(name_modality(part))
                case _:
                    pass
    names = list(dict.fromkeys(found)) + (["formula"] if asked.formula else [])
    return " + ".join(names) or "text"
