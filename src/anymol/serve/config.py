"""What a server is told when it starts: where it listens, and how much it takes of anybody."""

from __future__ import annotations

import ipaddress
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anymol.errors import ConfigError
from anymol.models.weight_dtype import WeightDtype

MCP_PATH: Final = "/mcp"
"""Where the tools are, over streamable HTTP."""


@dataclass(frozen=True)
class Limits:
    """How much one request, and all of them together, may take.

    Attributes:
        body: Bytes of the body of a request.
        bodies: Bytes of all bodies that are held at once.
        file: Bytes of one file inside a request.
        rows: Inputs of one request that is answered at once.
        job_rows: Inputs of one job.
        messages: Messages of a conversation.
        tokens: Tokens of the prompt of a chat.
        seconds: A request that is answered at once, waiting included.
        plan_seconds: The search of a plan that is answered at once.
        job_seconds: One job.
        arrival: Seconds in which the head of a request, and in which its body must have come, and in which a client
            must have taken some of an answer.
        waiting: Requests that wait for a worker; one more is answered with 429.
        connections: Open connections; one more is closed at once.
        jobs: Jobs that are kept, finished ones included; of one key a quarter of them.
        job_bytes: Bytes of the result of one job, which is kept deflated.
        job_age: Seconds that a finished job is kept.
        per_minute: Requests of one key, or of one address where there are no keys, in a minute.
        burst: How many of them may come at once.
    """

    body: int = 8 << 20
    bodies: int = 64 << 20
    file: int = 5 << 20
    rows: int = 64
    job_rows: int = 5_000
    messages: int = 64
    tokens: int = 8_192
    seconds: float = 60.0
    plan_seconds: float = 30.0
    job_seconds: float = 3_600.0
    arrival: float = 15.0
    waiting: int = 64
    connections: int = 512
    jobs: int = 64
    job_bytes: int = 256 << 20
    job_age: float = 3_600.0
    per_minute: int = 600
    burst: int = 100

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (0 < value < math.inf):
                raise ConfigError(f"the limit '{name}' must be above zero", value=value)


@dataclass(frozen=True)
class ServerConfig:
    """How a server is wanted.

    Attributes:
        host: Address it listens on; loopback unless told otherwise.
        port: Its port; 0 takes a free one.
        model: A model directory or a name on the hub; None for the embedded model.
        dtype: How the weights are held.
        workers: Worker processes, each with a model of its own.
        keys: File of the API keys; None serves whoever reaches it.
        is_open: Whether it may listen beyond loopback without keys.
        untrained: Whether the model is asked tasks too that it was not trained on.
        notebooks: Whether the notebooks of reactions of whoever starts the server may be cited to its users.
        preload: Whether workers read the weights before the first question.
        jobs: Whether long work is taken; one of several replicas takes none, since the others would not know of it.
        log_inputs: Whether what is asked is written to the log.
        grace: Seconds that requests under way have when the server is told to stop.
        limits: How much it takes.

    Raises:
        ConfigError: A value is out of range, or strangers would be served without keys.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    dtype: WeightDtype = WeightDtype.AUTO
    workers: int = min(2, os.cpu_count() or 1)
    keys: Path | None = None
    is_open: bool = False
    untrained: bool = False
    notebooks: bool = False
    preload: bool = True
    jobs: bool = True
    log_inputs: bool = False
    grace: float = 30.0
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if not 0 <= self.port < 1 << 16:
            raise ConfigError("a port is 0 to 65535", value=self.port)
        if not 1 <= self.workers <= 64:
            raise ConfigError("workers are 1 to 64", value=self.workers)
        if self.keys is None and not self.is_open and not self.is_local:
            raise ConfigError(
                f"{self.host} can be reached from other machines, and no keys are asked for",
                value=self.host,
                hint="give --keys FILE, or --open to serve whoever reaches it",
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
