"""A chemist's own twenty reactions change the first answer, which cites the page; nothing else has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.chem.reaction import join_molecules
from anymol.inference.answers import Method
from anymol.inference.assistant import Assistant
from anymol.retrieval.reactions.notebooks import DATA_HOME, remove_notebook
from anymol.tasks.evidence import ReactionEvidence

AMINES = (
    "NCC1CC1",
    "NCc1ccco1",
    "NC1CCOCC1",
    "CNCC#C",
    "NCCSC",
    "C1CNCCN1C",
    "NCc1ccncc1",
    "NC1CCCC1",
    "NCCF",
    "NCC#N",
)
ACIDS = ("O=C(O)c1cc2ccccc2o1", "O=C(O)C1CCCO1")


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty amides, made in an unusual way: from the thioacids."""
    from rdkit.Chem import MolFromSmiles, MolToSmiles, rdChemReactions

    monkeypatch.setenv(DATA_HOME, str(tmp_path / "home"))
    amidation = rdChemReactions.ReactionFromSmarts("[C:1](=[O:2])[SH].[N;!H0;!$(NC=O):3]>>[C:1](=[O:2])[N:3]")
    rows = []
    for acid in ACIDS:
        thioacid = acid.replace("O=C(O)", "O=C(S)")
        for amine in AMINES:
            outcomes = amidation.RunReactants((MolFromSmiles(thioacid), MolFromSmiles(amine)))
            product = MolToSmiles(MolFromSmiles(MolToSmiles(outcomes[0][0])))
            rows.append(f"{thioacid}.{amine}>O=C([O-])[O-].[Cs+].[Cs+]>{product},book 9 p. {len(rows) + 1}")
    path = tmp_path / "mine.csv"
    path.write_text("reaction,page\n" + "\n".join(rows) + "\n")
    return path


def test_it_changes_the_first_answer_and_cites_itself(notebook: Path) -> None:
    from anymol.cli.main import main

    assistant = Assistant.load()
    target = "O=C(NCC1CC1)c1cc2ccccc2o1"
    before = assistant.predict("retrosynthesis", target).answers[0]
    assert main(["store", "add", str(notebook), "--name", "ELN", "--json"]) == 0
    after = assistant.predict("retrosynthesis", target).answers[0]
    assert after.value != before.value
    assert after.value == join_molecules(["NCC1CC1", "O=C(S)c1cc2ccccc2o1"])
    assert (after.method, after.exact, after.certainty) == (Method.SEARCHED, True, "recorded")
    cited = after.evidence[0]
    assert isinstance(cited, ReactionEvidence)
    assert (cited.id, cited.store, cited.similarity) == ("book 9 p. 1", "ELN", 1.0)
    # Another amide of the same acid is made as the notebook made its like.
    like = assistant.predict("retrosynthesis", "O=C(NCCCl)c1cc2ccccc2o1", top_k=10)
    assert join_molecules(["NCCCl", "O=C(S)c1cc2ccccc2o1"]) in [answer.value for answer in like.answers]
    remove_notebook("ELN")
    assert assistant.predict("retrosynthesis", target).answers[0].value == before.value


def test_a_product_is_cited_forwards_too(notebook: Path) -> None:
    from anymol.cli.main import main

    assert main(["store", "add", str(notebook), "--name", "ELN", "--json"]) == 0
    found = Assistant.load().predict(
        "forward_reaction", "O=C(S)c1cc2ccccc2o1.NCC1CC1>O=C([O-])[O-].[Cs+].[Cs+]>", top_k=3
    )
    cited = [answer for answer in found.answers if answer.precedents]
    assert cited[0].value == "O=C(NCC1CC1)c1cc2ccccc2o1"
    assert cited[0].precedents[0].id == "book 9 p. 1"
