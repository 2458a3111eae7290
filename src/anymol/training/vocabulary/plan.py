"""The plan of a tokenizer: which texts, in which shares, how many tokens."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anymol.bounds import MAX_WORKERS
from anymol.config_checks import Name, Seed
from anymol.data.texts.config import AnyTexts, texts_need_data


class VocabularyPlan(BaseModel):
    """One tokenizer. A recipe is of this kind where it has ``texts``.

    Molecules are written in SMILES, one token per symbol; the symbols are those of the reactions and of the unlabelled
    molecules.

    Attributes:
        name: Name of the tokenizer.
        seed: Draws and shuffles follow from it.
        shippable: Take only sources whose licence allows shipping weights trained on them.
        texts: Kinds of text, each at most once.
        texts_at_hand: Kinds that are taken instead where no data directory is given.
        vocab_size: Size of the whole vocabulary.
        compared_sizes: Sizes that are trained and measured beside it, for the report only.
        characters: Characters of all texts that the tokenizer is trained on; each kind gives its share.
        repeats: Most times that a kind with few texts repeats them to fill its share.
        min_symbol_count: Molecule symbols met less often are left to the byte fallback.
        measured_texts: Most texts of a kind and split that are measured.
        workers: Processes that make names; what they make does not depend on their number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    seed: Seed = 0
    shippable: bool = True
    texts: tuple[AnyTexts, ...] = Field(min_length=1)
    texts_at_hand: tuple[AnyTexts, ...] | None = Field(default=None, min_length=1)
    vocab_size: int = Field(default=4096, ge=300)
    compared_sizes: tuple[int, ...] = ()
    characters: int = Field(default=20_000_000, ge=1)
    repeats: int = Field(default=20, ge=1)
    min_symbol_count: int = Field(default=20, ge=1)
    measured_texts: int = Field(default=2000, ge=1)
    workers: int = Field(default=1, ge=1, le=MAX_WORKERS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, texts in (("texts", self.texts), ("texts_at_hand", self.texts_at_hand or ())):
            kinds = [one.kind for one in texts]
            if len(set(kinds)) < len(kinds):
                raise ValueError(f"{name} has a kind twice")
        if any(texts_need_data(one) for one in self.texts_at_hand or ()):
            raise ValueError("texts_at_hand may only have kinds that are built in")
        return self

    def texts_for(self, *, data_dir: bool) -> tuple[AnyTexts, ...]:
        """Return what texts are collected from, with or without a data directory."""
        return self.texts if data_dir or self.texts_at_hand is None else self.texts_at_hand
