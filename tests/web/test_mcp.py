"""The tools, asked by the SDK's own client over standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from tests.serving import Served, list_descendants, wait_for

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SARIN = "CC(C)OP(C)(=O)F"
TOOLS = {
    "ask", "calculate", "compare_molecules", "check_molecule", "name_molecule", "read_name", "predict_products",
    "propose_precursors", "plan_routes", "read_record", "predict", "make_records", "draw", "list_tasks",
    "list_calculations",
}  # fmt: skip


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """Return the structured content of a result; its text is there too."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.content and getattr(result.content[0], "text", "x")
    return result.structured_content


async def fail(client: Client, tool: str, **arguments: Any) -> str:
    """Return what is said of a call that must fail."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(getattr(result.content[0], "text", ""))


async def ask_everything(client: Client, examples: Path) -> None:
    """Ask each tool about what is known by heart."""
    tools = {one.name: one for one in (await client.list_tools()).tools}
    assert set(tools) == TOOLS
    assert all(one.description and one.annotations and one.annotations.read_only_hint for one in tools.values())
    assert {name for name, one in tools.items() if one.output_schema is None} == {"draw"}

    computed = await call(client, "calculate", names=["formula", "average_mass"], molecules=["aspirin"])
    formula, mass = computed["results"]
    assert formula["value"] == "C9H8O4" and formula["exact"] and "RDKit" in formula["program"]
    assert mass["value"] == pytest.approx(180.16, abs=0.005)

    compared = await call(client, "compare_molecules", first="OCC", second="CCO")
    assert next(one for one in compared["results"] if one["name"] == "same_molecule")["value"] in (True, "yes", 1)
    checked = await call(client, "check_molecule", molecule="C[C@H](N)C(=O)O")
    assert next(one for one in checked["results"] if one["name"] == "formula")["value"] == "C3H7NO2"

    named = await call(client, "name_molecule", molecule=ASPIRIN)
    assert named["answers"][0]["method"] == "computed" and named["answers"][0]["evidence"]
    assert any(check["passed"] for check in named["answers"][0]["checks"]), "it was read back"
    read = await call(client, "read_name", name="2-acetyloxybenzoic acid")
    assert read["smiles"] == ASPIRIN and read["systematic_name"]["value"]

    asked = await call(client, "ask", question="Are these two the same molecule?", molecules=["CCO", "OCC"])
    assert asked["answers"]
    spectrum = {"type": "file", "file": {"filename": "x.mgf", "text": (examples / "naproxen.mgf").read_text()}}
    found = await call(client, "read_record", record=spectrum, top_k=1)
    assert "COc1ccc2cc(" in found["answers"][0]["value"] and found["answers"][0]["evidence"]

    drawn = await client.call_tool("draw", {"structure": "caffeine"})
    (picture,) = drawn.content
    assert picture.type == "image" and base64.b64decode(picture.data).startswith(b"\x89PNG")

    wrong = await fail(client, "calculate", names=["formula"], molecules=["C1CC"])
    assert wrong.startswith("invalid_smiles") and "write 1 a second time" in wrong
    assert "refused" in await fail(client, "propose_precursors", product=SARIN)
    assert "refused" in await fail(client, "plan_routes", molecule=SARIN, seconds=1)
    assert "unknown_task" in await fail(client, "predict", task="logq", input="C")
    assert await fail(client, "calculate", names=[], molecules=["C"])


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(400):
            await work()

    asyncio.run(bounded())


def test_over_standard_input_and_output(tmp_path: Path, examples_dir: Path) -> None:
    (tmp_path / "CCO").write_text("c1ccccc1\n")
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "anymol", "mcp", "--lazy"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "COV_CORE_SOURCE"},
    )
    before = set(list_descendants(os.getpid()))

    async def work() -> None:
        async with Client(stdio_client(started)) as client:
            assert client.server_info.name == "anymol"
            await ask_everything(client, examples_dir)
            ethanol = await call(client, "calculate", names=["formula"], molecules=["CCO"])
            assert ethanol["results"][0]["value"] == "C2H6O", "no text names a file"
            assert (await call(client, "list_tasks"))["data"]

    run(work)
    wait_for(lambda: set(list_descendants(os.getpid())) <= before, "all processes to end with the client", 60)


def test_over_http_with_reactions(server: Served) -> None:
    async def work() -> None:
        async with Client(f"{server.url}/mcp") as client:
            made = await call(client, "predict_products", reactants="CCO.CC(=O)O", top_k=1)
            assert made["answers"][0]["value"] == "CCOC(C)=O"
            precedents = [one for one in made["answers"][0]["evidence"] if one["kind"] == "reaction"]
            assert precedents and all(one["reaction"].count(">") == 2 for one in precedents)
            back = await call(client, "propose_precursors", product="CC(=O)Nc1ccc(O)cc1", top_k=5)
            assert any("Nc1ccc(O)cc1" in one["value"].split(".") for one in back["answers"])
            planned = await call(client, "plan_routes", molecule="paracetamol", steps=2, seconds=5)
            assert planned["solved"] and planned["alternatives"]
            measured = await call(client, "predict", task="solubility", input="caffeine")
            assert measured["answers"][0]["method"] in ("searched", "predicted")

    run(work)
