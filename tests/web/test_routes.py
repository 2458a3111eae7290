"""The routes over HTTP: what programs compute is right, what is wrong is a 4xx, and nothing of this machine is read."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import Served, wait_for

from anymol.inference.agreement import flatten

CHAT = "/v1/chat/completions"
SARIN = "CC(C)OP(C)(=O)F"


@pytest.fixture
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=240) as opened:
        yield opened


def ask(client: httpx.Client, content: Any, **more: Any) -> httpx.Response:
    return client.post(CHAT, json={"model": "anymol", "messages": [{"role": "user", "content": content}], **more})


def test_a_computed_answer(client: httpx.Client) -> None:
    """180.159 g/mol by hand: 9 x 12.011 + 8 x 1.008 + 4 x 15.999."""
    found = client.post("/v1/predict/molecular_weight", json={"input": "aspirin"}).json()
    assert found["answers"][0]["value"] == pytest.approx(180.16, abs=0.005)
    assert found["answers"][0]["evidence"][0]["program"] == "RDKit"


def test_rows_with_errors_in_their_place(client: httpx.Client) -> None:
    body = {"inputs": ["CCO", "C1CC", {"molecule": "caffeine"}]}
    answered = client.post("/v1/predict/logp", json=body)
    assert answered.status_code == 200
    first, second, third = answered.json()["results"]
    assert first["answers"] and third["answers"]
    assert second["error"]["kind"] == "invalid_smiles"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/v1/predict/logp", {"input": "C1CC"}, 422, "invalid_smiles"),
        ("/v1/predict/logp", {"input": "no such thing"}, 422, "unknown_name"),
        ("/v1/predict/logq", {"input": "C"}, 404, "unknown_task"),
        ("/v1/predict/logp", {"inpt": "C"}, 422, "invalid_input"),
        ("/v1/predict/logp", {"input": "\ud800"}, 422, "invalid_input"),
        ("/v1/predict/logp", {"inputs": ["C"] * 65}, 413, "too_large"),
        ("/v1/predict/logp", {"input": ""}, 422, "invalid_input"),
        ("/v1/predict/retrosynthesis", {"input": SARIN}, 403, "refused"),
        ("/v1/predict/molecule_recognition", {"input": "C"}, 200, ""),
        ("/v1/compute", {"names": ["logp"], "molecules": ["C1CC"]}, 422, "invalid_smiles"),
        ("/v1/compute", {"names": ["nonsense"], "molecules": ["C"]}, 422, "unknown_task"),
        ("/v1/plan", {"molecule": "C", "seconds": 1000.0}, 413, "too_large"),
        ("/v1/render", {"structure": "C1CC"}, 422, "invalid_smiles"),
        (CHAT, {"model": "gpt", "messages": [{"role": "user", "content": "x"}]}, 404, "not_found"),
        ("/v1/jobs", {"kind": "predict", "task": "logq", "inputs": ["C"]}, 422, "unknown_task"),
    ],
)
def test_what_is_wrong_says_so(client: httpx.Client, path: str, body: Any, status: int, kind: str) -> None:
    answered = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
    assert answered.status_code == status
    if status != 200:
        error = answered.json()["error"]
        assert error["kind"] == kind and error["message"] and "Traceback" not in answered.text


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"", 422), (b"[]", 422), (b"null", 422), (b"\xff\xfe", 400), (b"[" * 50_000, 400)],
)
def test_bodies_that_are_not_requests(client: httpx.Client, content: bytes, status: int) -> None:
    answered = client.post("/v1/compute", content=content, headers={"content-type": "application/json"})
    assert answered.status_code == status
    assert answered.json()["error"]["message"]


def test_a_body_has_a_largest_size(client: httpx.Client) -> None:
    answered = client.post("/v1/compute", content=b"x" * (9 << 20))
    assert (answered.status_code, answered.json()["error"]["kind"]) == (413, "too_large")
    assert answered.headers["connection"] == "close"


def test_every_answer_has_an_id_and_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    answered = client.get("/health", headers={"x-request-id": "my-id.7"})
    assert answered.headers["x-request-id"] == "my-id.7"
    assert "default-src 'self'" in answered.headers["content-security-policy"]
    odd = client.get("/health", headers={"x-request-id": "a b\tc"})
    assert odd.headers["x-request-id"] != "a b\tc" and len(odd.headers["x-request-id"]) == 32


def test_another_host_s_page_cannot_ask(client: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example"):
        assert client.get("/v1/tasks", headers={"host": host}).status_code == 421
    for host in ("localhost", "127.0.0.1:1", "[::1]:8000"):
        assert client.get("/v1/tasks", headers={"host": host}).status_code == 200


def test_a_body_that_is_no_json_is_said_to_be_none(client: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    for content in (b"{", b"[" * 100_000, b'{"names": "\xff"}', b'{"names": ' + b"9" * 10_000 + b"}"):
        answered = client.post("/v1/compute", content=content, headers=headers)
        assert answered.status_code == 400 and "not JSON" in answered.json()["error"]["message"], content[:20]
    plain = client.post("/v1/compute", content=b'{"names": ["formula"]}', headers={"content-type": "text/plain"})
    assert plain.status_code == 400 and "content-type" in plain.json()["error"]["hint"]


def test_tools_are_asked_and_never_listened_to(client: httpx.Client) -> None:
    """Without sessions nothing would ever come: a GET that is kept open would only hold its connection."""
    assert client.get("/mcp", headers={"accept": "text/event-stream"}, timeout=20).status_code == 405


def test_a_wrong_method_is_told_from_a_wrong_address(client: httpx.Client) -> None:
    for path in ("/v1/compute", CHAT):
        assert client.get(path).status_code == 405 and client.get(path).headers["allow"] == "POST"
    assert client.get("/v1/nothing").status_code == client.get("/nothing").status_code == 404
    kept = client.get("/page.js")
    assert kept.status_code == 200 and kept.headers["cache-control"] == "no-cache"
    assert client.get("/page.js", headers={"if-none-match": kept.headers["etag"]}).status_code == 304


def test_lists(client: httpx.Client) -> None:
    tasks = client.get("/v1/tasks").json()["data"]
    assert {"retrosynthesis", "logp"} <= {one["name"] for one in tasks}
    assert {"formula", "same_molecule"} <= {one["name"] for one in client.get("/v1/calculations").json()["data"]}
    models = client.get("/v1/models").json()["data"]
    assert {one["id"] for one in models} == {"nano", "anymol"}
    assert client.get("/v1/models/nano").json()["id"] == "nano"
    assert client.get("/v1/models/none").status_code == 404


def test_the_page_and_the_schema(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "anymol" in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "") and "https://" not in page.text
    schema = client.get("/openapi.json").json()
    assert {"/v1/predict/{task}", CHAT, "/v1/jobs", "/v1/plan", "/v1/render", "/v1/synthesize"} <= set(schema["paths"])
    assert schema["components"]["schemas"]["ChatRequest"]["examples"]
    for path in ("/../app.py", "/%2e%2e/app.py", "/..%2fapp.py", "/docs", "/nothing"):
        assert client.get(path).status_code == 404


# ---------------------------------------------------------------------------------------------------------------- chat


def test_a_chat_remembers_and_says_what_it_cost(client: httpx.Client) -> None:
    first = ask(client, "What is the formula of caffeine?").json()
    said = first["choices"][0]["message"]
    assert "C8H10N4O2" in said["content"] and first["choices"][0]["finish_reason"] == "stop"
    assert said["anymol"]["answers"][0]["value"] == "C8H10N4O2"
    usage = first["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 10
    for answer in (said["content"], "something that a client changed"):  # remembered, and asked again
        messages = [
            {"role": "user", "content": "What is the formula of caffeine?"},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": "And aspirin?"},
        ]
        found = client.post(CHAT, json={"model": "nano", "messages": messages}).json()
        assert "C9H8O4" in found["choices"][0]["message"]["content"]


def test_parts_of_a_message(client: httpx.Client, examples_dir: Path) -> None:
    question = {"type": "text", "text": "What is its molecular formula?"}
    sdf = {"filename": "aspirin.sdf", "text": (examples_dir / "aspirin.sdf").read_text()}
    xyz = (examples_dir / "aspirin.xyz").read_text()
    for part in (
        {"type": "molecule", "molecule": "CC(=O)Oc1ccccc1C(=O)O"},
        {"type": "molecule", "molecule": "aspirin", "format": "name"},
        {"type": "graph", "smiles": "CC(=O)Oc1ccccc1C(=O)O"},
        {"type": "file", "file": sdf},
        {"type": "conformer", "xyz": xyz},
    ):
        answered = ask(client, [question, part])
        assert answered.status_code == 200, answered.text
        assert "C9H8O4" in answered.json()["choices"][0]["message"]["content"], part["type"]


def test_a_drawing_is_read(client: httpx.Client, examples_dir: Path) -> None:
    """The photograph shows ibuprofen, C13H18O2."""
    data = base64.b64encode((examples_dir / "ibuprofen_photo.jpg").read_bytes()).decode()
    shown = {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}
    answered = ask(client, [{"type": "text", "text": "What is its molecular formula?"}, shown])
    assert "C13H18O2" in answered.json()["choices"][0]["message"]["content"]
    records = [shown]
    found = client.post("/v1/predict/molecule_recognition", json={"records": records}).json()
    assert flatten(found["answers"][0]["value"]) == flatten("CC(C)Cc1ccc(C(C)C(=O)O)cc1")


def test_inputs_that_disagree_are_flagged_and_explained(client: httpx.Client) -> None:
    """The mass of caffeine's ion beside the graph of its isomer enprofylline, and beside a formula of another mass."""
    spectrum = {
        "type": "ms2",
        "peaks": [[110.0712, 0.1], [138.0662, 1.0], [195.0877, 0.4]],
        "precursor_mz": 195.0877,
        "adduct": "[M+H]+",
    }
    graph = {"type": "graph", "smiles": "CCCn1c(=O)[nH]c(=O)c2[nH]cnc12"}
    body = {"records": [spectrum, graph], "explain": True}
    found = client.post("/v1/predict/molecule_recognition", json=body).json()
    (pair,) = found["agreement"]
    assert pair["between"] == ["graph", "ms2"] and pair["verdict"] != "agree"
    assert found["explanation"]["followed"] == ["graph"]
    assert [one["forms"] for one in found["explanation"]["partial"]] == [["graph"], ["ms2"], ["graph", "ms2"]]
    content = [{"type": "text", "text": "Which molecule is this?"}, spectrum, graph]
    told = ask(client, content, explain=True).json()["choices"][0]["message"]["anymol"]
    assert told["explanation"]["followed"] == ["graph"] and told["agreement"] == found["agreement"]


