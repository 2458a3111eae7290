"""SMILES to modality records, one engine per file."""
