"""Plain records that both wings share: what a molecule looks like in each modality, and the parts of a message.

Nothing here imports RDKit or torch.
"""