def test_an_answer_can_be_cut(client: httpx.Client) -> None:
    found = ask(client, "What is the formula of caffeine?", max_tokens=3).json()
    assert found["choices"][0]["finish_reason"] == "length"
    assert found["usage"]["completion_tokens"] <= 3


def test_what_cannot_be_answered_is_an_error(client: httpx.Client) -> None:
    for content, status in (("Who won the cup?", 422), ("  ", 422), (f"How can {SARIN} be made?", 403)):
        answered = ask(client, content)
        assert answered.status_code == status, answered.text
        assert answered.json()["error"]["message"]


# --------------------------------------------------------------------------------------------- nothing here is read


@pytest.fixture
def trap(server: Served) -> Path:
    """A file in the server's folder whose name is a SMILES, and which holds another molecule."""
    path = server.log.parent / "CCO"
    path.write_text("c1ccccc1\n", encoding="utf-8")
    return path


def test_no_text_of_a_request_names_a_file(client: httpx.Client, trap: Path) -> None:
    """Ethanol is C2H6O; the file that is called CCO holds benzene."""
    os.utime(trap, ns=(0, 0))
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/v1/predict/molecular_weight", {"input": "CCO"}),
        ("/v1/predict/molecular_weight", {"inputs": ["CCO"]}),
        ("/v1/predict/molecular_weight", {"input": {"molecule": "CCO"}}),
        ("/v1/compute", {"names": ["average_mass"], "molecules": ["CCO"]}),
        (CHAT, {"model": "anymol", "messages": [{"role": "user", "content": "What is the molecular weight of CCO?"}]}),
        (
            CHAT,
            {
                "model": "anymol",
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What is its molecular weight?"},
                            {"type": "molecule", "molecule": "CCO"},
                        ],
                    }
                ],
            },
        ),
    ]
    for path, body in asked:
        answered = client.post(path, json=body)
        assert answered.status_code == 200, answered.text
        assert "46.07" in answered.text and "78.11" not in answered.text, path
    for written in (str(trap), "./CCO", f"{trap.parent}/", "/etc/passwd", "~/.bashrc"):
        answered = client.post("/v1/predict/molecular_weight", json={"input": written})
        assert answered.status_code == 422
        assert "78.11" not in answered.text and "directory" not in answered.json()["error"]["message"]


