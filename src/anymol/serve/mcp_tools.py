"""Tools for other assistants, over the Model Context Protocol: each result says what found it and what it rests on.

A tool's text is for the assistant to read; its structured content is the whole answer. What is wrong with an input is
an error result, which says what would be right, so that the assistant can ask again.
"""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any, Final, ParamSpec

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent, ToolAnnotations
from pydantic import Field, ValidationError

from anymol.errors import AnyMolError
from anymol.serve.calls import Answering, Call, InternalError, Operation
from anymol.serve.config import ServerConfig
from anymol.serve.failures import TooLargeError, explain_validation
from anymol.serve.operations import Document
from anymol.serve.replies import ComputedReply, ListReply, NameReply, PlanReply, PredictionReply, RecordsReply
from anymol.serve.requests import (
    AskRequest,
    ComputeRequest,
    Made,
    NameRequest,
    PlanRequest,
    PredictRequest,
    RecordPart,
    RenderRequest,
    Slots,
    SynthesizeRequest,
)
from anymol.version import __version__

_INSTRUCTIONS: Final = """\
Tools of chemistry whose answers are computed, searched in records, or predicted and then checked. Use them instead of
working such things out: formulas, masses, counts, stereochemistry, comparisons, names, reactions, routes, spectra and
drawings. Molecules are given as SMILES, SELFIES, InChI or names. Every answer says its method and evidence; 'exact' is
right by definition, a probability is calibrated, a failed check or a doubt must be passed on to the user.
"""
_ASIDE: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_Asked = ParamSpec("_Asked")
_log = logging.getLogger("anymol.serve")
_MOST_LINES: Final = 60
_CHECKED: Final = ("formula", "average_mass", "formal_charge", "stereocentres", "double_bond_stereo", "inchikey")
_COMPARED: Final = ("same_molecule", "relation", "difference", "similarity")

Molecule = Annotated[str, Field(min_length=1, max_length=20_000, description="SMILES, SELFIES, InChI or a name")]
Many = Annotated[int, Field(ge=1, le=50, description="most answers")]
Predicted = Annotated[CallToolResult, PredictionReply]
Computed = Annotated[CallToolResult, ComputedReply]


def make_mcp_server(answering: Answering, config: ServerConfig) -> MCPServer:
    """Return the server of the tools.

    Args:
        answering: Who answers.
        config: How the server is wanted.
    """
    server: MCPServer = MCPServer(
        "anymol", title="anymol", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING"
    )
    tools = _Tools(answering, config)
    for tool, title in (
        (tools.ask, "Ask a question about molecules"),
        (tools.calculate, "Compute properties"),
        (tools.compare_molecules, "Compare two molecules"),
        (tools.check_molecule, "Check a structure"),
        (tools.name_molecule, "Name a structure"),
        (tools.read_name, "Read a name"),
        (tools.predict_products, "Predict the products of a reaction"),
        (tools.propose_precursors, "Propose precursors"),
        (tools.plan_routes, "Plan routes"),
        (tools.read_record, "Read a spectrum, drawing or file"),
        (tools.predict, "Answer a task by its name"),
        (tools.make_records, "Make spectra and geometries"),
        (tools.draw, "Draw a structure"),
        (tools.list_tasks, "List tasks"),
        (tools.list_calculations, "List calculations"),
    ):
        server.add_tool(_answer_errors(tool), title=title, annotations=_ASIDE)
    return server


def _answer_errors(tool: Callable[_Asked, Awaitable[CallToolResult]]) -> Callable[_Asked, Awaitable[CallToolResult]]:
    """Return a tool whose errors are results; what is asked stands in no log, as it would where the SDK logs them."""

    @wraps(tool)
    async def answer(*given: _Asked.args, **named: _Asked.kwargs) -> CallToolResult:
        try:
            return await tool(*given, **named)
        except ValidationError as error:
            return _fail(explain_validation(error.errors(), schema="the schema of the tool")[1])
        except AnyMolError as error:
            return _fail(error)
        except Exception as error:  # the border of the tools  # noqa: BLE001
            trace = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a fault in a tool: %s\n%s", type(error).__name__, trace)
            return _fail(InternalError(f"a fault in anymol: {type(error).__name__}"))

    return answer


