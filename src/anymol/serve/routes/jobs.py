"""Long work: begun, looked at, fetched, ended."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from anymol.serve.failures import NotFoundError, TooLargeError
from anymol.serve.replies import JobReply, ListReply
from anymol.serve.requests import JobRequest, PredictJob, SynthesizeJob
from anymol.serve.routes.documented import Json, describe
from anymol.serve.state import get_caller, get_state

router = APIRouter(tags=["jobs"], prefix="/v1")


@router.post("/jobs", status_code=202, responses=describe(JobReply, status=202), response_model=None)
async def start_job(body: JobRequest, request: Request) -> Json:
    """Begin long work: many inputs of a task, a long search for routes, records of many molecules."""
    state = get_state(request)
    if not state.config.jobs:
        raise NotFoundError("this server takes no jobs", hint="ask for less at once, or ask a server of one process")
    if isinstance(body, PredictJob):
        from anymol.tasks.table import get_task

        get_task(body.task)
    rows = _count_rows(body)
    if rows > state.config.limits.job_rows:
        raise TooLargeError(f"{rows:,} rows are given", hint=f"a job takes at most {state.config.limits.job_rows:,}")
    job = state.jobs.start(body, get_caller(request).name)
    return Json(job.to_json(), status_code=202, headers={"location": f"/v1/jobs/{job.id}"})


@router.get("/jobs", responses=describe(ListReply), response_model=None)
async def list_jobs(request: Request) -> Json:
    """Your jobs, the oldest first, without their results."""
    found = get_state(request).jobs.list_jobs(get_caller(request).name)
    return Json({"object": "list", "data": [job.to_json() for job in found]})


@router.get("/jobs/{id}", responses=describe(JobReply), response_model=None)
async def show_job(id: str, request: Request) -> Response:
    """How far a job is; its result when it is done."""
    job = get_state(request).jobs.find(id, get_caller(request).name)
    return Response(await asyncio.to_thread(job.dump), media_type=Json.media_type)


@router.delete("/jobs/{id}", responses=describe(JobReply), response_model=None)
async def end_job(id: str, request: Request) -> Json:
    """End a job where it is under way, and forget it."""
    return Json(get_state(request).jobs.cancel(id, get_caller(request).name).to_json())


def _count_rows(body: JobRequest) -> int:
    match body:
        case PredictJob(inputs=list(inputs)):
            return len(inputs)
        case SynthesizeJob(molecules=molecules):
            return len(molecules)
        case _:
            return 1
