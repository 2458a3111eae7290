"""Plain records that both wings share: what a molecule looks like in each modality, and the parts of a message.

Nothing here imports RDKit or torch.
"""

from anymol.modalities.content import (
    ConformerPart,
    GraphPart,
    ImagePart,
    IrPart,
    Message,
    MoleculePart,
    Ms2Part,
    Part,
    Role,
    Speaker,
    TextPart,
)
from anymol.modalities.graph import MolecularGraph

__all__ = [
    "ConformerPart",
    "GraphPart",
    "ImagePart",
    "IrPart",
    "Message",
    "MolecularGraph",
    "MoleculePart",
    "Ms2Part",
    "Part",
    "Role",
    "Speaker",
    "TextPart",
]
