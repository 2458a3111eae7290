"""Whether the server lives, whether it can answer, and what it has counted."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from anymol.serve.replies import HealthReply
from anymol.serve.routes.documented import Json
from anymol.serve.state import get_state
from anymol.version import __version__

router = APIRouter(tags=["health"])


@router.get("/health", responses={200: {"model": HealthReply}}, response_model=None)
async def health() -> Json:
    """Whether the process lives."""
    return Json({"status": "ok", "version": __version__})


@router.get("/ready", responses={200: {"model": HealthReply}, 503: {"model": HealthReply}}, response_model=None)
async def ready(request: Request) -> Json:
    """Whether a worker can answer; 503 while the model is read, and when the server is about to stop."""
    pool = get_state(request).pool
    if pool.is_ready:
        return Json({"status": "ready", "model": pool.model})
    # No more than its kind is told to whoever asks: the rest, which stands in the log, may name folders of the server.
    shown = {"status": "starting"} if pool.fault is None else {"status": "faulty", "fault": pool.fault.kind}
    return Json(shown, status_code=503, headers={"retry-after": "5"})


@router.get(
    "/metrics", responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}, response_model=None
)
async def metrics(request: Request) -> Response:
    """Counts in Prometheus' text form."""
    return Response(get_state(request).telemetry.write(), media_type=CONTENT_TYPE_LATEST)
