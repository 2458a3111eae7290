"""The same molecule in another notation, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Program, Result, Takes
from anymol.chem.depiction import ImageFormat, render_molecule
from anymol.chem.keys import inchikey, write_inchi
from anymol.chem.parsing import write_canonical
from anymol.chem.selfies import encode_selfies

_ASPIRIN: Final = ("CC(=O)Oc1ccccc1C(=O)O",)
_LARGEST_V2000: Final = 999
"""Atoms and bonds that the older form of a mol block can count."""


def _write_in(title: str, write: Callable[[Inquiry], str]) -> Callable[[Inquiry], Result]:
    def compute(asked: Inquiry) -> Result:
        text = write(asked)
        return Result(text, text, f"The {title} of {asked.shown} is {text}")

    return compute


def _smiles(asked: Inquiry) -> Result:
    mol = asked.mol
    text = write_canonical(mol)
    notes: tuple[str, ...] = ()
    if "kekul" in asked.text.lower():
        plain = Chem.Mol(mol)
        Chem.Kekulize(plain, clearAromaticFlags=True)
        text = Chem.MolToSmiles(plain, kekuleSmiles=True)
    elif (flat := write_canonical(mol, isomeric=False)) != text:
        notes = (f"without stereochemistry and isotopes: {flat}",)
    return Result(text, text, f"The canonical SMILES of {asked.shown} is {text}", notes=notes)


SMILES: Final = Calculation(
    name="smiles",
    title="canonical SMILES",
    words=("smiles", "canonical smiles", "smiles string", "isomeric smiles", "smiles notation", "smiles code",
           "kekule smiles", "canonicalize", "canonicalise", "canonical form", "smiles representation"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="RDKit's canonical SMILES",
    compute=_smiles,
    exact=True,
    example=Example("What is the canonical SMILES of this molecule?", ("OCC",), "CCO"),
)  # fmt: skip


def _inchi(asked: Inquiry) -> Result:
    text, remark = write_inchi(asked.mol)
    notes = (f"InChI remarks: {remark}",) if remark else ()
    return Result(text, text, f"The InChI of {asked.shown} is {text}", notes=notes)


INCHI: Final = Calculation(
    name="inchi",
    title="InChI",
    words=(
        "inchi",
        "standard inchi",
        "inchi string",
        "inchi code",
        "inchi notation",
        "international chemical identifier",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="IUPAC's InChI 1, standard",
    compute=_inchi,
    exact=True,
    example=Example("What is the InChI of ethanol?", ("CCO",), "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"),
)

INCHIKEY: Final = Calculation(
    name="inchikey",
    title="InChIKey",
    words=("inchikey", "inchi key", "standard inchikey", "hashed inchi"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="IUPAC's InChI 1, standard key",
    compute=_write_in("InChIKey", lambda asked: inchikey(asked.mol)),
    exact=True,
    example=Example("What is the InChIKey of ethanol?", ("CCO",), "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"),
)


def _selfies(asked: Inquiry) -> Result:
    found = encode_selfies(write_canonical(asked.mol))
    notes = () if not found.changed else ("SELFIES does not hold everything of it: it decodes to another molecule",)
    return Result(found.selfies, found.selfies, f"The SELFIES of {asked.shown} is {found.selfies}", notes=notes)


SELFIES: Final = Calculation(
    name="selfies",
    title="SELFIES",
    words=("selfies", "selfies string", "selfies notation", "self referencing embedded string"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="encoder",
    program=Program.SELFIES,
    compute=_selfies,
    exact=True,
    example=Example("Write ethanol as SELFIES.", ("CCO",), "[C][C][O]"),
)


def _mol_block(asked: Inquiry) -> Result:
    mol = Chem.Mol(asked.mol)
    rdDepictor.Compute2DCoords(mol)
    large = max(mol.GetNumAtoms(), mol.GetNumBonds()) > _LARGEST_V2000
    with rdBase.BlockLogs():
        text = Chem.MolToV3KMolBlock(mol) if large else Chem.MolToMolBlock(mol)
    return Result(text, text, f"The mol block of {asked.shown}, with flat coordinates:")


_WATER: Final = (
    "\n     RDKit          2D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"
    "    0.0000    0.0000    0.0000 O   0  0  0  0  0  0  0  0  0  0  0  0\nM  END\n"
)

MOL_BLOCK: Final = Calculation(
    name="mol_block",
    title="mol block",
    words=("mol block", "molblock", "mol file", "molfile", "sdf", "ctfile", "connection table", "sd file", "mdl mol",
           "mdl molfile", ".mol", "v2000"),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="V2000 (V3000 above 999 atoms) with RDKit's flat coordinates",
    compute=_mol_block,
    example=Example("Write this molecule as a mol block.", ("O",), _WATER),
)  # fmt: skip


def _draw(asked: Inquiry) -> Result:
    smiles = asked.subjects[0].smiles
    drawing = render_molecule(smiles, ImageFormat.SVG).decode("utf-8")
    value = write_canonical(asked.mol)
    return Result(value, value, f"{asked.shown} is drawn.", parts=(Part("svg", drawing),))


DRAW: Final = Calculation(
    name="draw",
    title="drawing",
    words=("draw", "depict", "sketch", "show the structure", "show me the structure", "structural formula", "drawing",
           "picture", "2d structure", "render", "visualize", "visualise", "skeletal formula", "plot", "image",
           "display",
           "display the structure", "draw the structure", "structure diagram", "lewis structure"),
    takes=Takes.ONE,
    gives=Gives.MOLECULE,
    method="RDKit's flat coordinates",
    compute=_draw,
    example=Example("Draw this molecule.", ("CCO",), "CCO"),
)  # fmt: skip
