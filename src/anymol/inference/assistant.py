"""The assistant: give it molecules in any form and a task or a question, get checked answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anymol.chem.reaction import is_reaction
from anymol.chem.resolve import MolType, Origin, resolve_molecule
from anymol.chem.variants import randomize_smiles
from anymol.errors import AnyMolError, InvalidTaskInputError, UnknownNameError, UserError, shorten
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.choosing import choose_answers, compare_round_trip, join_known
from anymol.inference.computing import NAME_TASK, compute_answer
from anymol.inference.confidence import Calibration
from anymol.inference.drawings import write_drawn
from anymol.inference.finding import find_without_model
from anymol.inference.inputs import Records, Resolve, Understood, Written, read_input, read_question, show_input
from anymol.inference.refusing import require_harmless
from anymol.inference.scored import Effort, ScoredAnswer
from anymol.inference.wish import Source, Wish, read_mol_type, read_source
from anymol.modalities.content import ImagePart
from anymol.models.locating import locate_model
from anymol.models.manifest import require_files
from anymol.readers.molecules import read_first_molecule
from anymol.tasks.prompt import ROLES, render_prompt
from anymol.tasks.routing import route
from anymol.tasks.table import get_task
from anymol.tasks.task import Task, TaskInput

if TYPE_CHECKING:
    import torch

    from anymol.inference.answering import Answerer
    from anymol.inference.generation import Generator
    from anymol.processor import EncodedExample

_CHUNK: Final = 128
"""Rows of a stream that are answered together: enough to fill length buckets, few enough to show progress."""

_PIXELS: Final = 64_000_000
"""Pixels of pictures that rows answered together may hold; 128 photographs would fill a laptop's memory."""

_MIN_NAME_PROBABILITY: Final = 0.5
"""A name that only the model can read is taken when the model is at least this sure, by its calibration."""

_MAX_NAMES: Final = 10_000
"""Names whose reading is remembered."""


