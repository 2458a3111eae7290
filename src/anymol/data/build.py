"""Building instruction data: sources -> examples that may be learnt -> shards."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from rdkit import rdBase
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from anymol.chem.selfies import encode_selfies
from anymol.data.check import audit_shards
from anymol.data.compact import require_packable
from anymol.data.config import (
    AnyComponent,
    CaptionsConfig,
    ClassesConfig,
    ConditionsConfig,
    ConversationsConfig,
    DataConfig,
    EditsConfig,
    GeneratedNamesConfig,
    MassBankConfig,
    MeasuredConfig,
    NamesConfig,
    OptimisationConfig,
    PretrainConfig,
    ProceduresConfig,
    PropertiesConfig,
    PublishedConfig,
    QuantumConfig,
    QuestionsConfig,
    ReactionsConfig,
    RecognitionConfig,
    SpecificationsConfig,
    YieldsConfig,
)
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout, compute_evaluated_blocks, evaluated_molecules
from anymol.data.licences import Licences
from anymol.data.shard_files import ShardManifest
from anymol.data.shards import write_shards
from anymol.data.sources.captions import CaptionsSource
from anymol.data.sources.classes import ClassesSource
from anymol.data.sources.conditions import ConditionsSource
from anymol.data.sources.conversations import ConversationsSource
from anymol.data.sources.edits import EditsSource
from anymol.data.sources.generated_names import GeneratedNamesSource
from anymol.data.sources.massbank import MassBankSource
from anymol.data.sources.measured import MeasuredSource
from anymol.data.sources.molecules import WrongSplitError
from anymol.data.sources.names import NamesSource
from anymol.data.sources.optimisation import OptimisationSource
from anymol.data.sources.pretrain import PretrainSource
from anymol.data.sources.procedures import ProceduresSource
from anymol.data.sources.properties import PropertiesSource
from anymol.data.sources.published import PublishedSource
from anymol.data.sources.quantum import QuantumSource
from anymol.data.sources.questions import QuestionsSource
from anymol.data.sources.reactions import ReactionsSource
from anymol.data.sources.recognition import RecognitionSource
from anymol.data.sources.source import DataOrigin, Source, SourceRow
from anymol.data.sources.specifications import SpecificationsSource
from anymol.data.sources.yields import YieldsSource
from anymol.data.unfinished import Made, UnfinishedBuild
from anymol.errors import AnyMolError, DataError, MissingDependencyError
from anymol.locks import lock_folder
from anymol.modalities.content import MoleculePart, Part
from anymol.version import __version__
from anymol.workers import WorkerPool

_CHUNK: Final = 250
"""Most rows per piece of work."""

_SMALL_CHUNK: Final = 16
"""Rows per piece of work where few examples are wanted, so that a component stops soon after it has enough."""


class _SelfiesChangedError(DataError):
    """SELFIES that decode to another molecule."""

    kind = "selfies_changed"


@dataclass(frozen=True)
class BuildPlan:
    """What is built, from where, and what is held out; sent to each worker once.

    Attributes:
        config: What is built.
        sources: One per component.
        heldout: What may not be answered in training.
        origin: Where rows are read from.
    """

    config: DataConfig
    sources: tuple[Source, ...]
    heldout: Heldout
    origin: DataOrigin

    def limit(self, component: AnyComponent, split: str) -> int | None:
        """Return the most examples (per task) of a component and split; None for all."""
        count = component.val_count if split == "val" else component.count
        return None if count is None else math.ceil(count * self.config.fraction)

    def rows(self, index: int, split: str) -> Iterator[SourceRow]:
        """Yield the rows of a component; of one without a count only the fraction that is built."""
        rows = self.sources[index].rows(split, self.origin)
        fraction = self.config.fraction
        if split != "train" or fraction == 1.0 or self.config.components[index].count is not None:
            return rows
        return (row for row in rows if random.Random(f"{self.config.seed}/{index}/{row[0]}").random() < fraction)


@dataclass
class _Outcome:
    """What became of a piece of work: the examples, row by row, and why candidates were not taken."""

    examples: list[InstructionExample] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def make_source(component: AnyComponent, licences: Licences) -> Source:
    """Return what makes the examples that a component of a data config asks for."""
    match component:
        case ReactionsConfig():
            return ReactionsSource(component, licences)
        case ConditionsConfig():
            return ConditionsSource(component, licences)
        case YieldsConfig():
            return YieldsSource(component, licences)
        case ProceduresConfig():
            return ProceduresSource(component, licences)
        case NamesConfig():
            return NamesSource(component, licences)
        case CaptionsConfig():
            return CaptionsSource(component, licences)
        case PropertiesConfig():
            return PropertiesSource(component, licences)
        case ConversationsConfig():
            return ConversationsSource(component, licences)
        case QuantumConfig():
            return QuantumSource(component, licences)
        case MeasuredConfig():
            return MeasuredSource(component, licences)
        case ClassesConfig():
            return ClassesSource(component, licences)
        case EditsConfig():
            return EditsSource(component, licences)
        case SpecificationsConfig():
            return SpecificationsSource(component, licences)
        case OptimisationConfig():
            return OptimisationSource(component, licences)
        case QuestionsConfig():
            return QuestionsSource(component, licences)
        case GeneratedNamesConfig():
            return GeneratedNamesSource(component, licences)
        case RecognitionConfig():
            return RecognitionSource(component, licences)
        case MassBankConfig():
            return MassBankSource(component, licences)
        case PublishedConfig():
            return PublishedSource(component)
        case PretrainConfig():
            return PretrainSource(component, licences)


def build(
    config: DataConfig,
    data_dir: Path | str | None,
    output: Path | str,
    *,
    workers: int = 1,
    audit: bool = True,
    quiet: bool = False,
    resume: bool = False,
) -> ShardManifest:
    """Build instruction data as a shard directory.

    The outcome depends on the config and the data only, not on the number of workers. Validation examples are made
    first, so that what they ask about is refused in training, whichever component would offer it. What is ready lies in
    ``OUTPUT.unfinished`` until the whole is.

    Args:
        config: What to build.
        data_dir: The data directory; may be None where every component is built in.
        output: The shard directory; an older one is replaced once the new one is complete.
        workers: Worker processes.
        audit: Whether the finished data are searched for leaks, independently of how they were made.
        quiet: Whether no progress is shown on standard error.
        resume: Whether a build of the same config that was stopped goes on; it ends as if it had not been stopped.

    Raises:
        DataError: When data are missing or damaged, or what is to be gone on with is of another config.
        LeakageError: When the audit finds an answer that is held out.
    """
    plan = open_plan(config, data_dir)
    heldout = plan.heldout
    refused: Counter[str] = Counter()
    created_with = {"rdkit": rdBase.rdkitVersion}
    place = Path(output)
    folder = place.with_name(f"{place.name}.unfinished")
    key = {"config": config.to_json(), "data": _list_files(data_dir), "anymol": __version__, **created_with}

    def audit_directory(directory: Path) -> dict[str, Any]:
        return audit_shards(directory, heldout, workers=workers).to_json()

    with lock_folder(folder, hint="wait for the other build, or give another output"), _progress(quiet) as progress:
        unfinished = UnfinishedBuild(folder, key, resume=resume)
        manifest = write_shards(
            _make_all(plan, workers, refused, progress, unfinished),
            output,
            name=config.name,
            created_with=created_with,
            refused=lambda: dict(sorted(refused.items())),
            config=config.to_json(),
            audit=audit_directory if audit else None,
        )
        unfinished.delete()
    return manifest


def _list_files(data_dir: Path | str | None) -> dict[str, list[int]]:
    """Return the files of a data directory with their sizes and times: whether rows may still be the same."""
    found = [] if data_dir is None else sorted(path for path in Path(data_dir).rglob("*") if path.is_file())
    return {str(path): [path.stat().st_size, path.stat().st_mtime_ns] for path in found}


def open_plan(config: DataConfig, data_dir: Path | str | None) -> BuildPlan:
    """Return the plan of a build: its sources, and what the data directory holds out.

    Raises:
        DataError: Data are missing or damaged.
    """
    root = None if data_dir is None else Path(data_dir)
    if root is None and config.needs_data:
        raise DataError("this data config needs the data directory", hint="give --data-dir or set ANYMOL_DATA")
    licences = Licences({}) if root is None else Licences.read(root)
    heldout = Heldout.empty() if root is None else Heldout.read(root)
    sources = tuple(make_source(component, licences) for component in config.components)
    origin = DataOrigin(root, licences, config.shippable, config.seed)
    with rdBase.BlockLogs():
        tests = {smiles for one in sources if isinstance(one, PublishedSource) for smiles in one.evaluated(origin)}
    if tests:
        blocks = {block for smiles in tests for block in compute_evaluated_blocks(smiles)}
        heldout = heldout.with_evaluated(blocks, "published_test")
    return BuildPlan(config, sources, heldout, origin)


def _make_all(
    plan: BuildPlan, workers: int, refused: Counter[str], progress: Progress | None, unfinished: UnfinishedBuild
) -> Iterator[InstructionExample]:
    """Yield validation examples of all components, then training examples."""
    config = plan.config
    held: list[InstructionExample] = []
    with _open_pool(plan, workers) as pool:
        at_work = _Build(plan, pool, refused, progress, unfinished)
        for index in range(len(config.components)):
            held.extend(at_work.make(index, "val"))
    # Whoever takes the first examples of a task meets all of its sources, and the same ones whatever else is built.
    held.sort(key=lambda example: random.Random(f"{config.seed}/val/{example.id}").random())
    yield from held
    molecules = {smiles for example in held for smiles in evaluated_molecules(example)}
    evaluated = {block for smiles in molecules for block in compute_evaluated_blocks(smiles)}
    plan = replace(plan, heldout=plan.heldout.with_evaluated(evaluated, "val_of_this_build"))
    with _open_pool(plan, workers) as pool:
        at_work = _Build(plan, pool, refused, progress, unfinished)
        for index in range(len(config.components)):
            yield from at_work.make(index, "train")


@dataclass(frozen=True)
class _Build:
    """A build at work.

    Attributes:
        plan: What is built.
        pool: Workers that know the plan.
        refused: Component, split and reason -> candidates not taken; it grows.
        progress: Where progress is shown; None for nowhere.
        unfinished: What is ready already, and where more of it goes.
    """

    plan: BuildPlan
    pool: _Pool
    refused: Counter[str]
    progress: Progress | None
    unfinished: UnfinishedBuild

    def make(self, index: int, split: str) -> Iterator[InstructionExample]:
        """Yield the examples of one component and split, in row order, at most its limit per task."""
        component = self.plan.config.components[index]
        limit = self.plan.limit(component, split)
        title = f"{split} {name_component(component)}"
        bar = None if self.progress is None else self.progress.add_task(title, total=limit)
        yield from self.unfinished.examples(index, split)
        made = self.unfinished.made(index, split)
        fresh: list[InstructionExample] = []
        with closing(self._work(index, split, limit, made)) as done:
            for outcomes in done:
                taken = list(_take(outcomes, made, limit))
                yield from taken
                fresh.extend(taken)
                if self.unfinished.is_full(fresh):
                    self.unfinished.keep(index, split, made, fresh)
                    fresh.clear()
                _advance(self.progress, bar, made.taken)
        if not made.ended:
            made.ended = True
            self.unfinished.keep(index, split, made, fresh)
        for reason, count in made.refused.items():
            self.refused[f"{title}: {reason}"] += count
        self._show_end(bar, title, made.taken)

    def _work(self, index: int, split: str, limit: int | None, made: Made) -> Generator[Sequence[_Outcome], None, None]:
        """Count and yield what became of each piece that is still to be done, until every task has enough."""
        if made.ended or limit == 0 or _has_enough(made, limit):
            return
        rows = self.plan.rows(index, split)
        size = _CHUNK if limit is None else min(_CHUNK, max(_SMALL_CHUNK, limit // 4))
        pieces = (_Piece(index, split, chunk) for chunk in iter(lambda: tuple(islice(rows, size)), ()))
        with closing(self.pool.run(islice(pieces, made.pieces, None))) as done:
            for _, outcomes in done:
                made.pieces += 1
                yield outcomes
                if _has_enough(made, limit):
                    return

    def _show_end(self, bar: Any, title: str, taken: Counter[str]) -> None:
        _advance(self.progress, bar, taken)
        if self.progress is not None:
            self.progress.update(bar, total=max(taken.values(), default=0))
            if not self.progress.console.is_terminal:
                counts = ", ".join(f"{count} {task}" for task, count in taken.items())
                self.progress.console.print(f"{title}: {counts}")


def _has_enough(made: Made, limit: int | None) -> bool:
    return limit is not None and bool(made.taken) and min(made.taken.values()) >= limit


def _take(outcomes: Sequence[_Outcome], made: Made, limit: int | None) -> Iterator[InstructionExample]:
    """Yield the examples of one piece of work for which there is room; count them, and what was refused."""
    for outcome in outcomes:
        made.refused.update(outcome.refused)
        for example in outcome.examples:
            if limit is None or made.taken[example.task] < limit:
                made.taken[example.task] += 1
                yield example


# ------------------------------------------------------------------------------------------------------------ workers


class _Piece(NamedTuple):
    """Rows of one component, by its place, and split."""

    component: int
    split: str
    rows: tuple[SourceRow, ...]


_Pool = WorkerPool[_Piece, _Outcome]


def _open_pool(plan: BuildPlan, workers: int) -> _Pool:
    """Return the workers of a build, which all know the plan; a row that kills its worker is refused."""
    return WorkerPool(partial(_work, plan), workers, split=_split, crashed=lambda _: _Outcome(refused=Counter(crash=1)))


def _work(plan: BuildPlan, piece: _Piece) -> _Outcome:
    return work_rows(plan, *piece)


def _split(piece: _Piece) -> list[_Piece]:
    return [piece._replace(rows=(row,)) for row in piece.rows]


def work_rows(plan: BuildPlan, index: int, split: str, rows: Sequence[SourceRow]) -> _Outcome:
    """Make the examples of some rows: refused ones are counted with their reason."""
    source = plan.sources[index]
    outcome = _Outcome()
    with rdBase.BlockLogs():
        for row in rows:
            rng = random.Random(f"{plan.config.seed}/{index}/{split}/{row[0]}/{row[1]}")
            try:
                if split == "train":
                    _require_free(plan.heldout, source.guarded(row))
                for example in source.examples(row, split, rng, plan.heldout):
                    if split == "train":
                        refusal = plan.heldout.find_in_example(example)
                        if refusal is not None:
                            outcome.refused[f"held out ({refusal.scope})"] += 1
                            continue
                    for message in example.messages:
                        for part in message.parts:
                            require_packable(part)
                    outcome.examples.append(_write_selfies(example) if plan.config.selfies else example)
            except WrongSplitError:
                continue
            except MissingDependencyError:
                raise  # every row would fail, and a modality would be missing unseen
            except _HeldOutError as held:
                outcome.refused[f"held out ({held.scope})"] += 1
            except AnyMolError as error:
                outcome.refused[error.kind] += 1
    return outcome


class _HeldOutError(Exception):
    """A row whose answer is held out."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


