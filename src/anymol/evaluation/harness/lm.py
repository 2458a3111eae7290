"""A model of anymol as lm-evaluation-harness asks models: greedy texts, and how probable a given text is.

Importing this module registers the model type ``anymol`` with the harness, by its own decorator. A question may hold
molecules between ``<mol>`` and ``</mol>``; they reach the model as its own notation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from torch.nn import functional

from anymol.inference.generation import Decoding, Generator, Search
from anymol.modalities.content import Message, Speaker, TextPart
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.loss import IGNORED
from anymol.models.prompt_writer import EncodedExample, PaddingSide
from anymol.models.weight_dtype import WeightDtype
from anymol.tasks.task import AnswerKind

_MOST_TOKENS: Final = 192
"""Tokens of an answer where the harness does not say."""


@register_model("anymol")
class AnyMolLM(LM):  # type: ignore[misc,unused-ignore]
    """A model directory, asked each context as one question.

    Args:
        pretrained: The model directory; the embedded model where None.
        device: Where it runs.
        dtype: Type in which the weights are held.
        batch_size: Questions that are scored together; answers are written in batches of bounded size anyway.

    Raises:
        CheckpointError: The model is missing or damaged.
    """

    def __init__(
        self,
        pretrained: str | None = None,
        device: str | None = None,
        dtype: str = "auto",
        batch_size: int | str = 8,
        **_: Any,
    ) -> None:
        super().__init__()
        from anymol.models import register

        register()
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        with locate_model(pretrained) as directory:
            path = Path(directory)
            model, processor, _manifest = load_checkpoint(path, device=device, dtype=WeightDtype(dtype).resolve(path))
        self._model = model
        self._generator = Generator(model, processor)
        self._batch = int(batch_size) if str(batch_size).isdecimal() else 8

    def generate_until(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[str]:
        """Return the greedy answer to each context, cut at the first of its stop texts."""
        processor = self._generator.processor
        prompts = processor.encode_many([(_ask(request.args[0]), None) for request in requests])
        budgets = [int(_read(request).get("max_gen_toks", _MOST_TOKENS)) for request in requests]
        asked = [
            (prompt, AnswerKind.TEXT, Decoding(Search.GREEDY, 1, budget, constrained=False))
            for prompt, budget in zip(prompts, budgets, strict=True)
        ]
        found = self._generator.generate_each(asked)
        return [
            _cut(said.text, _read(request).get("until") or ()) for request, (said,) in zip(requests, found, strict=True)
        ]

    def loglikelihood(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """Return how probable each continuation is as the whole answer, its end included, and whether it is greedy."""
        processor = self._generator.processor
        encoded = processor.encode_many([(_ask(one.args[0]), (TextPart(one.args[1].strip()),)) for one in requests])
        found: list[tuple[float, bool]] = []
        for start in range(0, len(encoded), self._batch):
            found += self._score(encoded[start : start + self._batch])
        return found

    def loglikelihood_rolling(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[float]:
        """Return the log-probability of each text as a plain document."""
        processor = self._generator.processor
        encoded = processor.encode_documents([(TextPart(one.args[0]),) for one in requests])
        found: list[float] = []
        for start in range(0, len(encoded), self._batch):
            found += [score for score, _ in self._score(encoded[start : start + self._batch])]
        return found

    @torch.inference_mode()
    def _score(self, encoded: Sequence[EncodedExample]) -> list[tuple[float, bool]]:
        model = self._model
        batch = self._generator.processor.batch(list(encoded), padding_side=PaddingSide.RIGHT)
        labels = batch.pop("labels")[:, 1:].to(model.device)
        logits = model(**{name: _move(value, model.device) for name, value in batch.items()}).logits[:, :-1].float()
        nats = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
        greedy = ((logits.argmax(-1) == labels) | (labels == IGNORED)).all(1)
        scores = -nats.view(labels.shape).sum(1).double()
        return list(zip(scores.tolist(), greedy.tolist(), strict=True))


def _ask(context: str) -> tuple[Message, ...]:
    return (Message(Speaker.USER, (TextPart(context.strip()),)),)


def _read(request: Instance) -> Mapping[str, Any]:
    """Return how a request wants its answer."""
    how: Mapping[str, Any] = request.args[1]
    return how


def _cut(text: str, until: str | Sequence[str]) -> str:
    """Return a text up to the first of the texts that stop it."""
    stops = [until] if isinstance(until, str) else until
    ends = [place for stop in stops if stop and (place := text.find(stop)) >= 0]
    return text[: min(ends)] if ends else text


def _move(value: Any, device: torch.device) -> Any:
    if isinstance(value, dict):
        return {name: _move(inner, device) for name, inner in value.items()}
    return value.to(device)
