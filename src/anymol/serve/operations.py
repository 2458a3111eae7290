"""What a worker does with a call: an assistant is asked, and its answers become JSON.

No text of a request names a file here: each operation runs where `texts_name_no_files`, and files come inside requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from anymol.errors import AnyMolError, UserError
from anymol.inference.answers import Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.given import Given
from anymol.inference.options import PredictOptions
from anymol.readers.paths import texts_name_no_files
from anymol.readers.resolve import Molecule
from anymol.serve.calls import Call, Operation, Tell
from anymol.serve.config import ServerConfig
from anymol.serve.conversations import Talk, TokenCounter
from anymol.serve.file_contents import read_contents
from anymol.serve.inline_files import read_parts
from anymol.serve.requests import (
    AskRequest,
    ChatRequest,
    ComputeRequest,
    NameRequest,
    PlanRequest,
    PredictRequest,
    ReadRequest,
    RenderRequest,
    SheetRequest,
    Slots,
    SynthesizeRequest,
    Wanted,
)
from anymol.serve.shown import assign_peaks, write_prediction

if TYPE_CHECKING:
    from anymol.planning.constraints import Constraints
    from anymol.planning.single_step import SingleStep
    from anymol.planning.stock import Stock

_TOLD: Final = 16
"""Inputs of a job that are answered between two reports of how far it is."""


@dataclass(frozen=True)
class Document:
    """A drawing or a table, as it is sent.

    Attributes:
        content: Its bytes.
        media_type: What they are, for example ``image/png``.
    """

    content: bytes
    media_type: str


class Operations:
    """All that can be asked of a worker.

    Args:
        config: How the server is wanted.
        assistant: Who is asked; loaded, its weights when they are first needed, where it is not given.
    """

    def __init__(self, config: ServerConfig, assistant: Assistant | None = None) -> None:
        self._config = config
        self.assistant = assistant or Assistant.load(config.model, dtype=config.dtype, lazy=True)
        self._table: Mapping[Operation, Callable[[Any, Call, Tell], Any]] = {
            Operation.PREDICT: self._predict,
            Operation.COMPUTE: self._compute,
            Operation.CHAT: self._chat,
            Operation.PLAN: self._plan,
            Operation.SYNTHESIZE: self._synthesize,
            Operation.RENDER: self._render,
            Operation.READ: self._read,
            Operation.SHEET: self._write_sheet,
            Operation.ASK: self._ask,
            Operation.NAME: self._name,
            Operation.READ_NAME: self._read_name,
        }

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.assistant.name

    def prepare(self) -> None:
        """Read the weights."""
        _ = self.assistant.answerer

    def run(self, call: Call, tell: Tell = lambda progress: None) -> Any:
        """Return the result of a call.

        Raises:
            AnyMolError: The input is wrong, or there is no answer.
        """
        with texts_name_no_files():
            return self._table[call.operation](call.request, call, tell)

    # --------------------------------------------------------------------------------------------------- questions

    def _options(self, wanted: Wanted | ChatRequest, text: str | None = None) -> PredictOptions:
        augment = wanted.augment if isinstance(wanted, Wanted) else 1
        return PredictOptions(
            text=text,
            top_k=wanted.top_k,
            source=wanted.source.value,
            verify=wanted.verify,
            seed=wanted.seed or 0,
            augment=augment,
            mol_type=None if wanted.mol_type is None else wanted.mol_type.value,
            read_files=False,
            untrained=self._config.untrained,
            notebooks=self._config.notebooks,
            charge=wanted.charge,
            explain=wanted.explain,
        )

    def _predict(self, request: PredictRequest, call: Call, tell: Tell) -> dict[str, Any]:
        from anymol.tasks.table import get_task

        task = get_task(call.task)
        options = self._options(request, request.text)
        if request.inputs is None:
            given: Given = "" if request.input is None else _write_input(request.input)
            if request.records is not None:
                shown = read_parts(request.records, charge=request.charge, limit=self._config.limits.file)
                given = {"records": list(shown.records), "formula": request.formula}
            found: Prediction = self.assistant.predict(task, given, options)
            return write_prediction(found)
        rows: list[dict[str, Any]] = []
        asked = [_write_input(one) for one in request.inputs]
        for first in range(0, len(asked), _TOLD):
            answered = self.assistant.predict_many(task, asked[first : first + _TOLD], options)
            rows += [write_prediction(one) for one in answered]
            tell({"done": len(rows), "total": len(asked)})
        return {"task": task.name, "model": self.assistant.name, "results": rows}

    def _ask(self, request: AskRequest, call: Call, tell: Tell) -> dict[str, Any]:
        shown = read_parts(request.records, charge=request.charge, limit=self._config.limits.file)
        found = self.assistant.ask(
            request.question,
            list(request.molecules),
            records=shown.records,
            formula=request.formula,
            files=shown.files,
            options=self._options(request),
        )
        return write_prediction(found)

    def _chat(self, request: ChatRequest, call: Call, tell: Tell) -> dict[str, Any]:
        talk = Talk(self.assistant, self._options(request), self._counter, self._config.limits)
        return talk.answer(request, call.context)

    @cached_property
    def _counter(self) -> TokenCounter:
        return TokenCounter(self._config.model)

    # ------------------------------------------------------------------------------------------------------ programs

    def _compute(self, request: ComputeRequest, call: Call, tell: Tell) -> dict[str, Any]:
        from anymol.calculations.calculate import calculate_all
        from anymol.calculations.table import get_calculation

        chosen = [get_calculation(name) for name in dict.fromkeys(request.names)]
        found = calculate_all(chosen, request.molecules, request.text, files=False)
        return {"input": ", ".join(request.molecules) or request.text, **found.to_json()}

    def _render(self, request: RenderRequest, call: Call, tell: Tell) -> Document:
        from anymol.chem.change_depiction import render_change
        from anymol.chem.depiction import ImageFormat, render_molecule, render_reaction
        from anymol.chem.reaction import is_reaction, parse_reaction

        kind = ImageFormat(request.format)
        media_type = "image/svg+xml" if kind is ImageFormat.SVG else "image/png"
        size = None if request.width is None or request.height is None else (request.width, request.height)
        if is_reaction(request.structure):
            reaction = parse_reaction(request.structure)
            if request.changes:
                if kind is not ImageFormat.SVG:
                    raise UserError("changes are drawn as SVG", value=request.format, hint="ask for svg")
                drawn = render_change(
                    ".".join(reaction.reactants), ".".join(reaction.products), tuple(reaction.reagents)
                ).encode()
            else:
                drawn = render_reaction(reaction.smiles, kind, size=size)
        else:
            if request.changes:
                raise UserError("a molecule has no changes", value=request.structure, hint="give a reaction")
            drawn = render_molecule(self._resolve(request.structure).smiles, kind, size=size or (400, 300))
        return Document(drawn, media_type)

    def _read(self, request: ReadRequest, call: Call, tell: Tell) -> dict[str, Any]:
        limits = self._config.limits
        return read_contents(request, limit=limits.file, rows=limits.job_rows)

    def _write_sheet(self, request: SheetRequest, call: Call, tell: Tell) -> Document:
        from anymol.serve.sheets import MEDIA_TYPE, write_sheet

        return Document(write_sheet(request.columns, request.rows), MEDIA_TYPE)

    def _synthesize(self, request: SynthesizeRequest, call: Call, tell: Tell) -> dict[str, Any]:
        from anymol.modalities.storage import to_json
        from anymol.synthesis.engine import derive_seed
        from anymol.synthesis.table import choose_engines

        engines = choose_engines(",".join(dict.fromkeys(one.value for one in request.modalities)))
        rows: list[dict[str, Any]] = []
        for number, written in enumerate(request.molecules, 1):
            row: dict[str, Any] = {"input": written}
            try:
                molecule = self._resolve(written)
            except AnyMolError as error:
                rows.append(row | {"error": error.to_json()})
                continue
            made: dict[str, Any] = {}
            for engine in engines:
                try:
                    found = engine.synthesize(
                        molecule.smiles, derive_seed(molecule.smiles, engine.modality, request.seed)
                    )
                    made[engine.modality] = {
                        "method": f"{engine.name} {engine.version}",
                        "records": [to_json(record) for record in found.records],
                        "peaks": [assign_peaks(molecule.smiles, record) for record in found.records],
                        "notes": dict(found.notes),
                    }
                except AnyMolError as error:
                    made[engine.modality] = {"error": error.to_json()}
            rows.append(row | {"smiles": molecule.smiles, "notes": _list_notes(molecule), "records": made})
            tell({"done": number, "total": len(request.molecules)})
        return {"results": rows}

    def _resolve(self, written: str) -> Molecule:
        return self.assistant.read_molecule(written, read_files=False)

    # --------------------------------------------------------------------------------------------------------- names

    def _name(self, request: NameRequest, call: Call, tell: Tell) -> dict[str, Any]:
        return self.assistant.predict("molecule_to_name", request.text, read_files=False).to_json()

    def _read_name(self, request: NameRequest, call: Call, tell: Tell) -> dict[str, Any]:
        """Return the structure of a name, and the name that this structure has."""
        found = self._resolve(request.text)
        shown: dict[str, Any] = {
            "name": request.text,
            "smiles": found.smiles,
            "read_by": found.origin.value,
            "notes": _list_notes(found),
            "doubts": list(found.doubts),
            "other_structures": list(found.others),
        }
        try:
            named = self.assistant.predict("molecule_to_name", found.smiles, read_files=False, source="tool")
            shown["systematic_name"] = named.answers[0].to_json() if named.answers else None
        except UserError as error:
            shown["systematic_name"] = {"error": error.to_json()}
        return shown

    # -------------------------------------------------------------------------------------------------------- routes

    def _plan(self, request: PlanRequest, call: Call, tell: Tell) -> dict[str, Any]:
        from anymol.planning.plan import PlanOptions, plan_routes
        from anymol.planning.search import SearchKind

        molecule = self._resolve(request.molecule)
        wanted = PlanOptions(
            request.steps,
            request.seconds,
            alternatives=request.alternatives,
            search=SearchKind(request.search),
            first=request.first,
        )
        plan = plan_routes(
            molecule.smiles,
            self._single_step_with_model if request.source == "auto" else self._single_step,
            self._open_stock(request),
            options=wanted,
            constraints=self._read_constraints(request),
            told=lambda progress: tell(
                {"seconds": round(progress.seconds, 1), "molecules": progress.molecules, "score": progress.score}
            ),
        )
        if plan.interruption is not None:
            raise plan.interruption
        return {**plan.to_json(), "given": request.molecule, "read_as": str(molecule)}

    def _open_stock(self, request: PlanRequest) -> Stock:
        from anymol.planning.shipped_stock import load_shipped_stock
        from anymol.planning.stock import make_stock

        if request.stock is None:
            return load_shipped_stock()
        return make_stock("given", [self._resolve(one).smiles for one in request.stock])

    def _read_constraints(self, request: PlanRequest) -> Constraints:
        from anymol.planning.constraints import Constraints, ReactionPattern

        return Constraints(
            tuple(self._resolve(one).smiles for one in request.ban),
            tuple(request.ban_patterns),
            tuple(ReactionPattern(one) for one in request.ban_reactions),
            frozenset(request.ban_precedents),
        )

    @cached_property
    def _single_step(self) -> SingleStep:
        return self._make_single_step(with_model=False)

    @cached_property
    def _single_step_with_model(self) -> SingleStep:
        return self._make_single_step(with_model=True)

    def _make_single_step(self, *, with_model: bool) -> SingleStep:
        from anymol.planning.single_step import RankedStep
        from anymol.retrieval.reactions.shipped_store import open_stores

        stores, _ = open_stores(notebooks=self._config.notebooks)
        if not stores:
            raise UserError("there is no store of reactions to search")
        return RankedStep(stores, self.assistant.model) if with_model else RankedStep(stores)


def _write_input(given: str | Slots) -> Given:
    """Return an input as an assistant takes it."""
    return given.model_dump(exclude_none=True) if isinstance(given, Slots) else given


def _list_notes(molecule: Molecule) -> Sequence[str]:
    return [*molecule.doubts, *molecule.notes]
