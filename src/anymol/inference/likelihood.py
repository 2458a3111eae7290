"""How probable a model finds a given answer: a finer measure than whether it writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from anymol.errors import NotFiniteError
from anymol.inference.generation import Generator
from anymol.inference.limits import current_allowance
from anymol.inference.prefixes import ReadPrompt
from anymol.modalities.content import Message, Part
from anymol.models.decoding.feed import Feed, join_conditions
from anymol.models.decoding.key_values import KeyValues
from anymol.models.loss import IGNORED
from anymol.models.prompt_writer import EncodedExample

_POSITIONS: Final = 384
"""Most padded positions of one step: bounds the memory of the logits, which took 40 MB more at 1,024, no faster."""


@dataclass(frozen=True)
class _Answered:
    """A prompt that was read, and its answer.

    Attributes:
        prompt: The prompt.
        answer: Token ids, end included.
    """

    prompt: ReadPrompt
    answer: list[int]


@torch.inference_mode()
def measure_surprise(
    generator: Generator, conversations: Sequence[tuple[Sequence[Message], Sequence[Part]]]
) -> NDArray[np.float64]:
    """Return the negative log-probability of each answer, nats, shape (n,).

    The answer is taken as it is written, end token included; another writing of the same molecule counts as another
    answer. A question that several answers are given to is read once.

    Args:
        generator: The model.
        conversations: Questions, each with an answer; the surprise of one that is longer than the model reads is
            infinite.

    Raises:
        NotFiniteError: The model's weights are damaged.
        TimeLimitError: The time of the caller is over; see :mod:`anymol.inference.limits`.
        WithdrawnError: The caller took the question back.
    """
    allowance = current_allowance()
    split = [_split(example) for example in generator.processor.encode_many(conversations)]
    found = np.full(len(split), np.inf)
    fitting = [
        place for place, (prompt, answer) in enumerate(split) if len(prompt) + len(answer) <= generator.positions
    ]
    order = sorted(fitting, key=lambda place: [-len(part) for part in reversed(split[place])])
    for places in _cut(order, [len(answer) for _, answer in split]):
        allowance.require_open()
        with generator.computing():
            prompts = generator.engine.reader.read([split[place][0] for place in places])
            rows = [_Answered(prompt, split[place][1]) for prompt, place in zip(prompts, places, strict=True)]
            found[places] = _score(generator, rows)
    if np.isnan(found).any():
        raise NotFiniteError("the model's figures are not finite", hint="its weights may be damaged")
    return found


def _split(example: EncodedExample) -> tuple[EncodedExample, list[int]]:
    """Return the prompt of an answered conversation and the tokens of its answer."""
    begin = next(place for place, label in enumerate(example.labels) if label != IGNORED)
    prompt = EncodedExample(example.input_ids[:begin], example.labels[:begin], example.records)
    return prompt, example.input_ids[begin:]


def _cut(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield places in runs of few enough positions."""
    run: list[int] = []
    longest = 0
    for place in order:
        longest = max(longest, lengths[place])
        if run and longest * (len(run) + 1) > _POSITIONS:
            yield run
            run, longest = [], lengths[place]
        run.append(place)
    if run:
        yield run


def _score(generator: Generator, rows: Sequence[_Answered]) -> NDArray[np.float64]:
    """Return the surprise of each row.

    The first token follows from what the prompt left; those behind it are read at once, each seeing its prompt and what
    stands before it.
    """
    first = torch.stack([row.prompt.logits for row in rows]).float()
    begins = torch.tensor([row.answer[0] for row in rows], device=first.device)
    nats = functional.cross_entropy(first, begins, reduction="none")
    if any(len(row.answer) > 1 for row in rows):
        nats = nats + _score_rest(generator, rows)
    return nats.double().cpu().numpy()


def _score_rest(generator: Generator, rows: Sequence[_Answered]) -> Tensor:
    """Return the surprise at all tokens but the first, (rows,)."""
    device = generator.model.device
    width = max(len(row.answer) for row in rows) - 1
    cache = KeyValues(generator.decoder.layers)
    cache.put([row.prompt.columns for row in rows])
    columns = cache.length
    given = torch.zeros(len(rows), width, dtype=torch.int64)
    wanted = torch.full((len(rows), width), IGNORED, dtype=torch.int64)
    for number, row in enumerate(rows):
        count = len(row.answer) - 1
        given[number, :count] = torch.tensor(row.answer[:-1])
        wanted[number, :count] = torch.tensor(row.answer[1:])
    lengths = torch.tensor([row.prompt.length for row in rows], device=device)
    places = torch.arange(columns, device=device)
    steps = torch.arange(width, device=device)
    mask = torch.full((len(rows), width, columns + width), -torch.inf, device=device)
    mask[:, :, :columns].masked_fill_((places < lengths[:, None])[:, None], 0.0)
    mask[:, :, columns:].masked_fill_(steps[None, :] <= steps[:, None], 0.0)
    positions = lengths[:, None] + steps
    feed = Feed(
        generator.model.embed(given.to(device)),
        positions,
        mask,
        cache,
        torch.cat([places.expand(len(rows), -1), positions], dim=1),
        keep=width,
        condition=join_conditions([row.prompt.condition for row in rows]),
    )
    logits = generator.decoder.run([feed])[0].float()
    nats = functional.cross_entropy(
        logits.flatten(0, 1), wanted.to(device).flatten(), ignore_index=IGNORED, reduction="none"
    )
    return nats.view(wanted.shape).sum(1)
