"""Plain documents for pre-training: molecules, and molecules with their names or descriptions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from anymol.chem.variants import randomize_smiles
from anymol.data.config import PretrainConfig
from anymol.data.drafts import make_document
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.captions import read_captions
from anymol.data.sources.molecules import find_licence, read_molecules, require_split
from anymol.data.sources.names import read_names
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.modalities.content import MoleculePart, Part, TextPart

_NAME_BEFORE: Final = ("{} is ", "{}: ", "Structure of {}: ")
_NAME_AFTER: Final = (" is {}.", " is called {}.", ": {}.")


class DocumentKind(StrEnum):
    """What a document holds."""

    MOLECULE = "molecule"
    NAME = "name"
    CAPTION = "caption"


@dataclass(frozen=True)
class PretrainSource:
    """Plain documents.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: PretrainConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, kind, smiles, text, source): names, then descriptions, then bare molecules."""
        config = self.config
        share = None if split == "train" else config.val_count // 4
        if config.names != 0:
            named = read_names(split, origin, self.licences, config.max_name, config.max_smiles)
            for number, name, smiles, source in islice(named, config.names if share is None else share):
                yield number, DocumentKind.NAME, smiles, name, f"names:{source}"
        if config.captions != 0:
            described = read_captions(split, origin, self.licences, config.max_text, config.max_smiles)
            for number, text, smiles, source in islice(described, config.captions if share is None else share):
                yield number, DocumentKind.CAPTION, smiles, text, f"captions:{source}"
        for number, smiles in read_molecules(config, origin, f"pretrain/{split}"):
            yield number, DocumentKind.MOLECULE, smiles, "", "molecules"

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule of a named or described document; bare ones are looked at by their split."""
        return () if row[1] is DocumentKind.MOLECULE else (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Make the document of a row."""
        number, kind, smiles, text, source = row
        shuffled = split == "train" and rng.random() < self.config.randomized
        match kind:
            case DocumentKind.MOLECULE:
                require_split(smiles, split, heldout)
                licence = find_licence(self.config, self.licences).licence
                parts: tuple[Part, ...] = (MoleculePart(randomize_smiles(smiles, rng) if shuffled else smiles),)
            case DocumentKind.NAME:
                licence = self.licences.find("names", source.split(":", 1)[1]).licence
                # The canonical form where the name comes first: this is what name_to_molecule asks for.
                if rng.random() < 0.5:
                    parts = (TextPart(rng.choice(_NAME_BEFORE).format(text)), MoleculePart(smiles))
                else:
                    written = randomize_smiles(smiles, rng) if shuffled else smiles
                    parts = (MoleculePart(written), TextPart(rng.choice(_NAME_AFTER).format(text)))
            case DocumentKind.CAPTION:
                licence = self.licences.find("captions", source.split(":", 1)[1]).licence
                written = randomize_smiles(smiles, rng) if shuffled else smiles
                parts = (MoleculePart(written), TextPart(f" {text}"))
        return [make_document(f"pretrain/{kind}/{number}", parts, source, licence, split)]
