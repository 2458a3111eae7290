"""Any causal language model in a directory of transformers, asked in words as a person would ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from anymol.backbones.locating import locate_backbone
from anymol.errors import AnyMolError, CheckpointError, InvalidTaskInputError
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.reading import read_texts
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import describe_form, write_message, write_plain
from anymol.files import hash_file
from anymol.inference.scored import AnsweredRow
from anymol.models.manifest import MODEL_DIRECTORY
from anymol.models.weight_dtype import WeightDtype
from anymol.tasks.task import AnswerKind, Task

_MOST_TOKENS: Final = 256
"""Tokens of an answer."""
_PASS_TOKENS: Final = 16_384
"""Positions of a batch, prompts and answers together."""

Prompt = list[int]
"""Tokens of a question, up to where the answer begins."""


class LanguageModelSubject:
    """A plain language model, asked each row in the row's own phrasing, with a word on the form of the answer.

    The question goes through the tokenizer's chat template, where there is one. Texts, numbers and structures are
    written greedily. Of yes and no, and of other lists of labels, each label is scored as the whole reply, its end
    included; their probabilities are normalised over the labels.

    Args:
        model: The model, in evaluation mode.
        tokenizer: Its tokenizer.
        name: What reports call it.
        details: What else the report shall say of it.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, details: Mapping[str, Any] | None = None) -> None:
        self._model, self._tokenizer, self.name = model, tokenizer, name
        self._details = dict(details or {})
        self._has_template = bool(tokenizer.chat_template)
        self._end_id: int | None = tokenizer.eos_token_id

    @classmethod
    def load(
        cls, name_or_path: str, *, device: str = "cpu", dtype: WeightDtype = WeightDtype.AUTO
    ) -> LanguageModelSubject:
        """Load a directory of transformers; nothing is downloaded, and no code of the directory is run.

        Args:
            name_or_path: The directory, or a name that ``anymol backbone`` knows.
            device: Where the model runs.
            dtype: Type in which its weights are held.

        Raises:
            CheckpointError: There is no such model, or it is one of anymol's own.
        """
        if MODEL_DIRECTORY.is_at(Path(name_or_path)):
            raise CheckpointError("this is a model of anymol, not a plain one", value=name_or_path, hint="give --model")
        place = locate_backbone(name_or_path)
        folder = Path(place)
        try:
            tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(
                place, local_files_only=True, dtype=dtype.resolve(folder) or "auto"
            )
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"transformers cannot read it: {str(error).splitlines()[0]}", value=name_or_path,
                hint="give a directory with config, tokenizer and safetensors of a causal language model",
            ) from error  # fmt: skip
        files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
        details = {
            "device": device,
            "dtype": str(model.dtype).removeprefix("torch."),
            "model sha256": {file.name: hash_file(file) for file in files},
        }
        return cls(model.to(device).eval(), tokenizer, folder.name, details)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Template, decoding, and checksums of the weights."""
        template = "the tokenizer's chat template" if self._has_template else "no chat template"
        return {
            "subject": "language model",
            "template": f"the phrasing of each row, then a sentence on the form of the answer; {template}",
            "decoding": f"greedy, at most {_MOST_TOKENS} tokens; labels by their probabilities",
            **self._details,
        }

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Answer rows of one task, together."""
        prompts = [self._encode(task, row) for row in rows]
        asked = [prompt for prompt in prompts if not isinstance(prompt, AnyMolError)]
        reply = self._choose if task.answer is AnswerKind.CLASS else self._write
        found = iter(reply(task, asked))
        return [prompt if isinstance(prompt, AnyMolError) else next(found) for prompt in prompts]

    def write_question(self, row: AskedRow) -> str:
        """Return the question in plain text."""
        return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return what is not known of a model that others trained."""
        return ("what this model was trained on is not known here: it may have seen these rows",)

    def _encode(self, task: Task, row: AskedRow) -> Prompt | AnyMolError:
        """Return the tokens of a question, or why it cannot be asked."""
        try:
            said = [
                {"role": message.speaker.value, "content": write_message(task, message)}
                for message in row.example.messages
            ]
        except AnyMolError as error:
            return error
        # With the question rather than before it: not every template has a system message.
        said[-1]["content"] += f"\n{describe_form(task)}"
        if self._has_template:
            text = self._tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        else:
            text = "\n".join(one["content"] for one in said) + "\nAnswer:"
        # A template has written what stands before a text.
        ids: Prompt = self._tokenizer(text, add_special_tokens=not self._has_template, verbose=False)["input_ids"]
        most = getattr(self._model.config, "max_position_embeddings", None)
        if most is not None and len(ids) + _MOST_TOKENS > most:
            return InvalidTaskInputError(
                f"the question has {len(ids)} tokens, and the model has {most} positions for it and its answer",
                value=row.example.id,
            )
        return ids

    @torch.inference_mode()
    def _write(self, task: Task, prompts: Sequence[Prompt]) -> list[AnsweredRow]:
        """Return what the model writes, greedily."""
        pad = self._end_id if self._tokenizer.pad_token_id is None else self._tokenizer.pad_token_id
        ends = self._model.generation_config.eos_token_id
        decoding = GenerationConfig(
            max_new_tokens=_MOST_TOKENS,
            do_sample=False,
            eos_token_id=self._end_id if ends is None else ends,
            pad_token_id=0 if pad is None else pad,
        )
        texts = [""] * len(prompts)
        for places in _batch(prompts, _MOST_TOKENS):
            ids, mask = self._pad([prompts[place] for place in places], before=True)
            written = self._model.generate(input_ids=ids, attention_mask=mask, generation_config=decoding)
            for place, said in zip(places, written[:, ids.shape[1] :], strict=True):
                texts[place] = self._tokenizer.decode(said, skip_special_tokens=True).strip()
        return [read_texts(task, [(text, None)]) for text in texts]

    @torch.inference_mode()
    def _choose(self, task: Task, prompts: Sequence[Prompt]) -> list[AnsweredRow]:
        """Return the labels of a task with their probabilities, the most probable first."""
        end = [] if self._end_id is None else [self._end_id]
        space = "" if self._has_template else " "
        labels = [
            [*self._tokenizer(f"{space}{label}", add_special_tokens=False)["input_ids"], *end] for label in task.labels
        ]
        nats = torch.empty(len(prompts), len(labels), dtype=torch.float64)
        for number, tokens in enumerate(labels):
            for places in _batch(prompts, len(tokens)):
                ids, mask = self._pad([[*prompts[place], *tokens] for place in places], before=False)
                logits = self._model(input_ids=ids, attention_mask=mask).logits
                for row, place in enumerate(places):
                    # The last token of the prompt says the first one of the reply.
                    begin = len(prompts[place]) - 1
                    scores = logits[row, begin : begin + len(tokens)].float().log_softmax(-1)
                    nats[place, number] = scores[range(len(tokens)), tokens].sum().double()
        found = []
        for row in nats.softmax(1):
            order = row.argsort(descending=True).tolist()
            found.append(read_texts(task, [(task.labels[number], float(row[number])) for number in order]))
        return found

    def _pad(self, sequences: Sequence[Prompt], *, before: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Return tokens and mask, shape (B, L) each, filled up before or behind."""
        length = max(map(len, sequences))
        ids = torch.zeros(len(sequences), length, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            place = slice(length - len(sequence), None) if before else slice(len(sequence))
            ids[row, place] = torch.tensor(sequence)
            mask[row, place] = 1
        return ids.to(self._model.device), mask.to(self._model.device)


def _batch(prompts: Sequence[Prompt], more: int) -> Iterator[list[int]]:
    """Yield the places of prompts that are run together, of like length, with so many tokens behind each."""
    batch: list[int] = []
    for place in sorted(range(len(prompts)), key=lambda one: len(prompts[one])):
        if batch and (len(batch) + 1) * (len(prompts[place]) + more) > _PASS_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
