"""What may be asked: the bodies of requests. Unknown fields are refused; nothing in them is a path or an address.

Nothing here needs a web framework, since workers and tools read the same requests.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anymol.bounds import MAX_SEED

Text = Annotated[str, Field(max_length=20_000)]
"""A text that a person writes: a question, a name, a notation."""
Number = Annotated[float, Field(allow_inf_nan=False)]
_MAX_ROWS = 1_000_000
"""Most numbers of a record; the limit of the body is reached before."""


class Request(BaseModel):
    """Base of what is asked: frozen, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(StrEnum):
    """Who may answer: every source in its order, the model alone, or all but the model."""

    AUTO = "auto"
    MODEL = "model"
    TOOL = "tool"


class Form(StrEnum):
    """What a molecule is written in; a file is given as a part of its own, never by its name."""

    SMILES = "smiles"
    SELFIES = "selfies"
    INCHI = "inchi"
    NAME = "name"


_Choice = Annotated[Source, Field(strict=False)]
_Form = Annotated[Form, Field(strict=False)]


# ------------------------------------------------------------------------------------------------- parts of a question


class InlineFile(Request):
    """A file, its content inside the request.

    Exactly one of `text` and `file_data` holds the content; `file_data` is base64, or a data URL of it.
    """

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    text: str | None = None
    file_data: str | None = None

    @model_validator(mode="after")
    def _hold_one_content(self) -> Self:
        if (self.text is None) == (self.file_data is None):
            raise ValueError("give the content as 'text', or as base64 in 'file_data'")
        return self


class TextPart(Request):
    """Words of a question."""

    type: Literal["text"]
    text: Text


class MoleculePart(Request):
    """A molecule in any form that is text."""

    type: Literal["molecule"]
    molecule: Annotated[str, Field(min_length=1, max_length=20_000)]
    format: _Form | None = None


class GraphPart(Request):
    """A molecule shown as its graph: by a SMILES, or by a file that states its bonds."""

    type: Literal["graph"]
    smiles: Text | None = None
    file: InlineFile | None = None

    @model_validator(mode="after")
    def _give_one(self) -> Self:
        return _require_one(self, "smiles", "file")


class ConformerPart(Request):
    """A molecule shown as its geometry: the text of an XYZ file, or a file (xyz, sdf, mol2, pdb)."""

    type: Literal["conformer"]
    xyz: Annotated[str, Field(max_length=200_000)] | None = None
    file: InlineFile | None = None

    @model_validator(mode="after")
    def _give_one(self) -> Self:
        return _require_one(self, "xyz", "file")


class DataUrl(Request):
    """A picture inside the request: ``data:image/png;base64,...``; no other address is opened."""

    url: str
    detail: str | None = None


class ImagePart(Request):
    """A drawing of a molecule or of a reaction (png, jpeg, gif, tiff, svg, pdf)."""

    type: Literal["image_url"]
    image_url: DataUrl


class MassPart(Request):
    """An MS/MS spectrum: its peaks, or a file (mgf, msp, mzml, MassBank, json, csv).

    `peaks` are pairs of m/z and intensity, `precursor_mz` and `adduct` (``[M+H]+``) what was broken.
    """

    type: Literal["ms2"]
    peaks: Annotated[list[Annotated[list[Number], Field(min_length=2, max_length=2)]], Field(max_length=_MAX_ROWS)] = []
    precursor_mz: Annotated[Number, Field(gt=0)] | None = None
    adduct: Annotated[str, Field(max_length=40, pattern=r"^\[\d?M[A-Za-z0-9+\-]*\]\d?[+-]$")] | None = None
    file: InlineFile | None = None

    @model_validator(mode="after")
    def _give_one(self) -> Self:
        return _require_one(self, "peaks", "file")


class InfraredPart(Request):
    """An infrared spectrum: points of wavenumber (cm^-1) and absorbance, or a file (JCAMP-DX, csv, dpt)."""

    type: Literal["ir"]
    points: Annotated[
        list[Annotated[list[Number], Field(min_length=2, max_length=2)]], Field(max_length=_MAX_ROWS)
    ] = []
    file: InlineFile | None = None

    @model_validator(mode="after")
    def _give_one(self) -> Self:
        return _require_one(self, "points", "file")


class FilePart(Request):
    """Any file that the readers know; its content says what it shows."""

    type: Literal["file"]
    file: InlineFile


