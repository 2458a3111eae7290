"""The assistant: give it molecules in any form and a task or a question, get checked answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.chem.hazards import screen
from anymol.chem.resolve import MolType, Origin, resolve_molecule
from anymol.chem.variants import randomize_smiles
from anymol.errors import (
    AnyMolError,
    CheckpointError,
    InvalidTaskInputError,
    RefusedError,
    UnknownNameError,
    UnreadableAnswerError,
    UserError,
    shorten,
)
from anymol.inference.answers import Answer, FailedPrediction, Method, Prediction
from anymol.inference.confidence import Calibration
from anymol.inference.inputs import Resolve, Understood, Written, read_input, read_question, show_input
from anymol.inference.scored import AnsweredRow, Effort, ScoredAnswer
from anymol.models.manifest import require_files
from anymol.tasks.judging import judge_checks
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Check, Slot, Task, TaskInput, Value

if TYPE_CHECKING:
    import torch

    from anymol.inference.answering import Answerer
    from anymol.inference.generation import Generator
    from anymol.processor import EncodedExample

EMBEDDED: Final = "nano"
"""Name of the model that ships inside the package."""

_CHUNK: Final = 128
"""Rows of a stream that are answered together: enough to fill length buckets, few enough to show progress."""

_MIN_NAME_PROBABILITY: Final = 0.5
"""A name that only the model can read is taken when the model is at least this sure, by its calibration."""

_MAX_NAMES: Final = 10_000
"""Names whose reading is remembered."""

_NAME_TASK: Final = "name_to_molecule"
_MOLECULE_SLOTS: Final = (Slot.MOLECULE, Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS)


class Source(StrEnum):
    """Who answers."""

    AUTO = "auto"
    """A program where one defines the answer exactly, else the model."""
    MODEL = "model"
    TOOL = "tool"


@dataclass(frozen=True)
class Wish:
    """How a call wants its answers.

    Attributes:
        text: Free part of the task.
        top_k: Most answers per row.
        source: Who answers.
        verify: Whether answers are checked.
        seed: Seeds draws and augmentation.
        as_graph: Whether molecules are shown to the model as graphs beside their notation.
        augment: Spellings of the question whose answers are merged (test-time augmentation, as in R-SMILES).
        mol_type: What molecules are written in, where that shall not be found out.
    """

    text: str | None = None
    top_k: int = 1
    source: Source = Source.AUTO
    verify: bool = True
    seed: int = 0
    as_graph: bool = False
    augment: int = 1
    mol_type: MolType | None = None

    def __post_init__(self) -> None:
        if self.top_k < 1 or self.augment < 1:
            raise InvalidTaskInputError("top_k and augment must be at least 1", value=min(self.top_k, self.augment))


@dataclass
class _Row:
    """A row on its way to its answers."""

    written: Written
    understood: Understood | None = None
    prompts: tuple[EncodedExample, ...] = ()
    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()
    error: AnyMolError | None = None

    @property
    def task_input(self) -> TaskInput:
        assert self.understood is not None
        return self.understood.task_input


class Assistant:
    """Answers chemistry questions with a model, and with programs where they define the answer.

    Args:
        load: Loads the model with its calibration; called when a model is first needed.
        name: Name of the model, repeated in each answer.

    Example:
        >>> assistant = Assistant.load()  # doctest: +SKIP
        >>> assistant.predict("molecular_weight", "aspirin").answers[0].value  # doctest: +SKIP
        180.16
    """

    def __init__(self, load: Callable[[], Answerer], name: str) -> None:
        self._load = load
        self._seconds_loading = 0.0
        self.name = name
        self._names: dict[str, ScoredAnswer | None] = {}

    @cached_property
    def answerer(self) -> Answerer:
        """The model, loaded."""
        started = time.perf_counter()
        loaded = self._load()
        self._seconds_loading = time.perf_counter() - started
        return loaded

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        effort: Effort | None = None,
        lazy: bool = False,
    ) -> Assistant:
        """Load a model.

        Args:
            path: A model directory, or the name of a model on the Hugging Face hub; None for the embedded model.
            device: Where to run; None takes a GPU where there is one.
            effort: How hard the model looks for answers.
            lazy: Read the weights only when a model is first needed: answers that a program computes then need neither
                torch nor the seconds it takes to start. That the files are there is looked at now all the same.

        Raises:
            CheckpointError: When there is no complete model there.
        """
        held = ExitStack()
        directory = held.enter_context(_locate(path))
        manifest = require_files(directory)

        def load_model() -> Answerer:
            with held:
                return _load_answerer(directory, device, effort)

        assistant = cls(load_model, str(manifest.provenance.get("name") or directory.name))
        if not lazy:
            _ = assistant.answerer
        return assistant

    # ------------------------------------------------------------------------------------------------------- asking

    def predict(
        self,
        task: str,
        inputs: Written | Sequence[Written],
        *,
        text: str | None = None,
        top_k: int = 1,
        source: Source | str = Source.AUTO,
        verify: bool = True,
        seed: int = 0,
        as_graph: bool = False,
        augment: int = 1,
        mol_type: MolType | str | None = None,
    ) -> Prediction | list[Prediction]:
        """Answer one input, or a list of inputs, of a named task.

        Args:
            task: Name of the task; see ``anymol tasks``.
            inputs: A molecule in any form, a reaction, a name; slots by name; or a list of these.
            text: Free part of the task: an edit, a specification.
            top_k: Most answers per input.
            source: ``auto`` computes what a program defines exactly, ``model`` always asks the model, ``tool`` never.
            verify: Whether answers are checked.
            seed: The same seed gives the same answer.
            as_graph: Show molecules to the model as graphs beside their notation.
            augment: Spellings of the question whose answers are merged.
            mol_type: What molecules are written in (``smiles``, ``name``, ...); None finds out.

        Returns:
            One prediction, or one per input of a list, in order.

        Raises:
            UserError: The task is unknown, an input is wrong, or the request is declined.
            UnreadableAnswerError: The model gave no readable answer.
        """
        wish = Wish(text, top_k, _read_source(source), verify, seed, as_graph, augment, _read_mol_type(mol_type))
        if isinstance(inputs, (str, TaskInput, Mapping)):
            return _require(next(self._predict(get_task(task), [inputs], wish)))
        return [_require(found) for found in self._predict(get_task(task), inputs, wish)]

    def predict_many(
        self,
        task: str,
        inputs: Iterable[Written],
        *,
        text: str | None = None,
        top_k: int = 1,
        source: Source | str = Source.AUTO,
        verify: bool = True,
        seed: int = 0,
        as_graph: bool = False,
        augment: int = 1,
        mol_type: MolType | str | None = None,
    ) -> Iterator[Prediction | FailedPrediction]:
        """Answer a stream of inputs: one result per input, in order, a failure where there is no answer.

        Inputs are taken a chunk at a time, so a stream of any length needs bounded memory. Arguments as `predict`.

        Raises:
            UnknownTaskError: The task is unknown. Nothing else raises: a wrong input is a result of its own.
        """
        wish = Wish(text, top_k, _read_source(source), verify, seed, as_graph, augment, _read_mol_type(mol_type))
        return self._predict(get_task(task), inputs, wish)

    def ask(
        self,
        question: str,
        molecules: Sequence[str] = (),
        *,
        top_k: int = 1,
        source: Source | str = Source.AUTO,
        verify: bool = True,
        seed: int = 0,
        as_graph: bool = False,
        mol_type: MolType | str | None = None,
    ) -> Prediction:
        """Answer a free question by the task that fits it.

        Args:
            question: The question.
            molecules: Molecules it is about, in any form.
            top_k: Most answers.
            source: Who answers.
            verify: Whether answers are checked.
            seed: The same seed gives the same answer.
            as_graph: Show molecules to the model as graphs too.
            mol_type: What `molecules` are written in; None finds out.

        Raises:
            UnknownTaskError: The question is outside what the model was trained for; the nearest tasks are named.
            UserError: A molecule is wrong, or the request is declined.
        """
        from anymol.tasks.routing import route

        has_reaction = any(">" in one for one in molecules)
        routed = route(question, has_molecule=bool(molecules), has_reaction=has_reaction)
        task = get_task(routed.task)
        wish = Wish(None, top_k, _read_source(source), verify, seed, as_graph, mol_type=_read_mol_type(mol_type))
        given = molecules or routed.molecules
        understood = read_question(task, given, routed.text, self._resolver(wish.mol_type if molecules else None))
        shown = ", ".join(given) or routed.text or question
        found = _require(next(self._answer_rows(task, [_Row(shown, understood)], wish)))
        return replace(found, question=question)

    # ---------------------------------------------------------------------------------------------------- the stages

    def _predict(self, task: Task, inputs: Iterable[Written], wish: Wish) -> Iterator[Prediction | FailedPrediction]:
        stream = iter(inputs)
        while chunk := [_Row(written) for written in islice(stream, _CHUNK)]:
            yield from self._answer_rows(task, chunk, wish)

    def _answer_rows(self, task: Task, rows: Sequence[_Row], wish: Wish) -> Iterator[Prediction | FailedPrediction]:
        """Take rows through all stages together and yield their results in order."""
        started = time.perf_counter() - self._seconds_loading
        for row in rows:
            self._prepare(task, row, wish)
        asked = [row for row in rows if row.prompts]
        if asked:
            self._ask_model(task, asked, wish)
            if wish.verify:
                self._check_round_trips(task, asked, wish)
        # A model that was loaded meanwhile is no part of answering.
        seconds = (time.perf_counter() - started - self._seconds_loading) / len(rows)
        for row in rows:
            yield self._finish(task, row, seconds)

    def _prepare(self, task: Task, row: _Row, wish: Wish) -> None:
        """Understand a row, compute its answer, or encode its prompts; an error stays in the row."""
        try:
            if row.understood is None:
                row.understood = read_input(task, row.written, wish.text, self._resolver(wish.mol_type))
            row.notes = row.understood.notes
            if task.screened:
                _require_harmless(task, row.task_input)
            computed = None if wish.source is Source.MODEL else _compute(task, row.task_input, wish)
            if computed is not None:
                row.answers = (computed,)
            elif wish.source is Source.TOOL:
                raise InvalidTaskInputError(
                    f"no program computes the answer of {task.name}",
                    value=show_input(row.written),
                    hint="use --source model",
                )
            else:
                row.prompts = self._encode(task, row.task_input, wish)
        except AnyMolError as error:
            row.error = error

    def _encode(self, task: Task, task_input: TaskInput, wish: Wish) -> tuple[EncodedExample, ...]:
        graphs = _MOLECULE_SLOTS if wish.as_graph else ()
        generator = self.answerer.generator
        if wish.as_graph and "graph" not in generator.model.config.modalities:
            raise InvalidTaskInputError(f"the model {self.name} reads no graphs", hint="leave as_graph out")
        if task.tidy_text is not None and task_input.text is not None:
            task_input = replace(task_input, text=task.tidy_text(task_input.text))
        prompts = tuple(
            generator.processor.encode(render_prompt(task, variant, as_graph=graphs))
            for variant in _spell(task_input, wish)
        )
        longest = max(len(prompt) for prompt in prompts)
        room = _count_positions(generator) - self.answerer.choose_decoding(task, wish.top_k).max_new_tokens
        if longest > room:
            raise InvalidTaskInputError(
                f"the question is too long for the model: {longest} tokens", hint=f"at most {room} tokens fit"
            )
        return prompts

    def _ask_model(self, task: Task, rows: Sequence[_Row], wish: Wish) -> None:
        answered = self.answerer.answer(task, [row.prompts for row in rows], top_k=wish.top_k, seed=wish.seed)
        for row, found in zip(rows, answered, strict=True):
            try:
                row.answers, notes = _choose(task, row.task_input, found, wish)
                row.notes = (*row.notes, *notes)
            except AnyMolError as error:
                row.error = error

    def _check_round_trips(self, task: Task, rows: Sequence[_Row], wish: Wish) -> None:
        """Ask the inverse task about each answer, all rows at once, and add the check."""
        if task.round_trip is None:
            return
        inverse = get_task(task.round_trip)
        jobs: list[tuple[_Row, int, tuple[EncodedExample, ...]]] = []
        for row in rows:
            for place, answer in enumerate(row.answers):
                try:
                    back = TaskInput(reactants=str(answer.value), reagents_state=row.task_input.reagents_state)
                    jobs.append((row, place, self._encode(inverse, back, replace(wish, augment=1, top_k=1))))
                except AnyMolError:
                    continue  # an answer too long to ask about stays unchecked
        found = self.answerer.answer(inverse, [prompts for _, _, prompts in jobs])
        for (row, place, _), back_row in zip(jobs, found, strict=True):
            answer = row.answers[place]
            check = _compare_round_trip(inverse, row.task_input, back_row)
            changed = replace(answer, checks=(*answer.checks, check))
            row.answers = (*row.answers[:place], changed, *row.answers[place + 1 :])

    def _finish(self, task: Task, row: _Row, seconds: float) -> Prediction | FailedPrediction:
        shown = show_input(row.written)
        if row.error is not None:
            return FailedPrediction(task.name, shown, row.error)
        return Prediction(task.name, shown, row.answers, self.name, row.task_input, seconds, row.notes)

    # ------------------------------------------------------------------------------------------------------ molecules

    def _resolver(self, mol_type: MolType | None) -> Resolve:
        """Return the reader of molecules; the model's own reading of a name is its last resort."""

        def resolve(written: str) -> tuple[str, str | None]:
            try:
                molecule = resolve_molecule(written, mol_type, self._read_name)
            except UnknownNameError as error:
                raise self._mention_guess(written, error) from None
            if molecule.origin is Origin.SMILES and not molecule.notes:
                return molecule.smiles, None
            said = f"'{shorten(written)}' was read as {molecule.smiles} ({molecule.origin.value})"
            return molecule.smiles, "; ".join((said, *molecule.notes))

        return resolve

    def _read_name(self, name: str) -> tuple[str, float]:
        """Return the model's reading of a name with its probability; no molecule where the model is too unsure."""
        best = self._guess_name(name)
        if best is None or not best.calibrated or (best.probability or 0.0) < _MIN_NAME_PROBABILITY:
            return "", 0.0
        return str(best.value), best.probability or 0.0

    def _guess_name(self, name: str) -> ScoredAnswer | None:
        if name not in self._names:
            if len(self._names) >= _MAX_NAMES:
                self._names.clear()
            task = get_task(_NAME_TASK)
            try:
                prompts = self._encode(task, TaskInput(text=name), Wish())
                answers = self.answerer.answer(task, [prompts])[0].answers
            except UserError:
                answers = ()
            self._names[name] = answers[0] if answers else None
        return self._names[name]

    def _mention_guess(self, written: str, error: UnknownNameError) -> UnknownNameError:
        best = self._names.get(written.strip())
        if best is None:
            return error
        sure = f"probability {best.probability or 0.0:.2f}" + ("" if best.calibrated else ", not calibrated")
        guess = f"the model's own guess, {best.value}, is too unsure to go on with ({sure})"
        return UnknownNameError(error.message, value=error.input, hint="; ".join(filter(None, (error.hint, guess))))