@dataclass
class _Row:
    """A row on its way to its answers."""

    written: Written
    understood: Understood | None = None
    prompts: tuple[EncodedExample, ...] = ()
    known: tuple[Answer, ...] = ()
    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()
    error: AnyMolError | None = None

    @property
    def task_input(self) -> TaskInput:
        assert self.understood is not None
        return self.understood.task_input

    @property
    def n_pixels(self) -> int:
        """How many pixels the pictures have that it holds."""
        held = self.written if isinstance(self.written, TaskInput) else self.understood and self.task_input
        parts = [part for parts in held.records.values() for part in parts] if held else []
        return sum(part.image.width * part.image.height for part in parts if isinstance(part, ImagePart))


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
        directory = held.enter_context(locate_model(path))
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
        wish = Wish(text, top_k, read_source(source), verify, seed, as_graph, augment, read_mol_type(mol_type))
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
        wish = Wish(text, top_k, read_source(source), verify, seed, as_graph, augment, read_mol_type(mol_type))
        return self._predict(get_task(task), inputs, wish)

    def ask(
        self,
        question: str,
        molecules: Sequence[str] = (),
        *,
        records: Records = (),
        formula: str | None = None,
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
            records: Graphs, geometries, pictures and spectra of the molecule it is about; see
                :func:`anymol.readers.parts.read_shown`.
            formula: Formula of that molecule, where it is to be recognised.
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
        has_reaction = any(is_reaction(one) for one in molecules)
        routed = route(question, has_molecule=bool(molecules), has_reaction=has_reaction, has_record=bool(records))
        task = get_task(routed.task)
        wish = Wish(None, top_k, read_source(source), verify, seed, as_graph, mol_type=read_mol_type(mol_type))
        given = molecules or routed.molecules
        resolver = self._resolver(wish.mol_type if molecules else None)
        understood = read_question(task, given, routed.text, resolver, records, formula)
        shown = ", ".join(given) or routed.text or question
        found = _require(next(self._answer_rows(task, [_Row(shown, understood)], wish)))
        return replace(found, question=question)

    # ---------------------------------------------------------------------------------------------------- the stages

    def _predict(self, task: Task, inputs: Iterable[Written], wish: Wish) -> Iterator[Prediction | FailedPrediction]:
        rows = (_Row(written) for written in inputs)
        while chunk := list(islice(rows, 1)):
            yield from self._answer_rows(task, chain(chunk, rows), wish)

    def _answer_rows(self, task: Task, stream: Iterable[_Row], wish: Wish) -> Iterator[Prediction | FailedPrediction]:
        """Take the next rows of a stream through all stages together and yield their results in order."""
        started = time.perf_counter() - self._seconds_loading
        rows: list[_Row] = []
        for row in stream:
            self._prepare(task, row, wish)
            rows.append(row)
            if len(rows) == _CHUNK or sum(one.n_pixels for one in rows) >= _PIXELS:
                break
        asked = [row for row in rows if row.prompts]
        if asked:
            self._ask_model(task, asked, wish)
            if wish.verify:
                self._check_round_trips(task, asked, wish)
        # A model that was loaded meanwhile is no part of answering.
        seconds = (time.perf_counter() - started - self._seconds_loading) / len(rows)
        for row in rows:
            if row.known:
                # What the model cannot read or say costs nothing where a known molecule fits.
                row.answers, row.error = join_known(row.known, row.answers, wish), None
            yield self._finish(task, row, seconds)

    def _prepare(self, task: Task, row: _Row, wish: Wish) -> None:
        """Understand a row, compute its answer, or encode its prompts; an error stays in the row."""
        try:
            if row.understood is None:
                row.understood = read_input(task, row.written, wish.text, self._resolver(wish.mol_type))
            if wish.source is not Source.MODEL:
                row.understood = write_drawn(task, row.understood)
            row.notes = row.understood.notes
            if task.screened:
                require_harmless(task, row.task_input)
            computed = None if wish.source is Source.MODEL else compute_answer(task, row.task_input, wish)
            if computed is None:
                found = find_without_model(task, row.task_input, wish)
                row.known, row.notes = found.answers, (*row.notes, *found.notes)
            if computed is not None:
                row.answers = (computed,)
            elif wish.source is Source.TOOL and row.known:
                row.answers = row.known
            elif wish.source is Source.TOOL and task.hides_notation:
                raise InvalidTaskInputError(
                    f"no {task.answer.value} was found in these records without the model",
                    value=show_input(row.written),
                    hint="use --source auto",
                )
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
        graphs = ROLES if wish.as_graph else ()
        generator = self.answerer.generator
        if wish.as_graph and "graph" not in generator.model.config.modalities:
            raise InvalidTaskInputError(f"the model {self.name} reads no graphs", hint="leave as_graph out")
        if task.tidy_text is not None and task_input.text is not None:
            task_input = replace(task_input, text=task.tidy_text(task_input.text))
        if wish.source is not Source.MODEL and not task.hides_notation:
            task_input = _show_what_is_unwritten(task_input)
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
                row.answers, notes = choose_answers(task, row.task_input, found, wish)
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
            check = compare_round_trip(inverse, row.task_input, back_row)
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
                molecule = resolve_molecule(written, mol_type, self._read_name, read_first_molecule)
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
            task = get_task(NAME_TASK)
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


def _require(found: Prediction | FailedPrediction) -> Prediction:
    match found:
        case FailedPrediction(error=error):
            raise error
        case Prediction():
            return found


def _count_positions(generator: Generator) -> int:
    return int(getattr(generator.model.config.text_config, "max_position_embeddings", 1 << 30))


def _show_what_is_unwritten(task_input: TaskInput) -> TaskInput:
    """Return the input without records of molecules that are written: beside notation they make answers worse.

    ``docs/results/shown.md`` measures it; the model alone (``--source model``) is shown all that is given.
    """
    left = {slot: parts for slot, parts in task_input.records.items() if not task_input.get(slot)}
    return replace(task_input, records=left)


def _spell(task_input: TaskInput, wish: Wish) -> Iterator[TaskInput]:
    """Yield the input as it is and then, for augmentation, with its molecules written at random."""
    yield task_input
    rng = random.Random(wish.seed)
    for _ in range(wish.augment - 1):
        molecule, reactants, reagents, products = (
            None if not (smiles := task_input.get(slot)) else randomize_smiles(smiles, rng) for slot in ROLES
        )
        yield replace(task_input, molecule=molecule, reactants=reactants, reagents=reagents, products=products)
