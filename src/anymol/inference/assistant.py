"""The assistant: give it molecules in any form and a task or a question, get checked answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from anymol.calculations.asking import Request
from anymol.calculations.calculate import as_subject
from anymol.calculations.calculation import Subject
from anymol.calculations.mentions import MentionKind
from anymol.calculations.table import CALCULATIONS
from anymol.chem.parsing import write_canonical
from anymol.chem.reaction import is_reaction, parse_reaction
from anymol.errors import AnyMolError, CheckpointError, ConfigError, InvalidTaskInputError, UserError
from anymol.inference.agreement import flatten
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.confidence import Calibration
from anymol.inference.conversation import Conversation
from anymol.inference.disagreement.judging import compare_forms
from anymol.inference.drawings import write_drawn
from anymol.inference.explaining import explain
from anymol.inference.following import find_stating, say_disagreements
from anymol.inference.forms import list_forms
from anymol.inference.given import GIVEN_TYPES, Given, GivenRecord, require_list
from anymol.inference.inputs import ParsedInput, Records, read_question, wrap_records, write_given
from anymol.inference.molecule_reader import MoleculeReader, mark_doubtful
from anymol.inference.options import OptionKeywords, PredictOptions, SourceChoice, read_options
from anymol.inference.reactions import Resolve
from anymol.inference.rows import PredictionRow, RowAnswerer
from anymol.inference.sources.calculated import Calculations, note_reading
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.order import list_sources
from anymol.inference.sources.source import AnswerSource
from anymol.models.locating import locate_model
from anymol.models.manifest import require_files
from anymol.models.weight_dtype import WeightDtype
from anymol.readers.resolve import Molecule
from anymol.tasks.descriptions import MOLECULE_TO_NAME
from anymol.tasks.properties import MOLECULAR_WEIGHT
from anymol.tasks.routing import route
from anymol.tasks.table import get_task
from anymol.tasks.task import Slot, Task, TaskInput
from anymol.unicode import require_unicode

if TYPE_CHECKING:
    import torch

    from anymol.inference.answering import Answerer
    from anymol.inference.scored import DecodingBudget


class Assistant:
    """Answers chemistry questions by programs, by what was given or is known, and by a model.

    Args:
        load: Loads the model with its calibration; called when a model is first needed.
        name: Name of the model, repeated in each answer.
        tasks: Names of the tasks that the model was trained on; None where that is not known.
        digest: Hash of the model's weights; empty where that is not known.

    Example:
        >>> assistant = Assistant.load()  # doctest: +SKIP
        >>> assistant.predict("molecular_weight", "aspirin").answers[0].value  # doctest: +SKIP
        180.16
    """

    def __init__(
        self, load: Callable[[], Answerer], name: str, tasks: frozenset[str] | None = None, digest: str = ""
    ) -> None:
        self.name = name
        self._model = ModelSource(load, name, tasks, digest)
        self._molecules = MoleculeReader(self._model)
        self._calculations = Calculations(self._molecules)
        self._rows = RowAnswerer(self._model, list_sources(self._model), self._molecules)

    @property
    def sources(self) -> tuple[AnswerSource, ...]:
        """Who is asked, in order; see :mod:`anymol.inference.sources.order`."""
        return self._rows.sources

    @property
    def model(self) -> ModelSource:
        """The model as a source of answers."""
        return self._model

    @property
    def answerer(self) -> Answerer:
        """The model with its calibration, read from disk when it is first asked for."""
        return self._model.answerer

    @classmethod
    def load(
        cls,
        path: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        dtype: WeightDtype | str = WeightDtype.AUTO,
        budget: DecodingBudget | None = None,
        lazy: bool = False,
    ) -> Assistant:
        """Load a model.

        Args:
            path: A model directory, or the name of a model on the Hugging Face hub; None for the embedded model.
            device: Where to run; None takes a GPU where there is one.
            dtype: Type in which the weights are held: ``auto``, ``fp32``, ``bf16``, ``stored``.
            budget: How hard the model looks for answers.
            lazy: Read the weights only when a model is first needed: answers that a program computes then need neither
                torch nor the seconds it takes to start. That the files are there is looked at now all the same.

        Raises:
            CheckpointError: When there is no complete model there.
        """
        if path is not None and not isinstance(path, str | Path):
            raise CheckpointError("a model is named by a path or a name", value=path, hint="leave it out for our own")
        kind = _read_dtype(dtype)
        held = ExitStack()
        directory = held.enter_context(locate_model(path))
        manifest = require_files(directory)

        def load_model() -> Answerer:
            with held:
                return _load_answerer(directory, device, kind, budget)

        name = str(manifest.provenance.get("name") or directory.name)
        assistant = cls(load_model, name, manifest.tasks, manifest.weights_digest)
        if not lazy:
            _ = assistant.answerer
        return assistant

    # ------------------------------------------------------------------------------------------------------- asking

    @overload
    def predict(
        self, task: str | Task, inputs: Given, options: PredictOptions | None = None, **keywords: Unpack[OptionKeywords]
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        task: str | Task,
        inputs: list[Any] | tuple[Any, ...],
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> list[Prediction | FailedPrediction]: ...

    def predict(
        self,
        task: str | Task,
        inputs: Any,
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> Prediction | list[Prediction | FailedPrediction]:
        """Answer one input, or a list of inputs, of a named task.

        Args:
            task: The task, or its name; see ``anymol tasks``.
            inputs: A molecule in any form (a text, a path, a `Molecule`, an RDKit molecule, a record), a reaction, a
                name, slots by name; or a list of these.
            options: How the answers are wanted.
            keywords: Single fields of `PredictOptions`, laid over `options`.

        Returns:
            One prediction; of a list one result per input, in order: where an input has no answer a
            `FailedPrediction` stands in its place, and the others are answered.

        Raises:
            UserError: The task or an option is wrong, or a single input is, or its request is declined.
            UnreadableAnswerError: The model gave no readable answer to a single input.
        """
        wanted = read_options(options, keywords)
        known = _find_task(task)
        if isinstance(inputs, GIVEN_TYPES) or not isinstance(inputs, Iterable):
            return _require(next(self._rows.answer(known, [PredictionRow(inputs)], wanted)))
        return list(self._rows.answer(known, map(PredictionRow, inputs), wanted))

    def predict_many(
        self,
        task: str | Task,
        inputs: Iterable[Given],
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> Iterator[Prediction | FailedPrediction]:
        """Answer a stream of inputs: one result per input, in order, a failure where there is no answer.

        Inputs are taken a chunk at a time, so a stream of any length needs bounded memory. Arguments as `predict`.

        Raises:
            UserError: The task or an option is wrong. Nothing else raises: a wrong input is a result of its own.
        """
        wanted = read_options(options, keywords)
        require_list("inputs", inputs, instead=", or call predict")
        return self._rows.answer(_find_task(task), map(PredictionRow, inputs), wanted)

    def ask(
        self,
        question: str,
        molecules: Sequence[Given] = (),
        *,
        records: Sequence[GivenRecord] = (),
        formula: str | None = None,
        files: Sequence[str] = (),
        options: PredictOptions | None = None,
        **keywords: Unpack[OptionKeywords],
    ) -> Prediction:
        """Answer a free question, by the calculations that it names or by the task that fits it.

        Args:
            question: The question.
            molecules: Molecules it is about, in any form.
            records: Graphs, geometries, pictures and spectra of the molecule it is about, or the paths of their files.
            formula: Formula of that molecule, where it is to be recognised.
            files: Path of the file of each record, where records are given that were read from files: evidence only.
            options: How the answers are wanted; their text is found in the question.
            keywords: Single fields of `PredictOptions`, laid over `options`.

        Raises:
            UnknownTaskError: The question is outside what the model was trained for; the nearest tasks are named.
            UserError: A molecule is wrong, or the request is declined.
        """
        wanted = read_options(options, keywords)
        if not isinstance(question, str):
            raise InvalidTaskInputError("the question must be a text", value=question, hint="ask in plain words")
        require_unicode(question, "the question")
        if wanted.text is not None:
            raise InvalidTaskInputError("ask takes no text", value=wanted.text, hint="say it in the question")
        require_list("molecules", molecules)
        require_list("records", records)
        written = [write_given(one) for one in molecules]
        parts, read_from = wrap_records(list(records), wanted.charge)
        has_reaction = any(is_reaction(one) for one in written)
        routed = route(
            question,
            has_molecule=bool(written),
            has_reaction=has_reaction,
            has_record=bool(parts),
            molecules=0 if has_reaction else len(written),
        )
        if routed.request is not None:
            return self._calculate(question, routed.request, written, parts, files or read_from, wanted)
        task = get_task(routed.task)
        guess = wanted.source is SourceChoice.MODEL
        resolve = self._molecules.resolve_as(wanted.molecule_type if written else None, wanted.charge, guess=guess)
        given = self._join_named(task, written, routed.molecules, resolve)
        parsed = read_question(task, given, routed.text, resolve, parts, formula, files or read_from, wanted.charge)
        start, notes = resolve(routed.start) if routed.start else ("", None)
        told = replace(parsed.task_input, transformation=routed.transformation, start=start)
        parsed = replace(parsed, task_input=told, notes=(*parsed.notes, *([notes] if notes else [])))
        shown = ", ".join(given) or routed.text or question
        found = _require(next(self._rows.answer(task, [PredictionRow(shown, parsed)], wanted)))
        return replace(found, question=question)

    def read_molecule(
        self, written: str, options: PredictOptions | None = None, **keywords: Unpack[OptionKeywords]
    ) -> Molecule:
        """Return the molecule that a text means, with how it was read and what speaks against it.

        Args:
            written: SMILES, SELFIES, InChI, a name, or the path of a file.
            options: What the text is written in, and the charge of a file of coordinates.
            keywords: Single fields of `PredictOptions`.

        Raises:
            UserError: Nothing reads it.
        """
        wanted = read_options(options, keywords)
        return self._molecules.resolve(
            written, wanted.molecule_type, wanted.charge, guess=wanted.source is SourceChoice.MODEL
        )

    def chat(self) -> Conversation:
        """Return a conversation: questions that follow one another, about the molecules named so far."""
        return Conversation(self)

    # ------------------------------------------------------------------------------------------------- calculations

    def _calculate(
        self,
        question: str,
        request: Request,
        written: Sequence[str],
        parts: Records,
        files: Sequence[str],
        wanted: PredictOptions,
    ) -> Prediction:
        """Answer by the table of calculations, and names asked for beside them by the task that names.

        Raises:
            InvalidTaskInputError: A model is asked, or a record does not show the molecule that is asked about.
            UserError: A molecule is wrong, or nothing that is asked can be computed.
        """
        started = time.perf_counter()
        given = [self._molecules.resolve(one, wanted.molecule_type) for one in written if one.strip()]
        notes = [note for one, text in zip(given, written, strict=False) if (note := note_reading(one, text))]
        subjects = [as_subject(one) for one in given]
        compared, followed = None, None
        if parts:
            seen = self._read_records(request, parts, files, wanted)
            shown = _require_molecule(write_drawn(MOLECULAR_WEIGHT, seen))
            subjects.append(Subject(shown.task_input.molecule or "", is_certain=not shown.is_perceived))
            notes += shown.notes
            compared = compare_forms(list_forms(seen.task_input))
        if compared is not None:
            followed = find_stating(compared, shown.task_input.molecule)
            notes += say_disagreements(compared.judgements, followed)
        if wanted.source is SourceChoice.MODEL:
            raise InvalidTaskInputError(
                f"no model answers {', '.join(request.calculations)}", value=question, hint="ask with source 'auto'"
            )
        counted = replace(request, calculations=tuple(name for name in request.calculations if name in CALCULATIONS))
        found = self._calculations.answer(counted, subjects, None if written else wanted.molecule_type)
        named = self._name_all(found.subjects, wanted) if counted != request else ()
        prediction = Prediction(
            ", ".join(request.calculations),
            ", ".join(subject.shown for subject in found.subjects) or question,
            mark_doubtful((*named, *found.answers), (*notes, *found.notes)),
            self.name,
            TaskInput(molecule=_write_subjects(found.subjects)),
            time.perf_counter() - started,
            (*notes, *found.notes),
            question,
            found.subjects,
            () if compared is None else compared.judgements,
        )
        if compared is None or followed is None or not wanted.explain or not prediction.answers:
            return prediction

        def ask(inputs: Sequence[TaskInput]) -> Sequence[Prediction | FailedPrediction]:
            return [self._try_calculating(question, request, written, one, wanted) for one in inputs]

        return replace(prediction, explanation=explain(prediction, compared, followed, ask))

    def _try_calculating(
        self, question: str, request: Request, written: Sequence[str], shown: TaskInput, wanted: PredictOptions
    ) -> Prediction | FailedPrediction:
        """Answer by calculations about some of the records that were given."""
        parts, files = shown.records.get(Slot.MOLECULE, ()), shown.files.get(Slot.MOLECULE, ())
        try:
            return self._calculate(question, request, written, parts, files, replace(wanted, explain=False))
        except AnyMolError as error:
            return FailedPrediction(", ".join(request.calculations), question, error)

    def _join_named(self, task: Task, written: Sequence[str], named: Sequence[str], resolve: Resolve) -> Sequence[str]:
        """Return the molecules of a question: those given beside it, and what it names besides as reacting with them.

        Raises:
            InvalidTaskInputError: It names another molecule than the one that is given.
        """
        if not written or not named:
            return written or named
        given = {flatten(one) for text in written for one in _list_smiles(text, resolve)}
        if not given:
            return written  # what is wrong with them is said where they are read
        read_name = self._molecules.resolve_as(None)
        others = [name for name in named if not given >= set(map(flatten, _list_smiles(name, read_name)))]
        if not others:
            return written
        if Slot.REACTANTS in task.required and not any(map(is_reaction, written)):
            return [*written, *others]
        raise InvalidTaskInputError(
            f"the question names {others[0]}, but {', '.join(written)} is given beside it",
            value=others[0],
            hint="leave one of them out",
        )

    def _read_records(
        self, request: Request, parts: Records, files: Sequence[str], wanted: PredictOptions
    ) -> ParsedInput:
        """Return the records that a calculation is asked about, drawings not yet read."""
        names = [one.text for one in request.mentions if one.kind is not MentionKind.REFERENT]
        if names:
            raise InvalidTaskInputError(
                "a record is given beside the molecules that the question names", value=names[0], hint="ask about one"
            )
        resolve = self._molecules.resolve_as(wanted.molecule_type)
        return read_question(MOLECULAR_WEIGHT, [], None, resolve, parts, None, files)

    def _name_all(self, subjects: Sequence[Subject], wanted: PredictOptions) -> tuple[Answer, ...]:
        """Return the first answer to what each molecule is called."""
        rows = [
            PredictionRow(one.shown, ParsedInput(TaskInput(molecule=one.smiles)))
            for one in subjects
            if one.formula is None
        ]
        return tuple(_require(named).answers[0] for named in self._rows.answer(MOLECULE_TO_NAME, rows, wanted))


def _require_molecule(parsed: ParsedInput) -> ParsedInput:
    """Return an input whose molecule is known.

    Raises:
        InvalidTaskInputError: No record states it, and no drawing shows it.
    """
    if not parsed.task_input.molecule:
        raise InvalidTaskInputError(
            "no program finds the molecule in this record", hint="ask which molecule it is, or give its structure"
        )
    return parsed


def _list_smiles(written: str, resolve: Resolve) -> list[str]:
    """Return the molecules of a text; none where nothing reads it, as of most words that only look like a name."""
    try:
        if is_reaction(written):
            parts = parse_reaction(written)
            return [*parts.reactants, *parts.reagents, *parts.products]
        return resolve(written)[0].split(".")
    except UserError:
        return []


def _write_subjects(subjects: Sequence[Subject]) -> str | None:
    """Return the molecules of a question as one SMILES; None where one is known by its formula only."""
    written = [write_canonical(one.mol) for one in subjects if one.formula is None]
    return ".".join(written) if written and len(written) == len(subjects) else None


def _find_task(task: str | Task) -> Task:
    return task if isinstance(task, Task) else get_task(task)


def _read_dtype(given: str) -> WeightDtype:
    try:
        return WeightDtype(given)
    except ValueError:
        raise ConfigError(f"weights are held in one of {', '.join(WeightDtype)}", value=given) from None


def _load_answerer(
    directory: Path, device: str | torch.device | None, dtype: WeightDtype, budget: DecodingBudget | None
) -> Answerer:
    """Load a model with everything that needs torch."""
    import torch

    from anymol.inference.answering import Answerer
    from anymol.inference.generation import Generator
    from anymol.models.loading import load_prompt_model

    model, processor = load_prompt_model(
        directory,
        device=device or ("cuda" if torch.cuda.is_available() else "cpu"),
        dtype=dtype.resolve(directory),
    )
    return Answerer(Generator(model, processor), Calibration.load(directory), budget)


def _require(found: Prediction | FailedPrediction) -> Prediction:
    match found:
        case FailedPrediction(error=error):
            raise error
        case Prediction():
            return found
