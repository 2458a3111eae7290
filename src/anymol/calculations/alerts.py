"""Structural alerts by RDKit's filter catalogues."""

from __future__ import annotations

from functools import cache
from typing import Final

from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase

_CATALOGS: Final = {
    "PAINS": FilterCatalogParams.FilterCatalogs.PAINS,
    "Brenk": FilterCatalogParams.FilterCatalogs.BRENK,
    "NIH": FilterCatalogParams.FilterCatalogs.NIH,
}


@cache
def _load(name: str) -> FilterCatalog:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(_CATALOGS[name])
    return FilterCatalog(parameters)


def _structural_alerts(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    named = [name for name in _CATALOGS if name.lower() in asked.text.lower()] or list(_CATALOGS)
    parts: list[Part] = []
    for name in named:
        for entry in _load(name).GetMatches(mol):
            for match in entry.GetFilterMatches(mol):
                atoms = tuple(sorted({atom for _, atom in match.atomPairs}))
                parts.append(Part(name, entry.GetDescription(), None, atoms))
    alerts = {name: sorted({str(part.value) for part in parts if part.label == name}) for name in named}
    found = {name: entries for name, entries in alerts.items() if entries}
    clean = [name for name in named if name not in found]
    text = "; ".join(f"{name}: {', '.join(entries)}" for name, entries in found.items()) or "none"
    number = sum(map(len, found.values()))
    if found:
        said = f"{subject.shown} has {count_phrase(number, 'structural alert')}: {text}"
        said += f"; none of {' or '.join(clean)}." if clean else "."
    else:
        said = f"{subject.shown} has no structural alert of {', '.join(named)}."
    notes = ("an alert is a reason to look, not a verdict; no alert does not mean harmless",)
    return Result(text, text, said, parts=tuple(parts), notes=notes, smiles=subject.smiles if parts else "")


STRUCTURAL_ALERTS: Final = Calculation(
    name="structural_alerts",
    title="structural alerts",
    words=(
        "structural alert", "pains", "pain alert", "pains alert", "brenk", "brenk alert", "nih alert", "toxicophore",
        "pan assay interference", "pan assay interference compound", "alert", "unwanted substructure", "pains filter",
        "brenk filter", "nih filter", "medchem alert", "reactive group alert", "structure alert",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="filter catalogues PAINS (Baell 2010), Brenk 2008 and NIH",
    compute=_structural_alerts,
    example=Example("Does aspirin have any structural alerts?", ("CC(=O)Oc1ccccc1C(=O)O",), "Brenk: phenol_ester"),
)  # fmt: skip
