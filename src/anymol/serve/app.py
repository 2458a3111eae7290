"""The application: routes behind the guard, the page, and what lives as long as the server does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from anymol.errors import AnyMolError, UnknownTaskError
from anymol.serve.api_keys import KeyRing
from anymol.serve.config import MCP_PATH, ServerConfig
from anymol.serve.failures import explain_validation, write_failure
from anymol.serve.guard import Guard
from anymol.serve.jobs import Jobs
from anymol.serve.mcp_tools import make_mcp_server
from anymol.serve.memories import Memories
from anymol.serve.pool import WorkerPool
from anymol.serve.routes import chat, health, jobs, predictions, structures
from anymol.serve.routes.documented import Json
from anymol.serve.state import ClientLeftError, ServerState
from anymol.serve.telemetry import Telemetry
from anymol.version import __version__

PAGE: Final = "page"
"""Folder, beside this file, of the page: whatever stands there is served under ``/``."""
_DESCRIPTION: Final = """\
Questions about molecules, answered by programs, by what is recorded and by a model; each answer says by which, how sure
it is, what was checked and what it rests on. Nothing in a request is a path or an address that is opened.
"""
_KINDS: Final = {404: "not_found", 405: "method_not_allowed"}


def make_app(config: ServerConfig, *, pool: WorkerPool | None = None) -> FastAPI:
    """Return the application of a server.

    Args:
        config: How it is wanted.
        pool: The workers; made, started and ended with the application where they are not given.

    Raises:
        InvalidFileError: The file of keys cannot be read.
    """
    keys = None if config.keys is None else KeyRing(config.keys)
    workers = pool or WorkerPool(config)
    long_work = Jobs(workers, config.limits, max(1, config.workers - 1))
    telemetry = Telemetry(workers, long_work)

    tools = make_mcp_server(workers, config)
    tools_app = tools.streamable_http_app(
        streamable_http_path=MCP_PATH,
        stateless_http=True,
        max_request_body_size=config.limits.body,
        # The guard looks at the host before anything is read.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            await held.enter_async_context(workers)
            held.push_async_callback(long_work.stop)
            await held.enter_async_context(tools.session_manager.run())
            yield

    app = FastAPI(
        title="anymol",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=live,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.server = ServerState(config, workers, long_work, Memories(), telemetry)
    for one in (predictions, chat, structures, jobs, health):
        app.include_router(one.router)
    _handle_errors(app)
    # Without sessions there is nothing to listen for: a GET would hold its connection for nothing.
    (tools_route,) = tools_app.routes
    app.router.routes.append(Route(MCP_PATH, endpoint=cast(Route, tools_route).endpoint, methods=["POST"]))
    # File by file: a mount would take every path, and answer a wrong method with "not found".
    folder = Path(str(resources.files("anymol.serve"))) / PAGE
    page = _Page(directory=folder, html=True)
    for name in ("", *sorted(one.name for one in folder.iterdir())):
        app.router.routes.append(Route(f"/{name}", endpoint=page, methods=["GET"]))
    app.add_middleware(Guard, config=config, keys=keys, telemetry=telemetry)
    return app


class _Page(StaticFiles):
    """The files of the page: a browser keeps them, and asks each time whether they have changed."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["cache-control"] = "no-cache"
        return response


def _handle_errors(app: FastAPI) -> None:
    """Let every error leave in the form of the house."""

    @app.exception_handler(AnyMolError)
    async def fail(request: Request, error: AnyMolError) -> Response:
        # In a path the name of a task is the name of a resource; in words it is what was asked.
        named = isinstance(error, UnknownTaskError) and "task" in request.path_params
        status, headers, content = write_failure(error, 404 if named else None)
        return Json(content, status_code=status, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> Response:
        status, explained = explain_validation(error.errors())
        _, headers, content = write_failure(explained, status)
        return Json(content, status_code=status, headers=headers)

    @app.exception_handler(HTTPException)
    async def miss(request: Request, error: HTTPException) -> Response:
        if (
            error.status_code == 400
        ):  # the framework's only one: what no parser of JSON takes, as numbers of 5,000 digits
            status, explained = explain_validation([{"type": "json_invalid"}])
            return Json(write_failure(explained, status)[2], status_code=status)
        shown = AnyMolError(str(error.detail), value=request.url.path, hint="see /openapi.json")
        _, _, content = write_failure(shown, error.status_code)
        content["error"] |= {
            "kind": _KINDS.get(error.status_code, "http"),
            "code": _KINDS.get(error.status_code, "http"),
        }
        return Json(content, status_code=error.status_code, headers=dict(error.headers or {}))

    @app.exception_handler(ClientLeftError)
    async def leave(request: Request, error: ClientLeftError) -> Response:
        return Response(status_code=499)  # nobody reads it; it stands in the log