def test_a_path_where_a_record_is_meant_is_refused(client: httpx.Client, trap: Path) -> None:
    for records in ([str(trap)], [{"type": "file", "file": str(trap)}], [{"type": "file", "path": str(trap)}]):
        assert client.post("/v1/predict/molecule_recognition", json={"records": records}).status_code == 422
    body = {"input": {"molecule": "CCO", "records": [str(trap)]}}
    assert client.post("/v1/predict/molecular_weight", json=body).status_code == 422
    assert client.post("/v1/predict/logp", json={"input": "CCO", "mol_type": "file"}).status_code == 422


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/predict/retrosynthesis", {"input": SARIN}),
        ("/v1/predict/retrosynthesis", {"input": "sarin"}),
        ("/v1/predict/reagent_prediction", {"input": f"CP(=O)(F)F.CC(C)O>>{SARIN}"}),
        ("/v1/predict/retrosynthesis", {"records": [{"type": "graph", "smiles": SARIN}]}),
        ("/v1/predict/molecule_optimisation", {"input": SARIN, "text": "raise LogP"}),
        ("/v1/predict/molecule_editing", {"input": "CC(C)OP(C)(=O)Cl", "text": "replace the chlorine by fluorine"}),
        ("/v1/plan", {"molecule": SARIN, "seconds": 1.0}),
        (CHAT, {"model": "anymol", "messages": [{"role": "user", "content": f"How can I make {SARIN}?"}]}),
    ],
)
def test_scheduled_chemicals_are_declined_on_every_route(client: httpx.Client, path: str, body: Any) -> None:
    answered = client.post(path, json=body)
    assert (answered.status_code, answered.json()["error"]["kind"]) == (403, "refused")


