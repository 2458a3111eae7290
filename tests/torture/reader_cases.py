"""A good file for every reader, and what damages one. A new reader joins by one row of `CASES`."""

from __future__ import annotations

import base64
import io
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from anymol.readers import read_molecules
from anymol.readers.formats import read_conformers, read_images, read_infrared_spectra, read_mass_spectra


@dataclass(frozen=True)
class Case:
    """One reader: how it is called, the name of its file and what a good one holds."""

    read: Callable[[Path], Iterator[Any]]
    name: str
    make: Callable[[], bytes]


def make_mol() -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles("CC(=O)O"))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=3) == 0
    return mol


def make_sdf(v3000: bool = False) -> bytes:
    write = Chem.MolToV3KMolBlock if v3000 else Chem.MolToMolBlock
    return (write(make_mol()) + "> <ID>\n1\n\n$$$$\n").encode() * 2


def make_mol2() -> bytes:
    mol = make_mol()
    types = {"H": "H", "C": "C.3", "O": "O.3"}
    lines = ["@<TRIPOS>MOLECULE", "acid", f"{mol.GetNumAtoms()} {mol.GetNumBonds()}", "SMALL", "NO_CHARGES", ""]
    lines.append("@<TRIPOS>ATOM")
    for atom, place in zip(mol.GetAtoms(), mol.GetConformer().GetPositions(), strict=True):
        kind = types[atom.GetSymbol()]
        if any(bond.GetBondTypeAsDouble() == 2 for bond in atom.GetBonds()):
            kind = kind.replace(".3", ".2")
        lines.append(f"{atom.GetIdx() + 1} {atom.GetSymbol()}{atom.GetIdx()} {place[0]} {place[1]} {place[2]} {kind}")
    lines.append("@<TRIPOS>BOND")
    for bond in mol.GetBonds():
        ends = f"{bond.GetBeginAtomIdx() + 1} {bond.GetEndAtomIdx() + 1}"
        lines.append(f"{bond.GetIdx() + 1} {ends} {int(bond.GetBondTypeAsDouble())}")
    return ("\n".join(lines) + "\n").encode()


def make_picture(form: str) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((40, 30), 60).convert("RGB").save(stream, form)
    return stream.getvalue()


def make_svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><path d="M5 5L50 30" stroke="black"/></svg>'


def make_mgf() -> bytes:
    block = "BEGIN IONS\nTITLE=a\nPEPMASS=181.05 3\nCHARGE=1+\nADDUCT=[M+H]+\n121.0284 50\n163.039 100\nEND IONS\n\n"
    return (block * 3).encode()


def make_msp() -> bytes:
    block = "Name: a\nPrecursorMZ: 181.05\nPrecursor_type: [M+H]+\nNum Peaks: 2\n121.0284 50\n163.039 100\n\n"
    return (block * 3).encode()


def make_massbank() -> bytes:
    head = "ACCESSION: a\nMS$FOCUSED_ION: PRECURSOR_M/Z 181.05\nPK$NUM_PEAK: 2\nPK$PEAK: m/z int. rel.int.\n"
    return ((head + "  121.0284 50 499\n  163.039 100 999\n//\n") * 2).encode()


def make_mzml() -> bytes:
    def array(kind: str, *values: float) -> str:
        text = base64.b64encode(struct.pack("<2d", *values)).decode()
        marks = "".join(f'<cvParam accession="{mark}" value=""/>' for mark in (kind, "MS:1000523", "MS:1000576"))
        return f"<binaryDataArray>{marks}<binary>{text}</binary></binaryDataArray>"

    arrays = array("MS:1000514", 121.0284, 163.039) + array("MS:1000515", 50, 100)
    spectrum = f'<spectrum id="a"><cvParam accession="MS:1000511" value="2"/>{arrays}</spectrum>'
    return f'<?xml version="1.0"?><mzML><run><spectrumList>{spectrum * 2}</spectrumList></run></mzML>'.encode()


