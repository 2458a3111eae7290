"""Properties and rules of drug discovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.calculations.calculation import Calculation, Example, Gives, Inquiry, Part, Result, Takes
from anymol.calculations.calculation import require_complete as complete
from anymol.calculations.counts import count_phrase, count_rotatable, find_acceptors, find_donors
from anymol.calculations.salts import note_parent
from anymol.chem.descriptors import DESCRIPTORS, compute_descriptor

_ASPIRIN: Final = ("CC(=O)Oc1ccccc1C(=O)O",)


def _compute_as_described(name: str, title: str) -> Callable[[Inquiry], Result]:
    """Return what computes a descriptor of :mod:`anymol.chem.descriptors`, the one home of its number."""

    def write(mol: Chem.Mol) -> str:
        text = compute_descriptor(name, mol).text
        return text.removeprefix("-") if not float(text) else text  # a tiny negative rounds to -0.00

    def compute(asked: Inquiry) -> Result:
        subject = asked.subjects[0]
        text = write(complete(subject))
        unit = DESCRIPTORS[name].unit
        statement = f"The {title} of {subject.shown} is {text}{f' {unit}' if unit else ''}."
        return Result(float(text), text, statement, notes=note_parent(subject, write))

    return compute


LOGP: Final = Calculation(
    name="logp",
    title="Crippen LogP",
    words=(
        "logp", "log p", "clogp", "alogp", "wlogp", "xlogp", "mlogp", "slogp", "crippen logp", "log kow", "logkow",
        "logpow", "log pow", "partition coefficient", "octanol water partition coefficient", "octanol water logp",
        "octanol/water partition coefficient", "lipophilicity", "how lipophilic", "hydrophobicity", "how hydrophobic",
        "lipophilic", "hydrophobic",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=DESCRIPTORS["logp"].method,
    task="logp",
    compute=_compute_as_described("logp", "Crippen LogP"),
    example=Example("What is the LogP of aspirin?", _ASPIRIN, "1.31"),
)  # fmt: skip

MOLAR_REFRACTIVITY: Final = Calculation(
    name="molar_refractivity",
    title="molar refractivity",
    words=("molar refractivity", "crippen molar refractivity", "refractivity", "molar refraction"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="cm^3/mol",
    method=DESCRIPTORS["molar_refractivity"].method,
    compute=_compute_as_described("molar_refractivity", "molar refractivity"),
    example=Example("What is the molar refractivity of aspirin?", _ASPIRIN, "44.71"),
)

TPSA: Final = Calculation(
    name="tpsa",
    title="topological polar surface area",
    words=("tpsa", "psa", "topological polar surface area", "polar surface area", "polar surface", "polar area"),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    unit="angstrom^2",
    method=DESCRIPTORS["tpsa"].method,
    task="tpsa",
    compute=_compute_as_described("tpsa", "topological polar surface area"),
    example=Example("What is the TPSA of aspirin?", _ASPIRIN, "63.60"),
)

QED: Final = Calculation(
    name="qed",
    title="QED",
    words=(
        "qed",
        "quantitative estimate of drug likeness",
        "drug likeness",
        "druglikeness",
        "how drug like",
        "drug likeness score",
        "drug like",
    ),
    takes=Takes.ONE,
    gives=Gives.NUMBER,
    method=DESCRIPTORS["qed"].method,
    compute=_compute_as_described("qed", "QED (quantitative estimate of drug-likeness, 0 to 1)"),
    task="qed",
    example=Example("What is the QED of aspirin?", _ASPIRIN, "0.550"),
)


def _lipinski(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    rules = _apply_lipinski(mol)
    broken = [name for name, _, kept in rules if not kept]
    parts = tuple(Part(name, value) for name, value, _ in rules)
    listed = ", ".join(f"{name} {value:g}{'' if kept else ' (broken)'}" for name, value, kept in rules)
    verdict = "yes" if len(broken) <= 1 else "no"
    said = "meets" if verdict == "yes" else "does not meet"
    statement = f"{subject.shown} {said} Lipinski's rule of five: {count_phrase(len(broken), 'violation')} ({listed})."
    text = f"{verdict}, {count_phrase(len(broken), 'violation')}"
    notes: tuple[str, ...] = (
        "one violation is allowed; limits: mass 500, LogP 5, 5 N-H and O-H bonds, 10 N and O atoms",
    )
    notes += note_parent(
        subject, lambda one: count_phrase(sum(not kept for *_, kept in _apply_lipinski(one)), "violation")
    )
    return Result(text, text, statement, parts=parts, notes=notes)


def _apply_lipinski(mol: Chem.Mol) -> list[tuple[str, float, bool]]:
    """Return each figure of the rule of five with whether it is kept."""
    mass, logp = (float(compute_descriptor(name, mol).text) for name in ("molecular_weight", "logp"))
    donors, acceptors = rdMolDescriptors.CalcNumLipinskiHBD(mol), rdMolDescriptors.CalcNumLipinskiHBA(mol)
    return [
        ("mass", mass, mass <= 500),
        ("LogP", logp, logp <= 5),
        ("donors", donors, donors <= 5),
        ("acceptors", acceptors, acceptors <= 10),
    ]


LIPINSKI: Final = Calculation(
    name="lipinski",
    title="Lipinski's rule of five",
    words=(
        "lipinski", "rule of five", "rule of 5", "lipinski rule", "lipinski's rule", "lipinski's rule of five", "ro5",
        "lipinski's rule of 5", "lipinski rule of five", "lipinski rule of 5", "lipinski violation", "lipinski's rules",
        "ro5 violation", "lipinski compliant", "lipinski criteria",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="Lipinski 1997: mass, Crippen LogP, N-H and O-H bonds, N and O atoms",
    compute=_lipinski,
    example=Example("Does aspirin meet Lipinski's rule of five?", _ASPIRIN, "yes, 0 violations"),
)  # fmt: skip


def _veber(asked: Inquiry) -> Result:
    subject = asked.subjects[0]
    mol = complete(subject)
    bonds = count_rotatable(mol)
    area = float(compute_descriptor("tpsa", mol).text)
    hydrogen_bonds = len(find_donors(mol)) + len(find_acceptors(mol))
    kept = bonds <= 10 and area <= 140.0
    verdict = "yes" if kept else "no"
    statement = (
        f"{subject.shown} {'meets' if kept else 'does not meet'} Veber's rules: {bonds} rotatable bonds (limit 10), "
        f"TPSA {area:.2f} angstrom^2 (limit 140)."
    )
    parts = (Part("rotatable bonds", bonds), Part("TPSA", area, "angstrom^2"))
    notes = (f"the other form of the rule takes 12 donors and acceptors in place of the TPSA; here {hydrogen_bonds}",)
    return Result(verdict, verdict, statement, parts=parts, notes=notes)


VEBER: Final = Calculation(
    name="veber",
    title="Veber's rules",
    words=(
        "veber",
        "veber rule",
        "veber's rule",
        "veber's rules",
        "veber criteria",
        "veber filter",
        "oral bioavailability rule",
    ),
    takes=Takes.ONE,
    gives=Gives.TEXT,
    method="Veber 2002: rotatable bonds (strict), Ertl TPSA",
    compute=_veber,
    example=Example("Does aspirin meet Veber's rules?", _ASPIRIN, "yes"),
)
