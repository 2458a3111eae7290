"""What texts of a tokenizer are collected from: one config per kind. Needs no RDKit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from anymol.data.config import Frozen


class TextsConfig(Frozen):
    """What all kinds of text share.

    Attributes:
        share: Weight of the kind: kinds of equal share give equally many characters to the training.
        count: Most training texts that are collected; None takes all there are.
        val_count: Most held-out texts that are collected.
    """

    share: float = Field(default=1.0, gt=0.0)
    count: int | None = Field(default=None, ge=1)
    val_count: int = Field(default=2000, ge=0)


class MoleculeTexts(TextsConfig):
    """What kinds over unlabelled molecules (``molecules.parquet``) share; `count` counts molecules.

    Attributes:
        builtin: Use the few hundred molecules inside the package instead of the data directory.
        max_smiles: Longest SMILES in characters.
    """

    builtin: bool = False
    count: int | None = Field(default=20_000, ge=1)
    max_smiles: int = Field(default=100, ge=1)


class RecordedNames(TextsConfig):
    """Names of molecules (``names.parquet``)."""

    kind: Literal["recorded_names"] = "recorded_names"
    max_name: int = Field(default=200, ge=1)


class GeneratedNames(MoleculeTexts):
    """Systematic names that openclatura gives to unlabelled molecules."""

    kind: Literal["generated_names"] = "generated_names"


class Captions(TextsConfig):
    """Descriptions of molecules (``captions.parquet``), whole sentences."""

    kind: Literal["captions"] = "captions"
    max_text: int = Field(default=2000, ge=1)


class Questions(TextsConfig):
    """Questions about molecules with their answers (``molecule_qa.parquet``)."""

    kind: Literal["questions"] = "questions"


class Procedures(TextsConfig):
    """Experimental procedures as chemists write them (``conditions.parquet``)."""

    kind: Literal["procedures"] = "procedures"


class Actions(TextsConfig):
    """Lists of experimental steps (``conditions.parquet``)."""

    kind: Literal["actions"] = "actions"


class Conditions(TextsConfig):
    """Temperature, time, yield and amounts of reactions (``conditions.parquet``)."""

    kind: Literal["conditions"] = "conditions"


class Prompts(TextsConfig):
    """The phrasings of all tasks; none is held out."""

    kind: Literal["prompts"] = "prompts"


class Requests(MoleculeTexts):
    """Specifications of molecules to be designed, and edits of molecules."""

    kind: Literal["requests"] = "requests"


class Numbers(TextsConfig):
    """Numbers with the units of the field, drawn at random."""

    kind: Literal["numbers"] = "numbers"
    count: int | None = Field(default=20_000, ge=1)


AnyTexts = Annotated[
    RecordedNames
    | GeneratedNames
    | Captions
    | Questions
    | Procedures
    | Actions
    | Conditions
    | Prompts
    | Requests
    | Numbers,
    Field(discriminator="kind"),
]


def texts_need_data(texts: TextsConfig) -> bool:
    """Whether a kind reads files of the data directory."""
    return not (isinstance(texts, Prompts | Numbers) or (isinstance(texts, MoleculeTexts) and texts.builtin))