def _require_free(heldout: Heldout, molecules: Sequence[str]) -> None:
    for smiles in molecules:
        refusal = heldout.find(smiles)
        if refusal is not None:
            raise _HeldOutError(refusal.scope)


def _write_selfies(example: InstructionExample) -> InstructionExample:
    """Return the example with each molecule also in SELFIES.

    Raises:
        InvalidSelfiesError: When SELFIES cannot express a molecule.
        DataError: When the SELFIES mean another molecule.
    """

    def rewrite(part: Part) -> Part:
        if not isinstance(part, MoleculePart):
            return part
        encoding = encode_selfies(part.smiles)
        if encoding.changed:
            raise _SelfiesChangedError("the SELFIES decode to another molecule", value=part.smiles)
        return replace(part, selfies=encoding.selfies)

    messages = tuple(replace(message, parts=tuple(map(rewrite, message.parts))) for message in example.messages)
    return replace(example, messages=messages, answer=tuple(map(rewrite, example.answer)))


# ----------------------------------------------------------------------------------------------------------- progress


def name_component(component: AnyComponent) -> str:
    """Return what a component is called in progress, counts and estimates."""
    match component:
        case ReactionsConfig():
            return component.task.value
        case PublishedConfig():
            return component.set.value
        case _:
            return component.kind


def _progress(quiet: bool) -> AbstractContextManager[Progress | None]:
    if quiet:
        return nullcontext(None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=sys.stderr), refresh_per_second=2)


def _advance(progress: Progress | None, bar: Any, taken: Counter[str]) -> None:
    if progress is not None and bar is not None:
        progress.update(bar, completed=max(taken.values(), default=0))