def _load_answerer(directory: Path, device: str | torch.device | None, effort: Effort | None) -> Answerer:
    """Load a model with everything that needs torch."""
    import torch

    from anymol.inference.answering import Answerer
    from anymol.inference.generation import Generator
    from anymol.models import register
    from anymol.models.checkpoint import load_checkpoint

    register()
    model, processor, _ = load_checkpoint(directory, device=device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return Answerer(Generator(model, processor), Calibration.load(directory), effort)


def _locate(path: str | Path | None) -> AbstractContextManager[Path]:
    """Return a context that holds the model directory for as long as it is read."""
    if path is None:
        embedded = resources.files("anymol") / "embedded" / EMBEDDED
        if not (embedded / "config.json").is_file():
            raise CheckpointError(
                f"the embedded model '{EMBEDDED}' is missing from this installation",
                value=embedded,
                hint="reinstall anymol, or give a model directory with --model",
            )
        return resources.as_file(embedded)
    directory = Path(path)
    if directory.is_dir():
        return nullcontext(directory)
    name = str(path)
    if name.count("/") == 1 and not directory.parent.is_dir():
        return nullcontext(_download(name))
    raise CheckpointError(
        "there is no model here", value=path, hint="give a model directory or the name of a model on the hub"
    )


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.md"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(
            "there is no model directory of this name, and the hub could not give it", value=name,
            hint="check the path, the name and the network",
        ) from error  # fmt: skip