class _Tools:
    """The tools, each a method whose docstring an assistant reads."""

    def __init__(self, answering: Answering, config: ServerConfig) -> None:
        self._answering, self._config = answering, config

    # ----------------------------------------------------------------------------------------------- in words

    async def ask(
        self,
        question: Annotated[str, Field(min_length=1, max_length=20_000)],
        molecules: Annotated[list[Molecule], Field(max_length=32)] = [],  # noqa: B006 - pydantic copies it
        records: Annotated[list[RecordPart], Field(max_length=8)] = [],  # noqa: B006
        formula: str | None = None,
        top_k: Many = 1,
    ) -> Predicted:
        """Answer a free question about molecules, as 'What is the m/z of [M+Na]+ of caffeine?'; what no program,
        record or model answers is declined. Prefer a tool of its own where one fits.
        """
        request = _make(
            AskRequest, question=question, molecules=molecules, records=records, formula=formula, top_k=top_k
        )
        return await self._predict(Call(Operation.ASK, request))

    # ------------------------------------------------------------------------------------------------ programs

    async def calculate(
        self,
        names: Annotated[list[str], Field(min_length=1, max_length=60, description="as list_calculations names them")],
        molecules: Annotated[list[Molecule], Field(max_length=32)],
        text: Annotated[str, Field(max_length=20_000, description="what they read besides: an adduct, amounts")] = "",
    ) -> Computed:
        """Compute formula, masses, ion m/z, counts, rings, stereocentres, LogP, TPSA, QED, functional groups, InChI,
        SELFIES, comparisons, stoichiometry and more. All names are computed of the same molecules.
        """
        return await self._compute(_make(ComputeRequest, names=names, molecules=molecules, text=text))

    async def compare_molecules(self, first: Molecule, second: Molecule) -> Computed:
        """Say whether two structures are the same molecule, stereoisomers, tautomers or constitutional isomers, what
        differs between them, and how similar they are.
        """
        return await self._compute(_make(ComputeRequest, names=list(_COMPARED), molecules=[first, second]))

    async def check_molecule(self, molecule: Molecule) -> Computed:
        """Check that a SMILES or name means a real structure: canonical form, formula, mass, charge, stereochemistry,
        InChIKey. An invalid one is an error that says where it is wrong.
        """
        return await self._compute(_make(ComputeRequest, names=["smiles", *_CHECKED], molecules=[molecule]))

    async def list_calculations(self) -> Annotated[CallToolResult, ListReply]:
        """List what `calculate` computes."""
        from anymol.calculations.listing import describe_calculation
        from anymol.calculations.table import CALCULATIONS

        found = [describe_calculation(one) for one in CALCULATIONS.values()]
        lines = [f"{one['name']} (of {one['takes']}): {one['title']}" for one in found]
        return _reply({"object": "list", "data": found}, lines)

    # --------------------------------------------------------------------------------------------------- names

    async def name_molecule(self, molecule: Molecule) -> Predicted:
        """Return the systematic name of a structure, checked by reading it back to the same structure."""
        return await self._predict(Call(Operation.NAME, _make(NameRequest, text=molecule)))

    async def read_name(self, name: Molecule) -> Annotated[CallToolResult, NameReply]:
        """Return the structure that a name means, who read it, what else may be meant, and the systematic name of that
        structure as a round trip.
        """
        found = await self._call(Call(Operation.READ_NAME, _make(NameRequest, text=name)))
        lines = [f"{found['smiles']} (read by {found['read_by']})"]
        back = found["systematic_name"]
        if back and "value" in back:
            lines += [f"its systematic name: {back['value']}", *_list_checks(back)]
        lines += [f"doubt: {one}" for one in found["doubts"]]
        lines += [f"may also mean: {one}" for one in found["other_structures"]]
        return _reply(found, lines)

    # ----------------------------------------------------------------------------------------------- reactions

    async def predict_products(
        self,
        reactants: Annotated[
            str, Field(min_length=1, max_length=20_000, description="SMILES joined by dots, or names")
        ],
        reagents: Annotated[str | None, Field(max_length=20_000)] = None,
        top_k: Many = 3,
    ) -> Predicted:
        """Predict the main product of a reaction, with the recorded reactions that it follows and checks of atoms."""
        asked = Slots(reactants=reactants, reagents=reagents) if reagents else reactants
        request = _make(PredictRequest, input=asked, top_k=top_k)
        return await self._predict(Call(Operation.PREDICT, request, "forward_reaction"))

    async def propose_precursors(self, product: Molecule, top_k: Many = 5) -> Predicted:
        """Propose what a molecule can be made of in one step (retrosynthesis), with precedents and a round trip.
        Scheduled chemical weapons and their precursors are declined.
        """
        request = _make(PredictRequest, input=product, top_k=top_k)
        return await self._predict(Call(Operation.PREDICT, request, "retrosynthesis"))

    async def plan_routes(
        self,
        molecule: Molecule,
        steps: Annotated[int, Field(ge=1, le=20)] = 5,
        seconds: Annotated[float, Field(gt=0, le=600, description="of search; a server may allow fewer")] = 20.0,
        alternatives: Annotated[int, Field(ge=1, le=20)] = 3,
        stock: Annotated[list[Molecule] | None, Field(max_length=1_000, description="building blocks")] = None,
    ) -> Annotated[CallToolResult, PlanReply]:
        """Search for routes of several steps from building blocks to a molecule; each step with its precedents."""
        most = self._config.limits.plan_seconds
        if seconds > most:
            raise TooLargeError(f"a search of {seconds:g} s is asked for", hint=f"at most {most:g} s are waited for")
        request = _make(
            PlanRequest, molecule=molecule, steps=steps, seconds=seconds, alternatives=alternatives, stock=stock
        )
        found = await self._call(Call(Operation.PLAN, request), seconds=seconds)
        return _reply(found, _describe_plan(found))

    # ------------------------------------------------------------------------------------------------- records

    async def read_record(
        self,
        record: RecordPart,
        formula: Annotated[str | None, Field(description="molecular formula, which infrared spectra need")] = None,
        is_scheme: Annotated[bool, Field(description="whether a drawing shows a reaction")] = False,
        top_k: Many = 3,
    ) -> Predicted:
        """Find the molecule of an MS/MS spectrum, an infrared spectrum, a drawing or a file inside the call (peaks,
        points, a data URL, the content of a file). A structure that a file states is read; others are searched among
        known molecules, ranked, and checked.
        """
        task = "reaction_recognition" if is_scheme else "molecule_recognition"
        request = _make(PredictRequest, records=[record], formula=formula, top_k=top_k)
        return await self._predict(Call(Operation.PREDICT, request, task))

    async def make_records(
        self, molecule: Molecule, modalities: Annotated[list[Made], Field(min_length=1, max_length=5)]
    ) -> Annotated[CallToolResult, RecordsReply]:
        """Make a graph, geometry, drawing, or computed MS/MS and infrared spectrum of a molecule."""
        request = _make(SynthesizeRequest, molecules=[molecule], modalities=modalities)
        found = await self._call(Call(Operation.SYNTHESIZE, request))
        (row,) = found["results"]
        if "error" in row:
            return _write_error(row["error"])
        made = [
            f"{name}: {one['error']['message']}"
            if "error" in one
            else f"{name}: {len(one['records'])} by {one['method']}"
            for name, one in row["records"].items()
        ]
        return _reply(found, made)

    async def draw(
        self,
        structure: Annotated[str, Field(min_length=1, max_length=20_000, description="a molecule, or reaction SMILES")],
    ) -> CallToolResult:
        """Draw a molecule or a reaction as a PNG picture."""
        request = _make(RenderRequest, structure=structure, format="png")
        found = await self._call(Call(Operation.RENDER, request))
        assert isinstance(found, Document)
        data = base64.b64encode(found.content).decode("ascii")
        return CallToolResult(content=[ImageContent(type="image", data=data, mime_type=found.media_type)])

    # --------------------------------------------------------------------------------------------------- tasks

    async def predict(
        self,
        task: Annotated[str, Field(max_length=60, description="as list_tasks names it")],
        input: str | Slots | None = None,
        text: Annotated[str | None, Field(max_length=20_000, description="an edit, a specification")] = None,
        records: Annotated[list[RecordPart] | None, Field(min_length=1, max_length=8)] = None,
        top_k: Many = 3,
    ) -> Predicted:
        """Answer a task by its name: measured properties, conditions, yields, editing, design, captions and others."""
        from anymol.tasks.table import get_task
        from anymol.tasks.task import Slot

        known = get_task(task)
        if input is None and records is None and text is not None and known.required == (Slot.TEXT,):
            input, text = text, None  # what is asked with text alone may be given either way
        request = _make(PredictRequest, input=input, records=records, text=text, top_k=top_k)
        return await self._predict(Call(Operation.PREDICT, request, known.name))

    async def list_tasks(self) -> Annotated[CallToolResult, ListReply]:
        """List what `predict` answers: inputs, output and an example of each task."""
        from anymol.tasks.listing import describe_task
        from anymol.tasks.table import TASKS

        found = [describe_task(task) for task in TASKS.values()]
        return _reply({"object": "list", "data": found}, [f"{one['name']}: {one['summary']}" for one in found])

    # ------------------------------------------------------------------------------------------------- answers

    async def _predict(self, call: Call) -> CallToolResult:
        found = await self._call(call)
        return _reply(found, _describe_prediction(found))

    async def _compute(self, request: ComputeRequest) -> CallToolResult:
        found = await self._call(Call(Operation.COMPUTE, request))
        lines = [
            f"{one['statement']} ({'exact' if one['exact'] else 'computed'}; {one['program']})"
            for one in found["results"]
        ]
        lines += [f"{one['name']}: not computed, {one['message']}" for one in found.get("errors", ())]
        lines += [f"note: {one}" for one in found.get("notes", ())]
        return _reply(found, lines)

    async def _call(self, call: Call, *, seconds: float = 0.0) -> Any:
        return await self._answering.run(call, seconds=self._config.limits.seconds + seconds)


