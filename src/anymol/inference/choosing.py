"""What searches are told of the logits behind their branches, and what they choose; the searches of a step together.

Letters: N branches of all searches, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from anymol.errors import NotFiniteError
from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.search import RankedSearch, Ranking, Search, Step, list_repeats


def choose(searches: Sequence[Search], logits: Sequence[Tensor]) -> list[list[Step] | Exception]:
    """Let searches choose what they add next.

    Args:
        searches: The searches.
        logits: For each the logits behind its branches, (branches, V).

    Returns:
        For each its next branches, none where it is over; or what went wrong in it, which is no matter of the others.
    """
    if not searches:
        return []
    log_probs = torch.cat(list(logits)).float().log_softmax(dim=-1)
    # A logit that is no number, or is infinite, has made the whole row so.
    spoilt = log_probs[:, 0].isnan().tolist()
    _forbid(searches, log_probs)
    parts = log_probs.split([len(search.branches) for search in searches])
    chosen: list[list[Step] | Exception] = [[] for _ in searches]
    by_count: dict[int, list[int]] = {}
    drawn: list[tuple[int, DrawnSearch]] = []
    row = 0
    for place, search in enumerate(searches):
        begin, row = row, row + len(search.branches)
        if any(spoilt[begin:row]):
            chosen[place] = NotFiniteError("the model's logits are not finite", hint="its weights may be damaged")
            continue
        match search:
            case RankedSearch():
                by_count.setdefault(search.candidates, []).append(place)
            case DrawnSearch():
                drawn.append((place, search))
    for count, places in by_count.items():
        for place, ranking in zip(places, _rank([parts[place] for place in places], count), strict=True):
            search = searches[place]
            assert isinstance(search, RankedSearch)
            chosen[place] = _contain(partial(search.choose, ranking))
    for place, drawing in drawn:
        chosen[place] = _contain(partial(_draw, drawing, parts[place]))
    return chosen


def _forbid(searches: Sequence[Search], log_probs: Tensor) -> None:
    """Give what may not come the log-probability -inf, in place."""
    rows, masks, banned_rows, banned_tokens = [], [], [], []
    row = 0
    for search in searches:
        bounds = search.bounds
        for branch in search.branches:
            if bounds.grammar is not None:
                rows.append(row)
                masks.append(bounds.grammar.forbidden(branch.state, search.remaining))
            if bounds.no_repeat is not None:
                repeats = list_repeats(branch.tokens, bounds.no_repeat, bounds.end)
                banned_rows += [row] * len(repeats)
                banned_tokens += repeats
            row += 1
    if masks:
        forbidden = torch.stack(masks).to(log_probs.device)
        if len(rows) == len(log_probs):
            log_probs.masked_fill_(forbidden, -torch.inf)
        else:
            index = torch.tensor(rows, device=log_probs.device)
            log_probs[index] = log_probs[index].masked_fill_(forbidden, -torch.inf)
    if banned_rows:
        log_probs[banned_rows, banned_tokens] = -torch.inf


def _contain(choose_alone: Callable[[], list[Step]]) -> list[Step] | Exception:
    """Return what one search chooses, or what went wrong in it."""
    try:
        return choose_alone()
    except Exception as error:  # noqa: BLE001  # whatever one search meets, the others go on
        return error


def _rank(parts: Sequence[Tensor], count: int) -> list[Ranking]:
    """Return the most probable tokens after the branches of each search."""
    joined = parts[0] if len(parts) == 1 else torch.cat(list(parts))
    values, tokens = joined.topk(min(count, joined.shape[1]), dim=-1)
    scores, ids = values.tolist(), tokens.tolist()
    found, start = [], 0
    for part in parts:
        found.append(Ranking(scores[start : start + len(part)], ids[start : start + len(part)]))
        start += len(part)
    return found


def _draw(search: DrawnSearch, log_probs: Tensor) -> list[Step]:
    """Let draws choose: each takes the token at which the cumulative probability passes its number."""
    places, numbers = search.aims
    cumulative = (log_probs / search.temperature).double().softmax(dim=-1).cumsum(dim=-1)
    index = torch.tensor(places, device=log_probs.device)
    mine = cumulative[index]
    total = mine[:, -1:]
    wanted = torch.tensor(numbers, dtype=torch.float64, device=log_probs.device)[:, None] * total
    # A number that rounding has brought to 1 would pass behind the last token that may come.
    aim = torch.minimum(wanted, torch.nextafter(total, torch.zeros_like(total)))
    tokens = torch.searchsorted(mine, aim, right=True)
    gains = log_probs[index].gather(1, tokens)
    return search.choose(tokens[:, 0].tolist(), gains[:, 0].tolist())
