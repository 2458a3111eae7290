"""What is answered, as the schema of the API describes it. The fields that always stand are named; more may come."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Reply(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="allow")


class ErrorFields(Reply):
    """What is wrong, which value caused it, and what would be right; the rest is what OpenAI's clients read."""

    kind: str
    input: str | None
    message: str
    hint: str | None
    type: str
    code: str
    param: str | None = None


class ErrorReply(Reply):
    """What is wrong, in the one form that every route answers with."""

    error: ErrorFields


class AnswerReply(Reply):
    """One answer: value, how it was found, how sure it is, what was checked and what it rests on."""

    value: Any
    text: str
    method: str
    checks: list[dict[str, Any]]
    evidence: list[dict[str, Any]]


class AgreementReply(Reply):
    """What is told of two forms of a molecule: whether they are of one, how surely, and by what."""

    between: list[str]
    verdict: Literal["disagree", "agree", "nothing speaks against it", "cannot be told", "not compared"]
    probability: float | None
    decided: bool
    said: str


class ExplanationReply(Reply):
    """What each form of a molecule contributed, and which of them the answer followed."""

    forms: list[str]
    followed: list[str]
    sentence: str
    partial: list[dict[str, Any]]
    contributions: list[dict[str, Any]]
    bounded: str | None


class PredictionReply(Reply):
    """All answers to one question, the most probable first, and the agreement of several forms of its molecule."""

    task: str
    input: Any
    answers: list[AnswerReply]
    model: str
    seconds: float
    agreement: list[AgreementReply] = []
    explanation: ExplanationReply | None = None


class RowsReply(Reply):
    """One prediction, or one error, for each input, in order."""

    task: str
    model: str
    results: list[dict[str, Any]]


class ListReply(Reply):
    """Everything there is, each with what must be known to ask for it."""

    object: Literal["list"]
    data: list[dict[str, Any]]


class NameReply(Reply):
    """What a name means, and the systematic name of that structure."""

    name: str
    smiles: str
    read_by: str
    notes: list[str]
    doubts: list[str]
    other_structures: list[str]
    systematic_name: dict[str, Any] | None


class ComputedReply(Reply):
    """What calculations found, each by which program."""

    input: str
    results: list[dict[str, Any]]


class PlanReply(Reply):
    """Routes, the most probable first; where there is none, what came nearest and what it lacks."""

    target: str
    solved: bool
    alternatives: list[dict[str, Any]]
    near_misses: list[dict[str, Any]]
    missing: list[dict[str, Any]]
    ended: str


class RecordsReply(Reply):
    """Records by molecule and modality, or why there are none."""

    results: list[dict[str, Any]]


class ContentsReply(Reply):
    """What a file holds: its molecules, or the record that it shows."""

    file: str
    modality: str
    molecules: list[dict[str, Any]]
    is_whole: bool
    record: dict[str, Any] | None
    notes: list[str]


class ChatReply(Reply):
    """A chat completion; the prediction behind it stands in ``message.anymol``."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any]


class JobReply(Reply):
    """A job, with its result when it is done."""

    id: str
    object: Literal["job"]
    kind: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: dict[str, Any]
    created: float
    ended: float | None


class HealthReply(Reply):
    """Whether the server lives, or can answer."""

    status: str