def _read_source(source: Source | str) -> Source:
    try:
        return Source(source)
    except ValueError:
        raise InvalidTaskInputError(
            f"'{source}' is no source of answers", value=source, hint=f"known: {', '.join(Source)}"
        ) from None


def _read_mol_type(mol_type: MolType | str | None) -> MolType | None:
    try:
        return None if mol_type is None else MolType(mol_type)
    except ValueError:
        raise InvalidTaskInputError(
            f"'{mol_type}' is no type of molecule text", value=mol_type, hint=f"known: {', '.join(MolType)}"
        ) from None


def _require(found: Prediction | FailedPrediction) -> Prediction:
    match found:
        case FailedPrediction(error=error):
            raise error
        case Prediction():
            return found


def _count_positions(generator: Generator) -> int:
    return int(getattr(generator.model.config.text_config, "max_position_embeddings", 1 << 30))


def _require_harmless(task: Task, task_input: TaskInput) -> None:
    """Refuse an input that holds a scheduled chemical weapon or a listed precursor.

    Raises:
        RefusedError: Naming what was found.
    """
    for slot in _MOLECULE_SLOTS:
        smiles = task_input.get(slot)
        hazard = None if not smiles else screen(smiles)
        if hazard is not None:
            raise RefusedError(
                f"declined: {hazard}",
                value=smiles,
                hint=f"{task.name} declines the Convention's scheduled chemicals and their listed precursors",
            )


