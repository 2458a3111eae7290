"""What every engine answers: which modality it makes, its name, version and settings, and the records of one molecule.

An engine is a frozen value that pickles: worker processes, here or on another machine, each get a copy. It joins by one
row in :mod:`anymol.synthesis.table`; the contract test then asks it the same questions as all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict
from rdkit import rdBase

from anymol.modalities.content import Record
from anymol.modalities.modality import Modality

Note = str | int | float | bool
"""A value that is noted beside records."""


class EngineSettings(BaseModel):
    """Base of the settings of an engine: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Synthesis:
    """What an engine made of one molecule.

    Attributes:
        records: At least one: conformers by rising energy, spectra by adduct and collision energy, pictures.
        notes: What a reader of the records should know beside them, such as the force field or the drawing style.
    """

    records: tuple[Record, ...]
    notes: Mapping[str, Note] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.records:
            raise ValueError("a synthesis holds at least one record")


@runtime_checkable
class Engine(Protocol):
    """SMILES -> records of one modality."""

    @property
    def modality(self) -> Modality:
        """The modality of the records that it makes."""
        ...

    @property
    def name(self) -> str:
        """What it is called, unique within its modality; stands in every row."""
        ...

    @property
    def version(self) -> str:
        """Its own version and that of the programs below: with equal versions, equal seeds give equal records."""
        ...

    @property
    def settings(self) -> EngineSettings:
        """Everything that changes its records, beside the seed."""
        ...

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return the records of one molecule.

        Args:
            smiles: The molecule; an engine says whether it takes reaction SMILES too.
            seed: 0 to 2**31 - 1; see :func:`derive_seed`.

        Raises:
            AnyMolError: There is no record, and why. Any other exception is a fault of the engine; the pipeline
                records it as such and goes on.
        """
        ...


def derive_seed(smiles: str, modality: Modality, seed: int = 0) -> int:
    """Return the seed of one molecule and modality: 31 bits that depend on the text of the SMILES and the run's seed.

    Neither the row, nor the worker, nor its neighbours have a say, so that a molecule has the same records wherever
    and however often it is made.

    >>> derive_seed("CCO", Modality.IMAGE) == derive_seed(" CCO ", Modality.IMAGE)
    True
    """
    digest = hashlib.sha256(f"{seed}/{modality}/{smiles.strip()}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@cache
def name_version(own: int) -> str:
    """Return an engine's version: its own number, which changes with its records, and RDKit's."""
    return f"{own} (rdkit {rdBase.rdkitVersion})"
