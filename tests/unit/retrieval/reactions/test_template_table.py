"""Templates by number and by SMARTS, as they are packed."""

from __future__ import annotations

import pytest

from anymol.retrieval.reactions.template_table import Template, TemplateTable

AMIDE = Template("[C:1]-[NH:2]>>[C:1]-O.[NH2:2]", 12)
ETHER = Template("[C:1]-[O:2]>>[C:1]-Br.[OH:2]", 3)


def test_templates_come_back_by_number_and_by_smarts() -> None:
    table = TemplateTable(TemplateTable.pack([AMIDE, ETHER]))
    assert list(table) == [AMIDE, ETHER]
    assert (table[1], table[-1], table[:1]) == (ETHER, ETHER, [AMIDE])
    assert (table.find(ETHER.smarts), table.find("[C:1]>>[C:1]")) == (1, None)
    with pytest.raises(IndexError):
        table[2]


def test_a_template_that_was_met_is_found_as_one_that_was_not() -> None:
    table = TemplateTable(TemplateTable.pack([AMIDE, ETHER]))
    assert table[-1] == ETHER
    assert (table.find(ETHER.smarts), table.find(AMIDE.smarts)) == (1, 0)


def test_a_store_without_templates_has_an_empty_table() -> None:
    table = TemplateTable(TemplateTable.pack([]))
    assert (len(table), list(table), table.find(AMIDE.smarts)) == (0, [], None)
