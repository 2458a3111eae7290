"""The server as replicas on a Ray cluster: one that dies takes what it was answering with it, and nothing else.

    pip install "anymol[serve,ray-serve]"       # on every node
    serve run deploy.ray_serve:make replicas=2 keys=/shared/keys.json

Each replica is a whole server with worker processes of its own, behind Ray's proxy, which listens on 127.0.0.1:8000
unless Ray's own configuration says otherwise. Each counts the rates of its keys by itself. A conversation that another
replica began is asked again from its messages. Jobs live in the memory of one process, so replicas take none.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.serve import Application

from anymol.serve.app import make_app
from anymol.serve.config import ServerConfig


class Wanted(BaseModel):
    """How the replicas are wanted.

    Attributes:
        replicas: Their number.
        workers: Worker processes of each; a core each.
        model: A model directory that every node sees, or a name on the hub; None for the embedded model.
        keys: File of the API keys, which every node sees; None serves this machine alone.
    """

    model_config = ConfigDict(extra="forbid")

    replicas: int = Field(2, ge=1)
    workers: int = Field(1, ge=1)
    model: str | None = None
    keys: Path | None = None


def make(wanted: Wanted) -> Application:
    """Return the replicas as an application of Ray Serve."""
    config = ServerConfig(model=wanted.model, workers=wanted.workers, keys=wanted.keys, jobs=False)

    @serve.deployment(
        name="anymol",
        num_replicas=wanted.replicas,
        max_ongoing_requests=config.limits.waiting + wanted.workers,
        graceful_shutdown_timeout_s=config.grace,
        ray_actor_options={"num_cpus": wanted.workers},
    )
    @serve.ingress(lambda: make_app(config))
    class Replica:
        """One server; all it does is the application's."""

    return Replica.bind()
