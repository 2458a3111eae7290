"""Molecules as text and as structures: parse, canonicalise, convert, describe, name, draw.

Import the module you need, for example ``from anymol.chem.parsing import parse_smiles``. Only
:mod:`anymol.chem.notation` works without RDKit, so this file imports nothing.
"""