RecordPart = Annotated[
    GraphPart | ConformerPart | ImagePart | MassPart | InfraredPart | FilePart, Field(discriminator="type")
]
"""What is shown of a molecule, beside what is written."""
Part = Annotated[
    TextPart | MoleculePart | GraphPart | ConformerPart | ImagePart | MassPart | InfraredPart | FilePart,
    Field(discriminator="type"),
]
"""A part of a message."""


_Given = TypeVar("_Given", bound=BaseModel)


def _require_one(part: _Given, *names: str) -> _Given:
    """Return a part of which exactly one field is filled.

    Raises:
        ValueError: None is, or several are.
    """
    if sum(bool(getattr(part, name)) for name in names) != 1:
        raise ValueError(f"give {' or '.join(names)}, and one of them only")
    return part


# ------------------------------------------------------------------------------------------------------ questions


class Slots(Request):
    """The input of a task, slot by slot; ``anymol tasks`` says which a task takes."""

    molecule: Text | None = None
    reactants: Text | None = None
    reagents: Text | None = None
    products: Text | None = None
    text: Text | None = None
    formula: Annotated[str, Field(max_length=200)] | None = None
    reagents_state: Annotated[str, Field(max_length=40)] | None = None


class Wanted(Request):
    """How answers are wanted.

    `top_k` answers at most; `source` says who may answer; `verify` whether they are checked; the same `seed` gives the
    same answer; `augment` spellings of the question are asked; `mol_type` says what molecules are written in;
    `charge` is that of a geometry without bonds; `explain` asks what each of several forms of the molecule contributed.
    """

    top_k: Annotated[int, Field(ge=1, le=50)] = 1
    source: _Choice = Source.AUTO
    verify: bool = True
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    augment: Annotated[int, Field(ge=1, le=20)] = 1
    mol_type: _Form | None = None
    charge: Annotated[int, Field(ge=-50, le=50)] | None = None
    explain: bool = False


class PredictRequest(Wanted):
    """One input of a task, or several: exactly one of `input`, `records` and `inputs` is given.

    `records` show the molecule that is asked about, with its `formula` where it is to be recognised. `text` is the free
    part of the task. Of several inputs a wrong one is an error in its place.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"input": "CC(=O)Oc1ccccc1C(=O)O", "top_k": 3},
                {"inputs": ["caffeine", "CCO"]},
                {"input": {"reactants": "CCO.CC(=O)O", "reagents": "OS(=O)(=O)O"}},
            ]
        }
    )

    input: Text | Slots | None = None
    inputs: Annotated[list[Text | Slots], Field(min_length=1)] | None = None
    records: Annotated[list[RecordPart], Field(min_length=1, max_length=8)] | None = None
    formula: Annotated[str, Field(max_length=200)] | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _ask_one(self) -> Self:
        if sum(one is not None for one in (self.input, self.inputs, self.records)) != 1:
            raise ValueError("give 'input', 'inputs' or 'records', and one of them only")
        if self.formula is not None and self.records is None:
            raise ValueError("'formula' goes with 'records'; inside an input it is a slot")
        return self


class AskRequest(Wanted):
    """A free question about molecules that are written or shown beside it."""

    question: Text
    molecules: Annotated[list[Text], Field(max_length=32)] = []
    records: Annotated[list[RecordPart], Field(max_length=8)] = []
    formula: Annotated[str, Field(max_length=200)] | None = None


class NameRequest(Request):
    """A name to be read, or a molecule to be named."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class ComputeRequest(Request):
    """Calculations, by name, of the same molecules; `text` is what they read besides: an adduct, amounts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"names": ["formula", "logp"], "molecules": ["aspirin"]}]}
    )

    names: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=60)]
    molecules: Annotated[list[Text], Field(max_length=32)] = []
    text: Text = ""


class PlanRequest(Request):
    """Routes to a molecule, from the shipped stock or from molecules given as `stock` (SMILES or names)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"molecule": "paracetamol", "steps": 3, "seconds": 10.0}]}
    )

    molecule: Annotated[str, Field(min_length=1, max_length=20_000)]
    steps: Annotated[int, Field(ge=1, le=20)] = 6
    seconds: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False, strict=False)] = 20.0
    alternatives: Annotated[int, Field(ge=1, le=20)] = 5
    search: Literal["retro-star", "mcts"] = "retro-star"
    first: bool = False
    source: Literal["auto", "tool"] = "tool"
    stock: Annotated[list[Text], Field(min_length=1, max_length=10_000)] | None = None
    ban: Annotated[list[Text], Field(max_length=100)] = []
    ban_patterns: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=20)] = []
    ban_reactions: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=20)] = []
    ban_precedents: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)] = []