# ----------------------------------------------------------------------------------------------- structures and jobs


def test_drawings(client: httpx.Client) -> None:
    svg = client.post("/v1/render", json={"structure": "caffeine"})
    assert svg.headers["content-type"].startswith("image/svg+xml") and "<svg" in svg.text
    png = client.post("/v1/render", json={"structure": "CCO>>CC=O", "format": "png"})
    assert png.content.startswith(b"\x89PNG")
    marked = client.post("/v1/render", json={"structure": "CCO>>CC=O", "changes": True})
    assert "<svg" in marked.text
    assert client.post("/v1/render", json={"structure": "C", "changes": True}).status_code == 422


def test_records_can_be_asked_about_again(client: httpx.Client) -> None:
    body = {"molecules": ["ethanol", "C1CC"], "modalities": ["graph", "conformer"]}
    first, second = client.post("/v1/synthesize", json=body).json()["results"]
    assert first["smiles"] == "CCO" and first["records"]["conformer"]["records"]
    assert second["error"]["kind"] == "invalid_smiles"


def test_a_job_is_begun_watched_fetched_and_forgotten(client: httpx.Client) -> None:
    body = {"kind": "predict", "task": "molecular_weight", "inputs": ["CCO"] * 40 + ["C1CC"]}
    begun = client.post("/v1/jobs", json=body)
    assert begun.status_code == 202
    place = begun.headers["location"]
    wait_for(lambda: client.get(place).json()["state"] in ("done", "failed"), "the job")
    job = client.get(place).json()
    assert (job["state"], job["progress"]) == ("done", {"done": 41, "total": 41})
    results = job["result"]["results"]
    assert len(results) == 41 and results[0]["answers"][0]["value"] == 46.07
    assert results[-1]["error"]["kind"] == "invalid_smiles"
    assert place.rpartition("/")[2] in {one["id"] for one in client.get("/v1/jobs").json()["data"]}
    assert client.delete(place).status_code == 200
    assert client.get(place).status_code == 404


def test_a_long_search_can_be_ended(client: httpx.Client) -> None:
    """A search of ten minutes, ended after one step: the worker is free again."""
    begun = client.post("/v1/jobs", json={"kind": "plan", "molecule": "CC(=O)Oc1ccccc1C(=O)OCCN1CCCC1", "seconds": 600})
    place = begun.headers["location"]
    wait_for(lambda: bool(client.get(place).json()["progress"]), "the search to say how far it is")
    started = time.monotonic()
    assert client.delete(place).json()["state"] == "cancelled"
    assert client.post("/v1/compute", json={"names": ["formula"], "molecules": ["CCO"]}).status_code == 200
    assert time.monotonic() - started < 120
    assert client.get(place).status_code == 404, "it is forgotten"


def test_the_log_does_not_say_what_was_asked(client: httpx.Client, server: Served) -> None:
    marker = "OCC(O)C(O)C(O)C(O)CCCCCCCC#N"
    client.post("/v1/predict/molecular_weight", json={"input": marker})
    client.post("/v1/predict/molecular_weight", json={"input": marker + "("})
    client.get(f"/v1/models/{marker}")
    time.sleep(0.2)
    written = server.log.read_text()
    assert "/v1/predict/{task}" in written
    assert marker not in written and "CCCCCCCC" not in written


def test_counts(client: httpx.Client) -> None:
    written = client.get("/metrics").text
    assert 'anymol_requests_total{route="/v1/predict/{task}",status="200"}' in written
    assert "anymol_ready 1.0" in written and "anymol_workers_started_total 1.0" in written
