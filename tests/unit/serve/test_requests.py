"""What may be asked: contradictions and unknown fields are refused before anything is worked on."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from anymol.bounds import MAX_TOP_K
from anymol.inference.options import SourceChoice
from anymol.modalities.modality import Modality
from anymol.readers.resolve import MolType
from anymol.serve import requests
from anymol.serve.requests import (
    ChatRequest,
    Form,
    JobRequest,
    Made,
    PlanRequest,
    PredictRequest,
    RenderRequest,
    Source,
)

QUESTION = {"role": "user", "content": "What is the LogP of caffeine?"}


def test_choices_are_those_of_the_assistant_but_for_files() -> None:
    assert {one.value for one in Form} == {one.value for one in MolType} - {"file"}
    assert {one.value for one in Source} == {one.value for one in SourceChoice}
    assert {one.value for one in Made} == {one.value for one in Modality}
    assert MAX_TOP_K >= 50


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PredictRequest, {}),
        (PredictRequest, {"input": "C", "inputs": ["C"]}),
        (PredictRequest, {"inputs": []}),
        (PredictRequest, {"input": "C", "mol_type": "file"}),
        (PredictRequest, {"input": "C", "formula": "CH4"}),
        (PredictRequest, {"input": {"molecule": "C", "file": "x"}}),
        (PredictRequest, {"input": "C", "top_k": 51}),
        (PredictRequest, {"input": "C", "top_k": "3"}),
        (PredictRequest, {"input": "C", "verify": 1}),
        (PredictRequest, {"input": "C", "read_files": True}),
        (PredictRequest, {"records": [{"type": "ms2"}]}),
        (PredictRequest, {"records": [{"type": "ms2", "peaks": [[1.0]]}]}),
        (PredictRequest, {"records": [{"type": "ms2", "peaks": [[1.0, float("nan")]]}]}),
        (PredictRequest, {"records": [{"type": "image_url", "image_url": "data:,"}]}),
        (PredictRequest, {"records": [{"type": "text", "text": "x"}]}),
        (PredictRequest, {"records": ["/etc/passwd"]}),
        (PredictRequest, {"records": [{"type": "file", "file": {"filename": "x"}}]}),
        (PlanRequest, {"molecule": "C", "seconds": float("inf")}),
        (PlanRequest, {"molecule": ""}),
        (RenderRequest, {"structure": "C", "width": 100_000}),
        (ChatRequest, {"model": "anymol", "messages": []}),
        (ChatRequest, {"model": "anymol", "messages": [{"role": "assistant", "content": "x"}]}),
        (ChatRequest, {"model": "anymol", "messages": [{"role": "user", "content": None}]}),
        (ChatRequest, {"model": "anymol", "messages": [QUESTION], "tools": [{}]}),
        (ChatRequest, {"model": "anymol", "messages": [QUESTION], "response_format": {"type": "json_object"}}),
        (ChatRequest, {"model": "anymol", "messages": [QUESTION], "n": 2}),
        (ChatRequest, {"model": "anymol", "messages": [{"role": "user", "content": [{"type": "file", "path": "x"}]}]}),
    ],
)
def test_wrong_requests_are_refused(kind: type[BaseModel], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(body)


def test_what_other_clients_send_besides_is_passed_over() -> None:
    body = {"model": "anymol", "messages": [QUESTION], "temperature": 0.2, "user": "x", "stream_options": {"x": 1}}
    assert ChatRequest.model_validate(body).top_k == 1


def test_jobs_are_told_apart_by_their_kind() -> None:
    jobs: TypeAdapter[Any] = TypeAdapter(JobRequest)
    assert isinstance(jobs.validate_python({"kind": "plan", "molecule": "C"}), requests.PlanJob)
    with pytest.raises(ValidationError):
        jobs.validate_python({"kind": "shell", "molecule": "C"})


def test_no_field_of_a_request_is_called_a_path() -> None:
    """A reader of the schema finds nothing that names a place on the server."""
    schema = str(TypeAdapter(PredictRequest | ChatRequest | JobRequest).json_schema()).lower()
    assert "'path'" not in schema and "'directory'" not in schema and "'store'" not in schema