class Made(StrEnum):
    """What is made of a molecule."""

    GRAPH = "graph"
    CONFORMER = "conformer"
    IMAGE = "image"
    MS2 = "ms2"
    IR = "ir"


class SynthesizeRequest(Request):
    """Records of molecules: graphs, geometries, drawings, computed spectra."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"molecules": ["caffeine"], "modalities": ["graph", "ms2"]}]}
    )

    molecules: Annotated[list[Text], Field(min_length=1)]
    modalities: Annotated[list[Annotated[Made, Field(strict=False)]], Field(min_length=1, max_length=5)]
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0


class RenderRequest(Request):
    """A drawing of a molecule or of a reaction; of a reaction, `changes` marks the atoms that change (SVG)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"structure": "caffeine"}, {"structure": "CCO>>CC=O"}]})

    structure: Annotated[str, Field(min_length=1, max_length=20_000)]
    format: Literal["svg", "png"] = "svg"
    width: Annotated[int, Field(ge=50, le=2_000)] | None = None
    height: Annotated[int, Field(ge=50, le=2_000)] | None = None
    changes: bool = False


class ReadRequest(Request):
    """A file whose content is to be shown; `charge` is that of geometries without bonds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"file": {"filename": "two.smi", "text": "CCO ethanol\nCCC propane\n"}}]}
    )

    file: InlineFile
    charge: Annotated[int, Field(ge=-50, le=50)] | None = None


class SheetRequest(Request):
    """A table that is wanted as a spreadsheet; each row has a cell for each column."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"columns": ["smiles", "logp"], "rows": [["CCO", -0.0014]]}]}
    )

    columns: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(min_length=1, max_length=500)]
    rows: Annotated[list[list[str | Number | None]], Field(max_length=100_000)]

    @model_validator(mode="after")
    def _fill_rows(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("each row must have as many cells as there are columns")
        return self


# ------------------------------------------------------------------------------------------------------------ chat


class ChatMessage(BaseModel):
    """One message. Of `system` and `developer` messages nothing is obeyed; what `assistant` said is context."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, Field(max_length=200_000)] | Annotated[list[Part], Field(max_length=64)] | None = None


class StreamOptions(BaseModel):
    """What a stream tells beside its pieces."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A conversation whose last message is the question, in the form of OpenAI's chat completions.

    Of its fields `top_k`, `source`, `verify`, `mol_type`, `charge` and `explain` are ours. Fields of others that say
    how to draw words (temperature, penalties) change nothing here: answers are computed, searched and ranked.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"model": "anymol", "messages": [{"role": "user", "content": "What is the LogP of caffeine?"}]}
            ]
        },
    )

    model: Annotated[str, Field(max_length=200)]
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    top_k: Annotated[int, Field(ge=1, le=50)] = 1
    source: Source = Source.AUTO
    verify: bool = True
    mol_type: Form | None = None
    charge: Annotated[int, Field(ge=-50, le=50)] | None = None
    explain: bool = False
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _end_with_a_question(self) -> Self:
        if self.tools or self.functions:
            raise ValueError("tools are not called here; ask, or use the tools of /mcp")
        if self.response_format is not None and self.response_format.get("type") != "text":
            raise ValueError("answers are text here; for JSON read 'message.anymol', or ask /v1/predict")
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's question")
        if any(one.content is None for one in self.messages if one.role == "user"):
            raise ValueError("a message of the user must have content")
        return self


# ------------------------------------------------------------------------------------------------------------ jobs


class PredictJob(PredictRequest):
    """Many inputs of a task, answered while you do something else."""

    kind: Literal["predict"]
    task: Annotated[str, Field(max_length=60)]


class PlanJob(PlanRequest):
    """A long search for routes."""

    kind: Literal["plan"]


class SynthesizeJob(SynthesizeRequest):
    """Records of many molecules."""

    kind: Literal["synthesize"]


JobRequest = Annotated[PredictJob | PlanJob | SynthesizeJob, Field(discriminator="kind")]
"""Long work."""
