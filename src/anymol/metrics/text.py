"""Figures for descriptions in words. Pure Python; nothing here needs RDKit or a downloaded tokenizer.

The tokens are words: lower-cased runs of letters and digits, and every other sign by itself
(:func:`split_words`). Published captioning tables (MolT5 and those after it) cut text with SciBERT's word pieces
instead, so these figures carry ``_words`` in their names and are *not* comparable with those tables.
An unreadable answer (None) counts as an empty text.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.regression import coverage

Texts = Sequence[str | None]
"""Predicted texts; None where the answer was unreadable."""

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


def split_words(text: str | None) -> list[str]:
    """Cut a text into lower-cased words and single signs.

    Example:
        >>> split_words("A 2-chloro compound.")
        ['a', '2', '-', 'chloro', 'compound', '.']
    """
    return _WORD.findall((text or "").lower())


def score_bleu(
    predictions: Texts,
    references: Sequence[str],
    *,
    order: int,
    split: Callable[[str | None], list[str]] = split_words,
) -> float:
    """Corpus BLEU (Papineni et al. 2002) with one reference per row, uniform weights and no smoothing.

    BLEU = exp(min(0, 1 - r / c)) * exp(mean over n <= order of log p_n), where p_n is the share of the predictions'
    n-grams, clipped by their count in the row's reference, over the whole corpus; c and r are the total lengths of
    predictions and references. Zero where any p_n is zero.

    Args:
        predictions: Predicted texts.
        references: Their references.
        order: Longest n-gram, 2 or 4 by custom.
        split: Cuts a text into tokens.

    Raises:
        ValueError: When the lengths differ or there are no rows.
    """
    require_rows(predictions, references)
    matched, total = [0] * order, [0] * order
    length, reference_length = 0, 0
    for prediction, reference in zip(predictions, references, strict=True):
        words, truth = split(prediction), split(reference)
        length += len(words)
        reference_length += len(truth)
        for n in range(1, order + 1):
            if words == truth:  # every n-gram is matched
                matched[n - 1] += max(0, len(words) - n + 1)
                total[n - 1] += max(0, len(words) - n + 1)
                continue
            grams, true_grams = count_grams(words, n), count_grams(truth, n)
            matched[n - 1] += (grams & true_grams).total()
            total[n - 1] += grams.total()
    if min(matched) == 0:
        return 0.0
    precision = sum(math.log(hit / n) for hit, n in zip(matched, total, strict=True)) / order
    return math.exp(min(0.0, 1.0 - reference_length / length) + precision)


def bleu2_words(predictions: Texts, references: Sequence[str]) -> float:
    """Corpus BLEU-2 over words, 0 to 1."""
    return score_bleu(predictions, references, order=2)


def bleu4_words(predictions: Texts, references: Sequence[str]) -> float:
    """Corpus BLEU-4 over words, 0 to 1."""
    return score_bleu(predictions, references, order=4)


def score_sentence_bleu(prediction: str, reference: str, *, order: int = 4) -> float:
    """BLEU of one row, 0 to 1, each count of longer n-grams raised by one (Lin and Och 2004), so that few match some.

    See :func:`score_bleu`, which this is of a corpus of one row but for that.
    """
    words, truth = split_words(prediction), split_words(reference)
    logs = 0.0
    for n in range(1, order + 1):
        grams = count_grams(words, n)
        added = int(n > 1)
        matched = (grams & count_grams(truth, n)).total() + added
        if matched == 0:
            return 0.0
        logs += math.log(matched / (grams.total() + added))
    return math.exp(min(0.0, 1.0 - len(truth) / len(words)) + logs / order)


def score_rouge_n(prediction: str | None, reference: str, *, order: int) -> float:
    """ROUGE-N F1 of one row (Lin 2004): the overlap of word n-grams, 0 to 1."""
    grams, truth = count_grams(split_words(prediction), order), count_grams(split_words(reference), order)
    return score_f1(grams, truth)


def score_rouge_l(prediction: str | None, reference: str) -> float:
    """ROUGE-L F1 of one row (Lin 2004): the longest common subsequence of words, 0 to 1."""
    words, truth = split_words(prediction), split_words(reference)
    return _f1(_common_subsequence(words, truth), len(words), len(truth))


def rouge1_words(predictions: Texts, references: Sequence[str]) -> float:
    """Mean ROUGE-1 F1 over words, 0 to 1."""
    require_rows(predictions, references)
    scores = [score_rouge_n(p, r, order=1) for p, r in zip(predictions, references, strict=True)]
    return sum(scores) / len(scores)


def rouge2_words(predictions: Texts, references: Sequence[str]) -> float:
    """Mean ROUGE-2 F1 over words, 0 to 1."""
    require_rows(predictions, references)
    scores = [score_rouge_n(p, r, order=2) for p, r in zip(predictions, references, strict=True)]
    return sum(scores) / len(scores)


def rouge_l_words(predictions: Texts, references: Sequence[str]) -> float:
    """Mean ROUGE-L F1 over words, 0 to 1."""
    require_rows(predictions, references)
    scores = [score_rouge_l(p, r) for p, r in zip(predictions, references, strict=True)]
    return sum(scores) / len(scores)


def score_meteor_exact(prediction: str | None, reference: str) -> float:
    """METEOR of one row (Banerjee and Lavie 2005) where equal words alone match, 0 to 1.

    score = F (1 - 0.5 (chunks / m)^3), F = P R / (0.9 P + 0.1 R), with m matched words, P = m / words of the prediction
    and R = m / words of the reference; chunks are runs of matches that follow one another in both. Each word is matched
    with the last equal one that is free, from the end, as NLTK does; but of equal texts the score is 1, where the
    formula leaves 1 - 0.5 / m^3. Published figures match stems and WordNet's synonyms too, which must be downloaded, so
    that they are higher.
    """
    words, truth = split_words(prediction), split_words(reference)
    if words == truth:
        return float(bool(words))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(truth):
        places[word].append(place)
    # (place in the prediction, place in the reference), from the end.
    pairs = [(place, places[word].pop()) for place, word in reversed([*enumerate(words)]) if places.get(word)]
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(words), len(pairs) / len(truth)
    mean = precision * recall / (0.9 * precision + 0.1 * recall)
    breaks = sum(one[0] - two[0] != 1 or one[1] - two[1] != 1 for one, two in pairwise(pairs))
    return mean * (1.0 - 0.5 * ((breaks + 1) / len(pairs)) ** 3)


def meteor_exact_words(predictions: Texts, references: Sequence[str]) -> float:
    """Mean METEOR over words, equal words alone matched, 0 to 1."""
    require_rows(predictions, references)
    scores = [score_meteor_exact(p, r) for p, r in zip(predictions, references, strict=True)]
    return sum(scores) / len(scores)


def exact_text(predictions: Texts, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, with the reference's words, whatever their case, blanks and the stop at their end."""
    require_rows(predictions, references)
    same = (p is not None and _bare(p) == _bare(r) for p, r in zip(predictions, references, strict=True))
    return sum(same) / len(references)