def make_jcamp() -> bytes:
    head = "##TITLE=a\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
    table = (
        "##FIRSTX=400\n##LASTX=410\n##NPOINTS=11\n##YFACTOR=0.01\n##XYDATA=(X++(Y..Y))\n400 A0JJKT%\n406 A6A7A8jjj\n"
    )
    return (head + table + "##END=\n").encode()


def make_csv() -> bytes:
    return b"wavenumber,absorbance\n" + b"".join(b"%d,0.1\n" % n for n in range(400, 420))


def make_peak_table() -> bytes:
    return b"precursor m/z: 181.05\nm/z,intensity\n121.0284,50\n139.039,20\n163.039,100\n"


def make_spectrum_json() -> bytes:
    return b'[{"precursor_mz": 181.05, "adduct": "[M+H]+", "peaks": [[121.0284, 50], [163.039, 100]]}]'


def make_pdf() -> bytes:
    return make_picture("PDF")


def make_xyz() -> bytes:
    return Chem.MolToXYZBlock(make_mol()).encode()


def make_pdb() -> bytes:
    return Chem.MolToPDBBlock(make_mol()).encode()


CASES = {
    "smi": Case(read_molecules, "a.smi", lambda: b"CCO ethanol\nc1ccccc1 benzene\n[Na+].[Cl-] salt\n"),
    "sdf": Case(read_conformers, "a.sdf", make_sdf),
    "sdf-v3000": Case(read_conformers, "a.sdf", lambda: make_sdf(True)),
    "sdf-molecules": Case(read_molecules, "a.mol", make_sdf),
    "xyz": Case(read_conformers, "a.xyz", make_xyz),
    "mol2": Case(read_conformers, "a.mol2", make_mol2),
    "pdb": Case(read_conformers, "a.pdb", make_pdb),
    "png": Case(read_images, "a.png", lambda: make_picture("PNG")),
    "jpeg": Case(read_images, "a.jpg", lambda: make_picture("JPEG")),
    "svg": Case(read_images, "a.svg", make_svg),
    "pdf": Case(read_images, "a.pdf", make_pdf),
    "mgf": Case(read_mass_spectra, "a.mgf", make_mgf),
    "msp": Case(read_mass_spectra, "a.msp", make_msp),
    "massbank": Case(read_mass_spectra, "a.txt", make_massbank),
    "mzml": Case(read_mass_spectra, "a.mzML", make_mzml),
    "peak-table": Case(read_mass_spectra, "a.csv", make_peak_table),
    "spectrum-json": Case(read_mass_spectra, "a.json", make_spectrum_json),
    "jcamp": Case(read_infrared_spectra, "a.jdx", make_jcamp),
    "csv": Case(read_infrared_spectra, "a.csv", make_csv),
}


def damage(data: bytes, rng: random.Random) -> bytes:
    """Return data with up to eight wounds: bytes changed, cut, doubled or swapped, numbers blown up, ends torn off."""
    wounded = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        start = rng.randrange(len(wounded) + 1)
        stop = min(len(wounded), start + rng.choice((1, 1, 2, 8, 40)))
        match rng.randrange(7):
            case 0:
                wounded[start:stop] = rng.randbytes(stop - start)
            case 1:
                del wounded[start:stop]
            case 2:
                wounded[start:start] = wounded[start:stop] * rng.choice((1, 2, 50))
            case 3:
                wounded[start:start] = rng.choice(
                    (b"999999999", b"-1", b"1e308", b"nan", b"\n", b"\0", b"\xff", b"=", b",")
                )
            case 4:
                del wounded[start:]
            case 5:
                wounded[start:stop] = bytes(rng.choice(b"0123456789 .-+eE\n") for _ in range(stop - start))
            case _:
                other = rng.randrange(len(wounded) + 1)
                wounded[other:other] = wounded[start:stop]
    return bytes(wounded)
