"""How a call wants its answers."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from numbers import Integral
from typing import Any, TypedDict, TypeVar

from anymol.bounds import MAX_AUGMENT, MAX_SEED, MAX_TOP_K
from anymol.errors import InvalidTaskInputError
from anymol.readers.resolve import MolType

E = TypeVar("E", bound=StrEnum)


class SourceChoice(StrEnum):
    """Who may answer; :mod:`anymol.inference.sources.order` says who they are."""

    AUTO = "auto"
    """Every source in its order."""
    MODEL = "model"
    """The model alone."""
    TOOL = "tool"
    """Every source but the model."""


class OptionKeywords(TypedDict, total=False):
    """The fields of :class:`PredictOptions` as keywords of a call."""

    text: str | None
    top_k: int
    source: SourceChoice | str
    verify: bool
    seed: int
    as_graph: bool
    augment: int
    mol_type: MolType | str | None
    read_files: bool
    untrained: bool
    notebooks: bool
    charge: int | None
    explain: bool


@dataclass(frozen=True)
class PredictOptions:
    """How a call wants its answers.

    Attributes:
        text: Free part of the task: an edit, a specification. A row's own text comes first.
        top_k: Most answers per input.
        source: ``auto`` asks every source in its order, ``model`` the model alone, ``tool`` all but the model.
        verify: Whether answers are checked.
        seed: Seeds draws and augmentation: the same seed gives the same answer.
        as_graph: Whether molecules are shown to the model as graphs beside their notation.
        augment: Spellings of the question whose answers are merged (test-time augmentation, as in R-SMILES).
        mol_type: What molecules given as text are written in (``smiles``, ``name``, ...); None finds out.
        read_files: Whether a text may be the path of a file where `mol_type` does not say so. The rows of a batch file,
            which others may have written, do not choose what is read on this machine.
        untrained: Whether the model is asked tasks too that it was not trained on.
        notebooks: Whether the user's own notebooks of reactions are looked into, beside what ships.
        charge: Total charge of the molecule in a file of coordinates that does not state its bonds (XYZ, PDB); None
            finds out.
        explain: Whether it is told what each form contributed in which the molecule is given, by asking again without
            it; see :mod:`anymol.inference.explaining`.

    Raises:
        InvalidTaskInputError: An option is unknown, of the wrong kind or out of its range.
    """

    text: str | None = None
    top_k: int = 1
    source: SourceChoice | str = SourceChoice.AUTO
    verify: bool = True
    seed: int = 0
    as_graph: bool = False
    augment: int = 1
    mol_type: MolType | str | None = None
    read_files: bool = True
    untrained: bool = False
    notebooks: bool = True
    charge: int | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        for name in ("top_k", "augment", "seed"):
            _require(name, getattr(self, name), Integral, "a whole number")
        for name in ("verify", "as_graph", "read_files", "untrained", "notebooks", "explain"):
            _require(name, getattr(self, name), bool, "True or False")
        if self.charge is not None:
            _require("charge", self.charge, Integral, "a whole number")
        if self.text is not None:
            _require("text", self.text, str, "a text")
        for name, lowest, highest in (("top_k", 1, MAX_TOP_K), ("augment", 1, MAX_AUGMENT), ("seed", 0, MAX_SEED)):
            value = int(getattr(self, name))
            if not lowest <= value <= highest:
                raise InvalidTaskInputError(f"{name} must be {lowest} to {highest:,}", value=value)
        # Kept as members of their enums, whichever way they were written.
        object.__setattr__(self, "source", _read_member(SourceChoice, self.source, "a source of answers"))
        if self.mol_type is not None:
            object.__setattr__(self, "mol_type", _read_member(MolType, self.mol_type, "a type of molecule text"))

    @property
    def may_read_files(self) -> bool:
        """Whether a text may be the path of a file."""
        return self.read_files or self.molecule_type is MolType.FILE

    @property
    def molecule_type(self) -> MolType | None:
        """What molecules given as text are written in; None finds out."""
        return None if self.mol_type is None else MolType(self.mol_type)


def read_options(options: PredictOptions | None, keywords: OptionKeywords) -> PredictOptions:
    """Return the options of a call, its keywords laid over them.

    Raises:
        InvalidTaskInputError: A keyword is unknown, or an option is wrong.
    """
    known = [field.name for field in fields(PredictOptions)]
    for name in keywords:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            raise InvalidTaskInputError(f"there is no option '{name}'", value=name, hint=hint)
    if options is not None and not isinstance(options, PredictOptions):
        raise InvalidTaskInputError(
            "options must be PredictOptions", value=options, hint="for example PredictOptions(top_k=3), or top_k=3"
        )
    return replace(options or PredictOptions(), **keywords)


def _require(name: str, value: Any, kind: type, meant: str) -> None:
    if not isinstance(value, kind) or (kind is Integral and isinstance(value, bool)):
        raise InvalidTaskInputError(f"{name} must be {meant}", value=value, hint=f"got {type(value).__name__}")


def _read_member(kind: type[E], written: str, meant: str) -> E:
    try:
        return kind(written)
    except ValueError:
        raise InvalidTaskInputError(
            f"'{written}' is not {meant}", value=written, hint=f"known: {', '.join(kind)}"
        ) from None