def _make(kind: Any, **values: Any) -> Any:
    """Return a request; fields that were not given keep their defaults."""
    return kind(**{name: value for name, value in values.items() if value is not None})


def _reply(found: dict[str, Any], lines: list[str]) -> CallToolResult:
    shown = lines[:_MOST_LINES] + ([f"... {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])
    content: list[ContentBlock] = [TextContent(type="text", text="\n".join(shown) or "no answer")]
    return CallToolResult(content=content, structured_content=found)


def _fail(error: AnyMolError) -> CallToolResult:
    return _write_error(error.to_json())


def _write_error(error: dict[str, Any]) -> CallToolResult:
    """Return an error as a result: what is wrong, where, and what would be right."""
    value, hint = error.get("input"), error.get("hint")
    said = f"{error['kind']}: {error['message']}"
    said += f" (in '{value}')" if value and value not in error["message"] else ""
    said += f"; {hint}" if hint else ""
    content: list[ContentBlock] = [TextContent(type="text", text=said)]
    return CallToolResult(content=content, structured_content={"error": error}, is_error=True)


def _describe_prediction(found: dict[str, Any]) -> list[str]:
    """Return a prediction as lines: each answer with how it was found, how sure it is, and its proof."""
    lines = []
    for number, answer in enumerate(found["answers"], 1):
        lines.append(f"{number}. {answer.get('statement') or answer['text']}{_describe_certainty(answer)}")
        lines += [f"   {one}" for one in _list_checks(answer)]
        lines += [f"   {one}" for one in map(_describe_evidence, answer["evidence"]) if one]
        lines += [f"   doubt: {one}" for one in answer.get("doubts", ())]
    return lines + [f"note: {one}" for one in found.get("notes", ())]


def _describe_evidence(one: dict[str, Any]) -> str | None:
    """Return what an answer rests on as a line; None of a program or model, which its certainty names."""
    match one["kind"]:
        case "reaction":
            return f"precedent: {one['reaction']} ({one['id']}, similarity {one['similarity']:.2f})"
        case "precedent":
            value = f" {one['value']}" if one.get("value") else ""
            return f"precedent:{value} ({one['source']}, {one['id']}, similarity {one['similarity']:.2f})"
        case "place":
            return f"read from {one['file'] or 'what was given'}, {one['place']}"
        case _:
            return None


def _describe_certainty(answer: dict[str, Any]) -> str:
    """Return method, program and certainty of an answer."""
    said = [answer["method"]]
    said += [answer["program"]] if answer.get("program") else []
    said += ["exact"] if answer.get("exact") else []
    if answer.get("probability") is not None:
        fitted = "" if answer.get("calibrated", True) else " (not calibrated)"
        said.append(f"probability {answer['probability']:.2f}{fitted}")
    if answer.get("interval"):
        said.append(f"90 % between {answer['interval']['low']:.2f} and {answer['interval']['high']:.2f}")
    unit = f" {answer['unit']}" if answer.get("unit") and "statement" not in answer else ""
    return f"{unit} ({'; '.join(said)})"


def _list_checks(answer: dict[str, Any]) -> list[str]:
    marks = {True: "passed", False: "FAILED", None: "not decided"}
    return [
        f"check {one['name']}: {marks[one['passed']]}{', ' + one['detail'] if one['detail'] else ''}"
        for one in answer.get("checks", ())
    ]


def _describe_plan(found: dict[str, Any]) -> list[str]:
    """Return a plan as lines: the steps of each route, and what is missing where there is none."""
    lines = []
    for number, one in enumerate(found["alternatives"], 1):
        route = one["route"]
        lines.append(f"{number}. {len(route['steps'])} steps, score {route['score']:.3g}")
        lines += [f"   {step['reaction']}" for step in route["steps"]]
    if not found["alternatives"]:
        lines.append(f"no complete route; the search ended: {found['ended']}")
        lines += [f"   missing: {one}" for one in found["missing"]]
    return [*lines, *found.get("notes", ()), "Routes are suggestions to verify, not procedures."]
