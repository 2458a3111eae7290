"""Plain records that both wings share: what a molecule looks like in each modality, and the parts of a message.

Nothing here imports RDKit or torch.
"""

from anymol.modalities.content import (
    Message,
    MoleculePart,
    Part,
    RecordPart,
    Role,
    Speaker,
    TextPart,
)
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality

__all__ = [
    "Message",
    "Modality",
    "MolecularGraph",
    "MoleculePart",
    "Part",
    "RecordPart",
    "Role",
    "Speaker",
    "TextPart",
]
