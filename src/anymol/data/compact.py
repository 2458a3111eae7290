"""Graphs and records as few bytes, for shards that hold millions of them. Needs no RDKit.

A record is a line of JSON with its plain fields, then its arrays in units that hold what instruments and force fields
give and no more: coordinates to 0.001 angstrom, m/z to 0.00001 Da, intensities to 1/65535, absorbance to half precision
of its highest point. Drawings of few colours stay exact (PNG); scans and photographs are compressed (WebP).
"""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from PIL import Image

from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import Part, Record, RecordPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import CollisionEnergy, EnergyUnit, MassSpectrum
from anymol.modalities.modality import Modality
from anymol.modalities.storage import from_json, to_json

_BOND = np.dtype([("begin", "<u2"), ("end", "<u2"), ("kind", "u1"), ("direction", "u1")])
"""One undirected bond: six bytes."""

_ANGSTROM, _DALTON, _FULL = 1e3, 1e5, 65535
_HEAVIEST = 42_949.0
"""Largest m/z that fits four bytes of `_DALTON`, Da."""
COUNTED = (Modality.CONFORMER, Modality.MS2)
"""Modalities whose records take as many tokens as they hold points, whatever the model."""
_FEW_COLOURS = 64
_WEBP_QUALITY = 80


def pack_graph(graph: MolecularGraph) -> tuple[bytes, bytes]:
    """Return a graph as bytes: two per atom, six per undirected bond.

    Raises:
        ValueError: When the two directions of a bond do not stand side by side with equal features.
    """
    forth, back = graph.bonds[:, 0::2], graph.bonds[:, 1::2]
    if forth.shape != back.shape or not (
        np.array_equal(forth, back[::-1]) and np.array_equal(graph.bond_features[0::2], graph.bond_features[1::2])
    ):
        raise ValueError("the two directions of each bond must stand side by side, with the same features")
    bonds = np.empty(forth.shape[1], dtype=_BOND)
    bonds["begin"], bonds["end"] = forth[0], forth[1]
    bonds["kind"], bonds["direction"] = graph.bond_features[0::2, 0], graph.bond_features[0::2, 1]
    return np.ascontiguousarray(graph.atoms, dtype=np.uint8).tobytes(), bonds.tobytes()


def unpack_graph(atoms: bytes, bonds: bytes) -> MolecularGraph:
    """Return the graph that :func:`pack_graph` packed."""
    packed = np.frombuffer(bonds, dtype=_BOND)
    directed = np.empty((2, 2 * len(packed)), dtype=np.int32)
    directed[0, 0::2] = directed[1, 1::2] = packed["begin"]
    directed[1, 0::2] = directed[0, 1::2] = packed["end"]
    features = np.repeat(np.stack([packed["kind"], packed["direction"]], axis=1), 2, axis=0)
    # A copy: memory that may not be written to makes torch warn.
    return MolecularGraph(np.frombuffer(atoms, dtype=np.uint8).reshape(-1, 2).copy(), directed, features)


def require_packable(part: Part) -> None:
    """Refuse a record that shards cannot hold.

    Raises:
        DataError: A mass spectrum has a peak beyond the range of m/z.
    """
    match part:
        case RecordPart(record=MassSpectrum() as spectrum):
            _require_range(spectrum)


def _require_range(spectrum: MassSpectrum) -> None:
    if spectrum.n_peaks and not (heaviest := float(spectrum.mz.max())) <= _HEAVIEST:
        raise DataError(f"shards hold m/z up to {_HEAVIEST:,.0f}", value=heaviest, hint="leave such peaks out")


def pack_record(record: Record) -> bytes:
    """Return a record as bytes; one of a class without a compact form of its own as its JSON.

    Raises:
        DataError: A mass spectrum has a peak beyond m/z 42,949.
    """
    match record:
        case Conformer():
            fields: dict[str, Any] = {
                "charge": record.charge,
                "smiles": record.smiles,
                "energy": record.energy,
                "method": record.method,
            }
            return _join(fields, record.atomic_numbers, np.rint(record.coordinates * _ANGSTROM).astype("<i4"))
        case MoleculeImage():
            return _join({"source": record.source}) + _compress(record.pixels)
        case MassSpectrum():
            energy = record.collision_energy
            fields = {
                "precursor_mz": record.precursor_mz,
                "adduct": record.adduct,
                "energy": None if energy is None else [energy.value, energy.unit],
                "ion_mode": record.ion_mode,
                "title": record.title,
            }
            _require_range(record)
            mz, intensity = np.rint(record.mz * _DALTON).astype("<u4"), np.rint(record.intensity * _FULL).astype("<u2")
            return _join(fields, mz, intensity)
        case InfraredSpectrum():
            # Half precision reaches 65504 only, and absorbance has any scale.
            top = float(np.nanmax(np.abs(record.absorbance), initial=0.0)) or 1.0
            fields = {"top": top, "measured_as": record.measured_as, "title": record.title}
            return _join(fields, record.wavenumbers.astype("<f4"), (record.absorbance / top).astype("<f2"))
        case _:
            return _join(to_json(record))


