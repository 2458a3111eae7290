"""Routes to molecules, records of them, drawings, and tables of what was found."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from anymol.serve.calls import Call, Operation
from anymol.serve.failures import TooLargeError
from anymol.serve.operations import Document
from anymol.serve.replies import ContentsReply, PlanReply, RecordsReply, Reply
from anymol.serve.requests import PlanRequest, ReadRequest, RenderRequest, SheetRequest, SynthesizeRequest
from anymol.serve.routes.documented import Json, describe
from anymol.serve.sheets import MEDIA_TYPE
from anymol.serve.state import answer, get_state

_AT_ONCE = 16
"""Molecules whose records are made at once."""
_BESIDE_SEARCH = 15.0
"""Seconds that a plan may take beside its search: stores are opened, routes are parted."""
router = APIRouter(tags=["structures"], prefix="/v1")


@router.post("/plan", responses=describe(PlanReply), response_model=None)
async def plan(body: PlanRequest, request: Request) -> Json:
    """Search for routes from building blocks to a molecule; a longer search is a job."""
    limits = get_state(request).config.limits
    if body.seconds > limits.plan_seconds:
        raise TooLargeError(
            f"a search of {body.seconds:g} s is asked for",
            hint=f"at most {limits.plan_seconds:g} s are waited for; or start a job",
        )
    seconds = max(limits.seconds, body.seconds + _BESIDE_SEARCH)
    return Json(await answer(request, Call(Operation.PLAN, body), seconds=seconds))


@router.post("/synthesize", responses=describe(RecordsReply), response_model=None)
async def synthesize(body: SynthesizeRequest, request: Request) -> Json:
    """Make graphs, geometries, drawings and spectra of molecules; of many, as a job."""
    if len(body.molecules) > _AT_ONCE:
        raise TooLargeError(
            f"{len(body.molecules):,} molecules are given", hint=f"at most {_AT_ONCE} are made at once; or start a job"
        )
    return Json(await answer(request, Call(Operation.SYNTHESIZE, body)))


@router.post("/read", responses=describe(ContentsReply), response_model=None)
async def read(body: ReadRequest, request: Request) -> Json:
    """Show what a file holds: its molecules, or its first spectrum or geometry, as they are read for questions."""
    return Json(await answer(request, Call(Operation.READ, body)))


@router.post(
    "/render",
    responses={
        **describe(Reply),
        200: {
            "content": {"image/svg+xml": {"schema": {"type": "string"}}, "image/png": {"schema": {"type": "string"}}},
            "description": "The drawing.",
        },
    },
    response_model=None,
)
async def render(body: RenderRequest, request: Request) -> Response:
    """Draw a molecule or a reaction, as SVG or PNG."""
    drawn: Document = await answer(request, Call(Operation.RENDER, body))
    return Response(drawn.content, media_type=drawn.media_type)


@router.post(
    "/sheet",
    responses={
        **describe(Reply),
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            "description": "The workbook.",
        },
    },
    response_model=None,
)
async def write_sheet(body: SheetRequest, request: Request) -> Response:
    """Write a table as a spreadsheet (XLSX), no cell of which is computed."""
    written: Document = await answer(request, Call(Operation.SHEET, body))
    return Response(written.content, media_type=written.media_type)
