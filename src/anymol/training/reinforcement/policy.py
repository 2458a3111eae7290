"""A model as a policy: it answers questions, is told how good each answer is, and learns from the difference.

What could be won without being right is kept worthless: an answer that does not end in time, cannot be read or copies
the question earns nothing; one that all draws give earns less than one of several; a penalty holds the policy near the
model that it began as, and weights that stray too far are not kept.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from anymol.data.example import InstructionExample
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.training.corpus import EncodedCorpus, encode_corpus
from anymol.training.generated import split_answer
from anymol.training.packing import pad_left
from anymol.training.preparation import encode_examples
from anymol.training.reinforcement.grpo import compute_advantages, compute_divergence, compute_policy_loss
from anymol.training.reinforcement.plan import PolicyPlan

_ROWS = 32
"""Answers that run through the model together."""


@dataclass(frozen=True)
class Verdict:
    """What checks say of an answer.

    Attributes:
        is_right: Whether it is right.
        is_copy: Whether it says what the question gives.
        said: What it says, however it is written; None where it cannot be read.
    """

    is_right: bool
    is_copy: bool
    said: str | None


Judge = Callable[[InstructionExample, str], Verdict]
"""Says what an answer to a question is worth; it knows chemistry, so it is given."""


@dataclass(frozen=True)
class Questions:
    """Questions as the model reads them.

    Attributes:
        examples: The questions.
        corpus: The same encoded, in this order.
    """

    examples: Sequence[InstructionExample]
    corpus: EncodedCorpus

    @classmethod
    def encode(cls, examples: Sequence[InstructionExample], processor: AnyMolProcessor) -> Questions:
        """Encode examples."""
        corpus = encode_corpus(
            examples, lambda chunk: encode_examples(processor, chunk), vocab_size=len(processor.tokenizer)
        )
        return cls(examples, corpus)

    def prompt(self, number: int) -> tuple[int, ...]:
        """Return the tokens of a question."""
        return split_answer(*self.corpus.tokens_of(number))[0]

    def limit(self, number: int) -> int:
        """Return the most tokens of an answer to a question, from the length of its reference."""
        return 2 * len(split_answer(*self.corpus.tokens_of(number))[1]) + 16


@dataclass(frozen=True)
class Answers:
    """Answers to questions.

    Attributes:
        numbers: Which question each answers.
        tokens: Tokens of each, with the one that ends it where it ended.
        ended: Whether each ended in time.
    """

    numbers: Sequence[int]
    tokens: Sequence[tuple[int, ...]]
    ended: Sequence[bool]


@dataclass(frozen=True)
class Rollout:
    """Answers with what is learned from them.

    Attributes:
        answers: The answers.
        advantages: Shape (N,).
        sampled: Logarithms of the tokens' probabilities when they were drawn, answer by answer, each of shape (L,).
        reference: The same of the model at the start.
        figures: Means over the answers: what they were worth, how many were right, read, copied and distinct.
    """

    answers: Answers
    advantages: Tensor
    sampled: Sequence[Tensor]
    reference: Sequence[Tensor]
    figures: Mapping[str, float]


class Policy:
    """A model that learns from verdicts, as :func:`anymol.training.specialists.fit.fit_network` trains it.

    Args:
        plan: How it learns.
        model: The model; what it is now is the reference.
        processor: Its processor.
        training: Questions that it learns from.
        selection: Questions by which weights are kept; what is kept is too good on them, so that others must judge it.
        judge: What an answer is worth.
    """

    def __init__(
        self,
        plan: PolicyPlan,
        model: AnyMolForCausalLM,
        processor: AnyMolProcessor,
        training: Questions,
        selection: Questions,
        judge: Judge,
    ) -> None:
        self._plan, self._model, self._processor, self._judge = plan, model, processor, judge
        self._training, self._selection = training, selection
        self._reference = copy.deepcopy(model).requires_grad_(False).eval()
        if plan.learns_decoder_only:
            for part in (model.encoders, model.projectors, model.markers, model.role_embedding):
                if part is not None:
                    part.requires_grad_(False)
        self._drawn: tuple[int, Rollout] | None = None

    @property
    def network(self) -> nn.Module:
        """The model."""
        return self._model

    def decay(self, name: str) -> float:
        """Return no decay: the penalty of the divergence holds the weights."""
        return 0.0

    def losses(self, step: int) -> dict[str, Tensor]:
        """Return the loss of the answers and the weighted divergence, as numbers whose gradients add up."""
        self._model.eval()  # answers are drawn, and their probabilities computed, by the very same network
        number = step // self._plan.updates
        if self._drawn is None or self._drawn[0] != number:
            self._drawn = (number, self.draw(number))
        rollout = self._drawn[1]
        policy, divergence = [], []
        for places, log_p in self._log_probabilities(self._model, self._training, rollout.answers):
            sampled, mask = _pad([rollout.sampled[place] for place in places])
            reference, _ = _pad([rollout.reference[place] for place in places])
            share = len(places) / len(rollout.answers.tokens)
            clip = self._plan.clip
            policy.append(share * compute_policy_loss(log_p, sampled, rollout.advantages[places], mask, clip=clip))
            divergence.append(share * compute_divergence(log_p, reference, mask))
        return {"policy": torch.stack(policy).sum(), "kl": self._plan.kl_weight * torch.stack(divergence).sum()}

    @torch.no_grad()
    def draw(self, number: int) -> Rollout:
        """Draw answers to the questions of a step, which depend on its number, the seed and the weights alone."""
        plan = self._plan
        draws = np.random.default_rng([plan.seed, number])
        many = len(self._training.examples)
        chosen = draws.choice(many, plan.questions, replace=many < plan.questions)
        numbers = np.repeat(chosen, plan.answers).tolist()
        torch.manual_seed(int(draws.integers(2**62)))
        answers = self._answer(self._training, numbers, drawn=True)
        rewards, figures = self._reward(self._training, answers)
        advantages = compute_advantages(torch.tensor(rewards).view(plan.questions, plan.answers)).flatten()
        sampled, reference = (
            [
                line[: len(answers.tokens[place])].clone()
                for places, log_p in found
                for place, line in zip(places, log_p, strict=True)
            ]
            for found in (
                self._log_probabilities(model, self._training, answers) for model in (self._model, self._reference)
            )
        )
        return Rollout(answers, advantages, sampled, reference, figures)

    def validate(self) -> dict[str, float]:
        """Return figures of greedy answers to the questions of the selection."""
        figures, _ = self.measure(self._selection)
        if self._drawn is not None:
            figures |= {f"drawn_{name}": value for name, value in self._drawn[1].figures.items()}
        return figures

    @torch.no_grad()
    def measure(self, questions: Questions) -> tuple[dict[str, float], list[bool]]:
        """Return figures of greedy answers to questions, and which of them are right."""
        self._model.eval()
        numbers = list(range(len(questions.examples)))
        answers = self._answer(questions, numbers, drawn=False)
        verdicts = self._look_at(questions, answers)
        divergences = []
        for (places, log_p), (_, reference) in zip(
            self._log_probabilities(self._model, questions, answers),
            self._log_probabilities(self._reference, questions, answers),
            strict=True,
        ):
            mask = _pad([log_p.new_zeros(len(answers.tokens[place])) for place in places])[1]
            divergences.append(len(places) * float(compute_divergence(log_p, reference, mask)))
        right = [one is not None and one.is_right for one in verdicts]
        n = len(verdicts)
        figures = {
            "right": sum(right) / n,
            "readable": sum(one is not None and one.said is not None for one in verdicts) / n,
            "copies": sum(one is not None and one.is_copy for one in verdicts) / n,
            "tokens": sum(map(len, answers.tokens)) / n,
            "kl": sum(divergences) / n,
        }
        return figures, right

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return how many answers are right; of weights that strayed too far -1, below all that have not."""
        return figures["right"] if figures["kl"] <= self._plan.most_kl else -1.0

    def _reward(self, questions: Questions, answers: Answers) -> tuple[list[float], dict[str, float]]:
        """Return what each answer is worth, answers to one question standing together, and figures of them all."""
        plan = self._plan
        verdicts = self._look_at(questions, answers)
        rewards: list[float] = []
        distinct = 0
        for start in range(0, len(verdicts), plan.answers):
            group = verdicts[start : start + plan.answers]
            counts = Counter(one.said for one in group if one is not None and one.said is not None)
            distinct += len(counts)
            for one in group:
                if one is None or one.said is None or one.is_copy:
                    rewards.append(0.0)
                    continue
                same = (counts[one.said] - 1) / max(1, plan.answers - 1)
                rewards.append((1.0 if one.is_right else plan.readable_reward) * (1 - plan.diversity * same))
        n = len(verdicts)
        figures = {
            "reward": sum(rewards) / n,
            "right": sum(one is not None and one.is_right for one in verdicts) / n,
            "distinct": distinct / n,
        }
        return rewards, figures

    def _look_at(self, questions: Questions, answers: Answers) -> list[Verdict | None]:
        """Return the verdict of each answer; None for one that did not end in time."""
        return [
            self._judge(questions.examples[number], self._processor.decode_answer(tokens)) if ended else None
            for number, tokens, ended in zip(answers.numbers, answers.tokens, answers.ended, strict=True)
        ]

    def _answer(self, questions: Questions, numbers: Sequence[int], *, drawn: bool) -> Answers:
        end, tokens, ended = self._processor.end_id, list[tuple[int, ...]](), list[bool]()
        sampling = {"temperature": self._plan.temperature, "top_k": 0, "top_p": 1.0} if drawn else {}
        for start in range(0, len(numbers), _ROWS):
            chunk = numbers[start : start + _ROWS]
            ids, mask = pad_left([questions.prompt(number) for number in chunk], self._pad_id)
            limits = [questions.limit(number) for number in chunk]
            found = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                molecules=questions.corpus.molecules_of(chunk),
                max_new_tokens=max(limits),
                do_sample=drawn,
                eos_token_id=end,
                pad_token_id=self._pad_id,
                **sampling,
            )
            for line, limit in zip(found[:, ids.shape[1] :].tolist(), limits, strict=True):
                length = line.index(end) + 1 if end in line else len(line)
                ended.append(end in line and length <= limit)
                tokens.append(tuple(line[: min(length, limit)]))
        return Answers(numbers, tokens, ended)

    def _log_probabilities(
        self, model: AnyMolForCausalLM, questions: Questions, answers: Answers
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Yield places of answers, and the logarithms of their tokens' probabilities, shape (n, L)."""
        for start in range(0, len(answers.tokens), _ROWS):
            places = list(range(start, min(start + _ROWS, len(answers.tokens))))
            numbers = [answers.numbers[place] for place in places]
            prompts = [questions.prompt(number) for number in numbers]
            written = [answers.tokens[place] for place in places]
            whole = [torch.tensor((*prompt, *answer)) for prompt, answer in zip(prompts, written, strict=True)]
            ids = nn.utils.rnn.pad_sequence(whole, batch_first=True, padding_value=self._pad_id)
            mask = nn.utils.rnn.pad_sequence([torch.ones_like(one) for one in whole], batch_first=True)
            logits = model(
                input_ids=ids, attention_mask=mask, molecules=questions.corpus.molecules_of(numbers), use_cache=False
            ).logits
            longest = max(map(len, written))
            # The token at a place is foretold by the one before it.
            first = torch.tensor([len(prompt) - 1 for prompt in prompts])
            at = (first[:, None] + torch.arange(longest)).clamp(max=ids.shape[1] - 2)
            rows = torch.arange(len(places))[:, None]
            log_p = (logits[rows, at].float() / self._plan.temperature).log_softmax(-1)
            yield places, log_p.gather(-1, ids[rows, at + 1][..., None])[..., 0]

    @property
    def _pad_id(self) -> int:
        return int(self._processor.tokenizer.pad_token_id)


def _pad(lines: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return lines of different length as (n, L), and where each has a value."""
    mask = nn.utils.rnn.pad_sequence([torch.ones_like(line, dtype=torch.bool) for line in lines], batch_first=True)
    return nn.utils.rnn.pad_sequence(list(lines), batch_first=True), mask