def _compute(task: Task, task_input: TaskInput, wish: Wish) -> Answer | None:
    """Return the exact answer of a program, or None where none defines it."""
    if task.compute is not None:
        computed = task.compute(task_input)
        shown = f"{computed.value:.2f}" if isinstance(computed.value, float) else str(computed.value)
        return Answer(computed.value, shown, task.answer, Method.COMPUTED, task.unit, computed.program)
    if task.name == _NAME_TASK and task_input.text:
        try:
            molecule = resolve_molecule(task_input.text, MolType.NAME)
        except UnknownNameError:
            if wish.source is Source.TOOL:
                raise
            return None
        checks = _verify(task, task_input, molecule.smiles) if wish.verify else ()
        program = molecule.origin.value
        return Answer(molecule.smiles, molecule.smiles, task.answer, Method.COMPUTED, program=program, checks=checks)
    return None


def _spell(task_input: TaskInput, wish: Wish) -> Iterator[TaskInput]:
    """Yield the input as it is and then, for augmentation, with its molecules written at random."""
    yield task_input
    rng = random.Random(wish.seed)
    for _ in range(wish.augment - 1):
        molecule, reactants, reagents, products = (
            None if not (smiles := task_input.get(slot)) else randomize_smiles(smiles, rng) for slot in _MOLECULE_SLOTS
        )
        yield replace(task_input, molecule=molecule, reactants=reactants, reagents=reagents, products=products)


