import pytest

from anymol.data.licences import Licences
from anymol.errors import DataError

TABLE = """file,source_value,origin,licence,weights_allowed,reason
reactions,"uspto_a, uspto_b",x,CC BY 4.0,yes,
conditions; names,ord_uspto,x,CC BY-SA 4.0,yes,
names,closed,x,none stated,no,
molecules,,x,bare structures,yes,
"""


@pytest.fixture
def licences(tmp_path):
    (tmp_path / "sources.csv").write_text(TABLE)
    return Licences.read(tmp_path)


def test_cells_with_several_files_or_values_are_split(licences):
    assert licences.find("reactions", "uspto_b").licence == "CC BY 4.0"
    assert licences.find("names", "ord_uspto").weights_allowed
    assert licences.find("conditions", "ord_uspto").weights_allowed
    assert licences.find("molecules").licence == "bare structures"


def test_allowed_sources(licences):
    assert licences.allowed("names") == {"ord_uspto"}
    assert licences.allowed("reactions") == {"uspto_a", "uspto_b"}


def test_unknown_source_is_refused(licences):
    with pytest.raises(DataError, match="no licence is recorded"):
        licences.find("names", "found_on_a_disk")


def test_missing_table(tmp_path):
    with pytest.raises(DataError, match="missing"):
        Licences.read(tmp_path)
