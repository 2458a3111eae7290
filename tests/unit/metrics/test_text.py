"""Figures for texts, worked by hand."""

from __future__ import annotations

import math
import random

import pytest

from anymol.metrics.text import (
    bleu2_words,
    bleu4_words,
    meteor_exact_words,
    rouge1_words,
    rouge2_words,
    rouge_l_words,
    score_bleu,
    score_meteor_exact,
    score_rouge_l,
    score_rouge_n,
    score_sentence_bleu,
    split_words,
)


def test_words_are_lower_case_and_signs_stand_alone() -> None:
    assert split_words("The 2-Chloro compound (+).") == ["the", "2", "-", "chloro", "compound", "(", "+", ")", "."]
    assert split_words(None) == []


def test_bleu_by_hand() -> None:
    # the cat sat on mat / the cat sat on the mat: 1-grams 5/5, 2-grams 3/4 ('on mat' is new), c = 5, r = 6.
    said, true = ["the cat sat on mat"], ["the cat sat on the mat"]
    brevity = math.exp(1 - 6 / 5)
    assert bleu2_words(said, true) == pytest.approx(brevity * math.sqrt(1.0 * 3 / 4))
    # 3-grams 2/3 (the cat sat, cat sat on), 4-grams 1/2.
    assert bleu4_words(said, true) == pytest.approx(brevity * (1.0 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_bleu_clips_repetitions() -> None:
    # 'the' stands twice in the reference, seven times in the prediction (Papineni's example).
    assert score_bleu(["the the the the the the the"], ["the cat is on the mat"], order=1) == pytest.approx(2 / 7)


def test_bleu_is_over_the_corpus_not_a_mean_of_rows() -> None:
    said, true = ["a b", "c d e f"], ["a b", "c d x f"]
    # 1-grams 5/6, 2-grams 1/1 + 1/3 = 2/4.
    assert bleu2_words(said, true) == pytest.approx(math.sqrt(5 / 6 * 2 / 4))


def test_bleu_of_one_sentence_counts_what_is_short_by_half() -> None:
    assert score_sentence_bleu("a b c d e", "a b c d e") == pytest.approx(1)
    # Three of four words, then (1 + 1) of (3 + 1) pairs and one of (2 + 1) triples; no shorter than the reference.
    assert score_sentence_bleu("a b x d", "a b c d", order=3) == pytest.approx((3 / 4 * 2 / 4 * 1 / 3) ** (1 / 3))
    assert score_sentence_bleu("a b", "a b c d", order=1) == pytest.approx(math.exp(1 - 4 / 2))
    assert score_sentence_bleu("x", "a b c") == 0.0 and score_sentence_bleu("", "a") == 0.0


def test_nothing_in_common_is_zero() -> None:
    assert bleu2_words(["x y"], ["a b"]) == bleu4_words([None], ["a b c d"]) == 0.0
    assert rouge_l_words([None], ["a b"]) == 0.0


def test_rouge_by_hand() -> None:
    # longest common subsequence of 'a b c d' and 'a x c d y': a c d = 3; P = 3/4, R = 3/5.
    assert score_rouge_l("a b c d", "a x c d y") == pytest.approx(2 * 3 / (4 + 5))
    assert score_rouge_n("a b c d", "a x c d y", order=1) == pytest.approx(2 * 3 / 9)
    assert score_rouge_n("a b c d", "a x c d y", order=2) == pytest.approx(2 * 1 / (3 + 4))
    assert rouge1_words(["a b c d", None], ["a x c d y", "a"]) == pytest.approx(1 / 3)
    assert rouge2_words(["a b"], ["a b"]) == 1.0


def test_rouge_l_keeps_the_order() -> None:
    assert score_rouge_l("d c b a", "a b c d") == pytest.approx(2 * 1 / 8)


@pytest.mark.parametrize("metric", [bleu2_words, bleu4_words, rouge1_words, rouge2_words, rouge_l_words])
def test_lengths_must_agree(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="1 predictions for 2"):
        metric(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="no rows"):
        metric([], [])


FOUND = ("The molecule is a monocarboxylic acid.", "It has a role as a plant metabolite.", "A salt.")
TRUE = (
    "The molecule is a dicarboxylic acid.",
    "It has a role as a metabolite of a plant.",
    "A sodium salt, and an acid.",
)


@pytest.mark.parametrize("order", [2, 4])
def test_bleu_is_that_of_sacrebleu(order: int) -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    cut = [[" ".join(split_words(one)) for one in texts] for texts in (FOUND, TRUE)]
    judge = sacrebleu.BLEU(max_ngram_order=order, tokenize="none", smooth_method="none")
    expected = judge.corpus_score(cut[0], [cut[1]]).score / 100
    assert score_bleu(FOUND, TRUE, order=order) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "score"), [("rouge1", rouge1_words), ("rouge2", rouge2_words), ("rougeL", rouge_l_words)]
)
def test_rouge_is_that_of_rouge_score(name: str, score) -> None:  # type: ignore[no-untyped-def]
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")

    class Words:
        @staticmethod
        def tokenize(text: str) -> list[str]:
            return split_words(text)

    judge = rouge_scorer.RougeScorer([name], tokenizer=Words())
    rows = [judge.score(truth, found)[name].fmeasure for found, truth in zip(FOUND, TRUE, strict=True)]
    assert score(FOUND, TRUE) == pytest.approx(sum(rows) / len(rows), rel=1e-9)


def test_meteor_by_hand() -> None:
    # the cat sat on mat / the cat sat on the mat: 5 matches, the last one by itself: from the end, 'the' is matched
    # with the last 'the' that is free, so that 'the', 'cat sat on' and 'mat' are three chunks.
    # P = 1, R = 5/6, F = (5/6) / (0.9 + 0.5/6) = 50/59.
    said, true = "the cat sat on mat", "the cat sat on the mat"
    assert score_meteor_exact(said, true) == pytest.approx(50 / 59 * (1 - 0.5 * (3 / 5) ** 3))
    # All six words of seven in one chunk: P = 1, R = 6/7, F = (6/7) / (0.9 + 0.6/7), penalty 0.5 / 216.
    assert score_meteor_exact(true, f"{true} today") == pytest.approx(6 / 7 / (0.9 + 0.6 / 7) * (1 - 0.5 / 216))
    assert score_meteor_exact(true, true) == 1.0
    # Every word in the opposite order: three chunks of three matches.
    assert score_meteor_exact("c b a", "a b c") == pytest.approx(0.5)
    assert score_meteor_exact(None, true) == score_meteor_exact("dog", true) == score_meteor_exact("dog", "") == 0.0
    assert meteor_exact_words([true, None], [true, true]) == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_meteor_is_that_of_nltk_without_stems_and_synonyms(seed: int) -> None:
    meteor = pytest.importorskip("nltk.translate.meteor_score")
    rng = random.Random(seed)

    class Same:
        def stem(self, word: str) -> str:
            return word

        def synsets(self, word: str) -> list[str]:
            return []

    for _ in range(200):
        said, true = (" ".join(rng.choices("abcdefg", k=rng.randint(1, 12))) for _ in range(2))
        if said == true:
            continue
        expected = meteor.single_meteor_score(true.split(), said.split(), stemmer=Same(), wordnet=Same())
        assert score_meteor_exact(said, true) == pytest.approx(expected)