def _choose(
    task: Task, task_input: TaskInput, found: AnsweredRow, wish: Wish
) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """Return the answers to give and what must be said about those left out.

    With verification every candidate is checked, and those that fail a check stand behind those that do not; within
    both, the most probable stands first.

    Raises:
        UnreadableAnswerError: When no answer could be read.
        RefusedError: When every answer was declined.
    """
    if not found.answers:
        raise UnreadableAnswerError(
            f"the model gave no {task.answer.value} that can be read in {found.unreadable} attempts",
            value=found.written[0].text if found.written else None,
        )
    kept: Sequence[ScoredAnswer] = found.answers
    notes: tuple[str, ...] = ()
    if task.screened and task.answer is not AnswerKind.TEXT:
        kept = [one for one in found.answers if not _is_declined(task, str(one.value))]
        if not kept:
            raise RefusedError("every answer found is a scheduled chemical weapon or a listed precursor")
        if declined := len(found.answers) - len(kept):
            notes = (f"{declined} answer{'s' if declined > 1 else ''} declined: scheduled chemicals or precursors",)
    checked = [(one, _verify(task, task_input, one.value) if wish.verify else ()) for one in kept]
    checked.sort(key=lambda pair: judge_checks(pair[1]) is False)
    answers = tuple(
        Answer(
            one.value,
            str(one.value) if task.answer in (AnswerKind.MOLECULE, AnswerKind.MIXTURE) else one.text,
            task.answer,
            Method.MODEL,
            task.unit,
            probability=one.probability,
            interval=one.interval,
            calibrated=one.calibrated and wish.augment == 1,
            checks=checks,
            log_prob=one.log_prob,
        )
        for one, checks in checked[: wish.top_k]
    )
    return answers, notes


def _is_declined(task: Task, smiles: str) -> bool:
    """Whether an answer is not given out: a scheduled chemical or precursor.

    Among suggested reactants the precursors of schedule 3 stay: thionyl chloride and phosphorus chlorides are in every
    laboratory, and the target itself has been screened before.
    """
    hazard = screen(smiles)
    if hazard is None:
        return False
    return not (task.answer is AnswerKind.MIXTURE and hazard.is_precursor and hazard.schedule == 3)


def _verify(task: Task, task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check an answer; a check that cannot be made says so instead of taking the answer with it."""
    try:
        return task.verify(task_input, value)
    except AnyMolError as error:
        return (Check("verifiable", None, f"the answer could not be checked: {error.message}"),)


def _compare_round_trip(inverse: Task, task_input: TaskInput, back: AnsweredRow) -> Check:
    """Compare what the inverse task makes of an answer with the product that was asked about."""
    if not back.answers:
        return Check("round_trip", None, f"{inverse.name} gave no readable answer")
    product = str(back.answers[0].value)
    if product == task_input.products:
        return Check("round_trip", True, f"{inverse.name} gives the product back")
    return Check("round_trip", False, f"{inverse.name} gives {product} instead")
