"""Plain records that both wings share: what a molecule looks like in each modality, and the parts of a message.

Nothing here imports RDKit or torch.
"""

from anymol.modalities.content import GraphPart, Message, MoleculePart, Part, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph

__all__ = ["GraphPart", "Message", "MolecularGraph", "MoleculePart", "Part", "Role", "Speaker", "TextPart"]
