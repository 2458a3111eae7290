"""Tasks and calculations by name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from anymol.serve.calls import Call, Operation
from anymol.serve.failures import TooLargeError
from anymol.serve.replies import ComputedReply, ListReply, PredictionReply, RowsReply
from anymol.serve.requests import ComputeRequest, PredictRequest
from anymol.serve.routes.documented import Json, describe
from anymol.serve.state import answer, get_state

router = APIRouter(prefix="/v1", tags=["predictions"])

TaskName = Annotated[str, Path(max_length=60, examples=["molecular_weight"])]


@router.get("/tasks", responses=describe(ListReply), response_model=None)
async def list_tasks() -> Json:
    """Every task: its inputs, output, unit, metrics and an example."""
    from anymol.tasks.listing import describe_task
    from anymol.tasks.table import TASKS

    return Json({"object": "list", "data": [describe_task(task) for task in TASKS.values()]})


@router.post(
    "/predict/{task}",
    responses={**describe(PredictionReply), 200: {"model": PredictionReply | RowsReply}},
    response_model=None,
)
async def predict(task: TaskName, body: PredictRequest, request: Request) -> Json:
    """Answer a task: one input, the molecule of records, or several inputs, each with its answers or its error."""
    from anymol.tasks.table import get_task

    most = get_state(request).config.limits.rows
    if body.inputs is not None and len(body.inputs) > most:
        raise TooLargeError(
            f"{len(body.inputs):,} inputs are given", hint=f"at most {most:,} are answered at once; or start a job"
        )
    return Json(await answer(request, Call(Operation.PREDICT, body, get_task(task).name)))


@router.get("/calculations", responses=describe(ListReply), response_model=None)
async def list_calculations() -> Json:
    """Every calculation: what it takes and gives, by which program, and an example."""
    from anymol.calculations.listing import describe_calculation
    from anymol.calculations.table import CALCULATIONS

    return Json({"object": "list", "data": [describe_calculation(one) for one in CALCULATIONS.values()]})


@router.post("/compute", responses=describe(ComputedReply), response_model=None)
async def compute(body: ComputeRequest, request: Request) -> Json:
    """Compute formulas, masses, counts, stereochemistry, comparisons, amounts: what programs define."""
    return Json(await answer(request, Call(Operation.COMPUTE, body)))