def count_points(modality: str, data: bytes) -> int | None:
    """Return the tokens that a packed record takes: heavy atoms of a geometry, peaks and one more of a mass spectrum.

    None of a picture or an infrared spectrum, whose number of tokens is the model's choice.

    Args:
        modality: What it is a record of.
        data: What :func:`pack_record` gave.
    """
    if modality not in COUNTED:
        return None
    start = data.find(b"\n") + 1
    if modality == Modality.MS2:
        return 1 + (len(data) - start) // 6
    numbers = data[start : start + (len(data) - start) // 13]
    # A molecule of hydrogen alone is read with its hydrogens.
    return len(numbers) - numbers.count(1) or len(numbers)


def unpack_record(modality: str, data: bytes) -> Record:
    """Return the record that :func:`pack_record` packed.

    Args:
        modality: What it is a record of.
        data: The bytes.

    Raises:
        DataError: The bytes are not such a record.
    """
    try:
        head, _, body = data.partition(b"\n")
        fields = json.loads(head)
        match modality:
            case Modality.CONFORMER:
                numbers, places = _split(body, ("u1", 1), ("<i4", 3))
                return Conformer(numbers, places / _ANGSTROM, **fields)
            case Modality.IMAGE:
                with Image.open(io.BytesIO(body), formats=["PNG", "WEBP"]) as image:
                    return MoleculeImage(np.asarray(image.convert("RGB")), **fields)
            case Modality.MS2:
                mz, intensity = _split(body, ("<u4", 1), ("<u2", 1))
                energy = fields.pop("energy")
                return MassSpectrum(
                    mz / _DALTON,
                    intensity / _FULL,
                    precursor_mz=fields["precursor_mz"],
                    adduct=Adduct(fields["adduct"]) if fields["adduct"] else None,
                    collision_energy=CollisionEnergy(energy[0], EnergyUnit(energy[1])) if energy else None,
                    ion_mode=IonMode(fields["ion_mode"]) if fields["ion_mode"] else None,
                    title=fields["title"],
                )
            case Modality.IR:
                wavenumbers, absorbance = _split(body, ("<f4", 1), ("<f2", 1))
                top = fields.pop("top")
                return InfraredSpectrum(wavenumbers, absorbance.astype(np.float64) * top, **fields)
            case _:
                record: Record = from_json(fields)
                return record
    except (ValueError, KeyError, TypeError, OSError, DataError) as error:
        raise DataError(f"this is not a packed {modality}: {error}", hint="build the shards again") from error


def _join(fields: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    head = json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()
    return b"\n".join([head, b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)])


def _split(body: bytes, *columns: tuple[DTypeLike, int]) -> list[NDArray[Any]]:
    """Return arrays of equal length n, each (n,) or (n, width)."""
    size = sum(np.dtype(kind).itemsize * width for kind, width in columns)
    n, rest = divmod(len(body), size)
    if rest:
        raise ValueError(f"{len(body)} bytes are not a multiple of {size}")
    arrays, start = [], 0
    for kind, width in columns:
        stop = start + n * width * np.dtype(kind).itemsize
        array = np.frombuffer(body[start:stop], kind)
        arrays.append(array.reshape(n, width) if width > 1 else array)
        start = stop
    return arrays


def _compress(pixels: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(pixels)
    grey = image.convert("L")
    if np.array_equal(np.asarray(grey)[..., None].repeat(3, axis=2), pixels):
        image = grey
    with io.BytesIO() as stream:
        if image.getcolors(_FEW_COLOURS) is not None:
            image.save(stream, "PNG", optimize=True)
        else:
            image.convert("RGB").save(stream, "WEBP", quality=_WEBP_QUALITY, method=4)
        return stream.getvalue()
