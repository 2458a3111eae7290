"""Greedy, sampled and beam decoding over a decoder's key-value cache.

The same search as ``transformers.generate`` (a test compares them token by token) with what a small model needs to be
fast on a CPU: a prompt is encoded once however many beams follow it, the cache is written in place, rows that are done
leave the batch, and grammar constraints are one table look-up per row.

Shapes: `B` prompts, `k` beams per prompt, `V` vocabulary, `L` prompt tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from anymol.inference.cache import make_cache, mark_shared

_DEPART = 0.75
"""The batch is compacted when no more than this share of its rows is still running."""


class Grammar(Protocol):
    """An automaton over token ids that says what may come next. States are small integers."""

    def start(self) -> int:
        """Return the state before the first token of an answer."""

    def advance(self, state: int, token: int) -> int:
        """Return the state after `token`."""

    def allowed(self, states: Sequence[int], remaining: int) -> Tensor:
        """Return a (rows, V) bool tensor of tokens that may follow, with `remaining` tokens left to finish in."""


@dataclass(frozen=True)
class Hypothesis:
    """One decoded answer.

    Attributes:
        tokens: Token ids without the end token.
        log_prob: Sum of the natural-log probabilities of the tokens, end token included.
        complete: Whether the end token came before the limit.
    """

    tokens: tuple[int, ...]
    log_prob: float
    complete: bool


@dataclass(frozen=True)
class Prompts:
    """A left-padded batch of prompts.

    Attributes:
        input_ids: (B, L), int64.
        attention_mask: (B, L), 1 at real tokens.
        molecules: Modality -> collated records for its placeholders in `input_ids`.
    """

    input_ids: Tensor
    attention_mask: Tensor
    molecules: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)


class CachedDecoder:
    """A causal language model with the cache of the rows being decoded."""

    def __init__(self, model: nn.Module, prompts: Prompts) -> None:
        self._model = model
        config: Any = model.config
        text = config.get_text_config(decoder=True)
        self._cache = make_cache(text)
        mask = prompts.attention_mask
        self._padded = bool((mask == 0).any())
        self._mask = mask
        self._positions = mask.sum(dim=1, keepdim=True)
        inputs: dict[str, Any] = {"molecules": prompts.molecules} if prompts.molecules else {}
        position_ids = (mask.cumsum(dim=1) - 1).clamp(min=0)
        output = model(
            input_ids=prompts.input_ids,
            attention_mask=mask if self._padded else None,
            position_ids=position_ids,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **inputs,
        )
        mark_shared(self._cache)
        self.logits: Tensor = output.logits[:, -1].float()

    def expand(self, times: int) -> None:
        """Repeat every row `times` times, side by side; `logits` stays as it is."""
        if times > 1:
            rows = torch.arange(len(self._mask), device=self._mask.device).repeat_interleave(times)
            self._select(rows)

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but `rows`."""
        self._select(rows)

    def _select(self, rows: Tensor) -> None:
        self._cache.batch_select_indices(rows)
        self._mask = self._mask.index_select(0, rows)
        self._positions = self._positions.index_select(0, rows)

    def reorder(self, rows: Tensor) -> None:
        """Continue each row from row ``rows[i]`` of the same prompt."""
        self._cache.reorder_cache(rows)  # type: ignore[arg-type]

    def step(self, tokens: Tensor) -> Tensor:
        """Append one token to each row, (rows,), and return the next logits, (rows, V)."""
        if self._padded:
            self._mask = torch.cat([self._mask, self._mask.new_ones(len(self._mask), 1)], dim=1)
        output = self._model(
            input_ids=tokens[:, None],
            attention_mask=self._mask if self._padded else None,
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._positions = self._positions + 1
        return output.logits[:, -1].float()  # type: ignore[no-any-return]


@torch.inference_mode()
def decode_rows(
    model: nn.Module,
    prompts: Prompts,
    *,
    end: int,
    max_new_tokens: int,
    grammar: Grammar | None = None,
    uniforms: Tensor | None = None,
    temperature: float = 1.0,
    no_repeat: int | None = None,
) -> list[list[Hypothesis]]:
    """Decode greedily, or by sampling where `uniforms` are given.

    Args:
        model: A causal language model in transformers' form.
        prompts: B prompts.
        end: Id of the token that ends an answer.
        max_new_tokens: Most tokens per answer, end included.
        grammar: What may come next; None for anything.
        uniforms: (B, n, max_new_tokens) numbers in [0, 1): n draws per prompt by inversion, so that a draw depends on
            its own numbers only and not on its neighbours in the batch.
        temperature: Divides the logits before sampling; log-probabilities stay those of temperature 1.
        no_repeat: No answer holds the same run of this many tokens twice; None for any run.

    Returns:
        For each prompt its draws (one when greedy), in order of drawing.
    """
    decoder = CachedDecoder(model, prompts)
    draws = 1 if uniforms is None else uniforms.shape[1]
    n_rows = prompts.input_ids.shape[0] * draws
    decoder.expand(draws)
    logits = decoder.logits.repeat_interleave(draws, dim=0)
    numbers = None if uniforms is None else uniforms.reshape(n_rows, -1).to(logits.device)
    states = [grammar.start()] * n_rows if grammar is not None else []
    running = list(range(n_rows))
    tokens: list[list[int]] = [[] for _ in range(n_rows)]
    scores = [0.0] * n_rows
    complete = [False] * n_rows
    alive = [True] * n_rows
    for step in range(max_new_tokens):
        log_probs = logits.log_softmax(dim=-1)
        masked = logits
        if grammar is not None:
            allowed = grammar.allowed([states[row] for row in running], max_new_tokens - step)
            masked = logits.masked_fill(~allowed.to(logits.device), -torch.inf)
        if no_repeat is not None:
            masked = _ban_repeats(masked, [tokens[row] for row in running], no_repeat, end)
        chosen = masked.argmax(dim=-1) if numbers is None else _invert(masked / temperature, numbers[running, step])
        gained = log_probs.gather(1, chosen[:, None])[:, 0].tolist()
        picked = chosen.tolist()
        for row, token, gain in zip(running, picked, gained, strict=True):
            if not alive[row]:
                continue
            scores[row] += gain
            if token == end:
                complete[row], alive[row] = True, False
                continue
            tokens[row].append(token)
            if grammar is not None:
                states[row] = grammar.advance(states[row], token)
        n_alive = sum(alive[row] for row in running)
        if n_alive == 0 or step + 1 == max_new_tokens:
            break
        if n_alive <= _DEPART * len(running):
            keep = [place for place, row in enumerate(running) if alive[row]]
            index = torch.tensor(keep, device=logits.device)
            decoder.keep(index)
            chosen = chosen.index_select(0, index)
            running = [running[place] for place in keep]
        logits = decoder.step(chosen)
    found = [Hypothesis(tuple(t), s, c) for t, s, c in zip(tokens, scores, complete, strict=True)]
    return [found[start : start + draws] for start in range(0, n_rows, draws)]


def _invert(logits: Tensor, numbers: Tensor) -> Tensor:
    """Return for each row the token at which the cumulative probability passes its number; one that may come."""
    cumulative = logits.double().softmax(dim=-1).cumsum(dim=-1)
    total = cumulative[:, -1:]
    # A number that rounding has brought to 1 would pass behind the last token that may come.
    aim = torch.minimum(numbers.double()[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulative, aim, right=True)[:, 0]


@torch.inference_mode()
def beam_search(
    model: nn.Module,
    prompts: Prompts,
    *,
    beams: int,
    end: int,
    max_new_tokens: int,
    grammar: Grammar | None = None,
    no_repeat: int | None = None,
) -> list[list[Hypothesis]]:
    """Find the `beams` most probable answers to each prompt.

    Canonical beam search on the sum of log-probabilities (``length_penalty=0`` in transformers' words): a score is the
    logarithm of a probability, which the calibration needs, and a row may stop as soon as no running beam can still
    beat its worst finished answer, since scores only fall.

    Args:
        model: A causal language model in transformers' form.
        prompts: B prompts.
        beams: k, also the most answers returned per prompt.
        end: Id of the token that ends an answer.
        max_new_tokens: Most tokens per answer, end included.
        grammar: What may come next; None for anything.
        no_repeat: No answer holds the same run of this many tokens twice; None for any run.

    Returns:
        For each prompt its answers, the most probable first. Answers cut at the limit are marked incomplete.
    """
    decoder = CachedDecoder(model, prompts)
    device = decoder.logits.device
    n_prompts, vocabulary = decoder.logits.shape
    decoder.expand(beams)
    logits = decoder.logits.repeat_interleave(beams, dim=0)
    results: list[list[Hypothesis]] = [[] for _ in range(n_prompts)]
    origin = list(range(n_prompts))
    running = torch.full((n_prompts, beams), -torch.inf, device=device)
    running[:, 0] = 0.0
    history = torch.zeros((n_prompts, beams, max_new_tokens), dtype=torch.long, device=device)
    worst = torch.full((n_prompts,), -torch.inf, device=device)
    finished: list[list[Hypothesis]] = [[] for _ in range(n_prompts)]
    open_rows = [True] * n_prompts
    states = [grammar.start()] * (n_prompts * beams) if grammar is not None else []
    for step in range(max_new_tokens):
        n_rows = len(origin)
        log_probs = logits.log_softmax(dim=-1)
        if grammar is not None:
            allowed = grammar.allowed(states, max_new_tokens - step)
            log_probs = log_probs.masked_fill(~allowed.to(device), -torch.inf)
        if no_repeat is not None:
            log_probs = _ban_repeats(log_probs, history[:, :, :step].flatten(0, 1).tolist(), no_repeat, end)
        totals = log_probs.view(n_rows, beams, vocabulary) + running[:, :, None]
        # Twice the beams, so that k remain running even when the k best all end here.
        top_scores, top_places = totals.view(n_rows, -1).topk(min(2 * beams, beams * vocabulary), dim=-1)
        top_beams, top_tokens = top_places // vocabulary, top_places % vocabulary
        ends = top_tokens == end
        last = step + 1 == max_new_tokens
        _collect(finished, worst, open_rows, history, step, top_scores, top_beams, top_tokens, ends, beams, last)
        running, chosen = top_scores.masked_fill(ends, -torch.inf).topk(beams, dim=-1)
        # Scores only fall, so a row is done when its worst kept answer beats every running beam.
        hopeless = (running[:, 0] <= worst) | torch.isneginf(running[:, 0])
        open_rows = [is_open and not stop for is_open, stop in zip(open_rows, hopeless.tolist(), strict=True)]
        n_open = sum(open_rows)
        if n_open == 0 or last:
            break
        source = top_beams.gather(1, chosen)
        added = top_tokens.gather(1, chosen)
        history = history.gather(1, source[:, :, None].expand(-1, -1, max_new_tokens))
        history[:, :, step] = added
        rows = (source + torch.arange(n_rows, device=device)[:, None] * beams).view(-1)
        if grammar is not None:
            states = [
                grammar.advance(states[row], token)
                for row, token in zip(rows.tolist(), added.view(-1).tolist(), strict=True)
            ]
        added = added.view(-1)
        if n_open <= _DEPART * n_rows:
            keep = [place for place in range(n_rows) if open_rows[place]]
            for place in range(n_rows):
                if not open_rows[place]:
                    results[origin[place]] = finished[place]
            index = torch.tensor(keep, device=device)
            flat = (index[:, None] * beams + torch.arange(beams, device=device)).view(-1)
            decoder.keep(rows.index_select(0, flat))
            running, worst, history = running[index], worst[index], history[index]
            added = added.index_select(0, flat)
            origin = [origin[place] for place in keep]
            finished = [finished[place] for place in keep]
            open_rows = [True] * len(keep)
            if grammar is not None:
                states = [states[row] for row in flat.tolist()]
        elif beams > 1:
            decoder.reorder(rows)
        logits = decoder.step(added)
    for place, prompt in enumerate(origin):
        results[prompt] = finished[place]
    return results


def _ban_repeats(scores: Tensor, written: Sequence[Sequence[int]], length: int, end: int) -> Tensor:
    """Return scores (rows, V) in which no token may complete a run of `length` tokens that its row holds already.

    The end token always may: a row must be able to stop.
    """
    banned = torch.zeros_like(scores, dtype=torch.bool)
    for row, tokens in enumerate(written):
        if len(tokens) < length:
            continue
        lead = tuple(tokens[len(tokens) - length + 1 :])
        for start in range(len(tokens) - length + 1):
            if tuple(tokens[start : start + length - 1]) == lead:
                banned[row, tokens[start + length - 1]] = True
    banned[:, end] = False
    return scores.masked_fill(banned, -torch.inf)


def _collect(
    finished: list[list[Hypothesis]],
    worst: Tensor,
    open_rows: Sequence[bool],
    history: Tensor,
    step: int,
    scores: Tensor,
    sources: Tensor,
    tokens: Tensor,
    ends: Tensor,
    beams: int,
    last: bool,
) -> None:
    """Move the answers that end at this step to `finished`, keeping the k best of each row.

    `worst`, (rows,), gets the score of a row's k-th answer once it has k of them.

    Only candidates among the k best may end (the others are spare beams). At the last step whatever stands there is
    kept, as incomplete.
    """
    candidates = ends[:, :beams].clone()
    if last:
        candidates[:] = True
    candidates &= ~torch.isneginf(scores[:, :beams])
    rows, places = candidates.nonzero(as_tuple=True)
    touched = set()
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        if not open_rows[row]:
            continue
        prefix = history[row, int(sources[row, place]), :step].tolist()
        is_end = bool(ends[row, place])
        written = prefix if is_end else [*prefix, int(tokens[row, place])]
        finished[row].append(Hypothesis(tuple(written), float(scores[row, place]), is_end))
        touched.add(row)
    for row in touched:
        finished[row] = sorted(finished[row], key=lambda found: -found.log_prob)[:beams]
        if len(finished[row]) == beams:
            worst[row] = finished[row][-1].log_prob