def _bare(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(" .")


def count_grams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    """Return how often each run of `order` words stands in a text."""
    return Counter(tuple(words[start : start + order]) for start in range(len(words) - order + 1))


def score_f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """Return the F1 of two counts of runs, 0 to 1; the same either way round."""
    return _f1((one & other).total(), one.total(), other.total())


def _f1(common: int, predicted: int, true: int) -> float:
    return 0.0 if common == 0 else 2.0 * common / (predicted + true)


def _common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence, in time len(left) * len(right)."""
    previous = [0] * (len(right) + 1)
    for word in left:
        current = [0]
        for position, other in enumerate(right):
            current.append(previous[position] + 1 if word == other else max(previous[position + 1], current[position]))
        previous = current
    return previous[-1]


TEXT_METRICS: Final = (
    Metric("bleu4_words", bleu4_words, higher_is_better=True),
    Metric("bleu2_words", bleu2_words, higher_is_better=True),
    Metric("rouge_l_words", rouge_l_words, higher_is_better=True),
    Metric("rouge1_words", rouge1_words, higher_is_better=True),
    Metric("rouge2_words", rouge2_words, higher_is_better=True),
    Metric("meteor_exact_words", meteor_exact_words, higher_is_better=True),
    Metric("coverage", coverage, higher_is_better=True),
)
"""How descriptions are scored; BLEU-4 over words is the headline."""
