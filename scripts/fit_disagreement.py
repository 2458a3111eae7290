"""Fits and measures how surely inputs that are of two molecules are told from inputs that are of one.

Conflicts are constructed: the spectrum, drawing or formula of one molecule beside those of another, which is a random
one of another formula (easy), the most similar one of another formula, the most similar isomer, or one of the formula
nearest in mass. Spectra are those of MassBank as they were recorded, not cleaned by what is known of their molecules,
and computed infrared spectra. Scales are fitted on val rows; test rows, drawings made of their molecules, and the real
drawings of CLEF, JPO and UOB are for the report alone.

Run:  python scripts/fit_disagreement.py pairs.jsonl --measure --data-dir DATA   (an hour on a busy core)
      python scripts/fit_disagreement.py pairs.jsonl --fit && python scripts/record_shipped_files.py
      python scripts/fit_disagreement.py pairs.jsonl --report docs/results/disagreement.md
"""

from __future__ import annotations

import argparse
import io
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from PIL import Image
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdMolDescriptors

from anymol.chem.fingerprints import morgan, recall_morgan
from anymol.chem.formula import count_formula, weigh_isotopes
from anymol.chem.keys import inchikey_block
from anymol.errors import AnyMolError
from anymol.files import write_atomically
from anymol.inference.disagreement import identities, infrared_spectra, mass_spectra
from anymol.inference.disagreement.comparison import Comparison, Decided, Measured, PairKind
from anymol.inference.disagreement.identities import compare_formula, compare_structures, is_same_molecule
from anymol.inference.disagreement.judgement import SURE
from anymol.inference.disagreement.scales import PLACE, Scale, discount_reading, load_scales
from anymol.inference.drawings import read_drawing
from anymol.metrics.calibration import expected_calibration_error
from anymol.metrics.logistic import fit_logistic
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.readers.ion_fields import read_adduct, read_collision_energy, read_ion_mode
from anymol.retrieval.spectral_library.named_molecules import find_by_formula
from anymol.shipped import PACKAGE
from anymol.synthesis.image import ImageEngine
from anymol.synthesis.infrared_lines import broaden_lines
from anymol.synthesis.infrared_references import SURROGATE_AXIS
from anymol.synthesis.ir_surrogate import SHIPPED, read_metadata
from anymol.synthesis.ms2_measured import SHIPPABLE

SEED: Final = 16
_POOL: Final = 60_000
"""Unlabelled molecules among which isomers are looked for; every fourth of them among which near ones are."""
_MASSES: Final = 600
_INFRARED: Final = 180
_DRAWN: Final = 20
_REAL: Final = 60
"""Molecules of mass spectra and infrared spectra of each split, drawn molecules of the former, and real drawings."""
_FOLDS: Final = 5
_RESAMPLES: Final = 1000
_FREE: Final = frozenset({"no rivals", "other ion"})
"""Figures that may speak either way; more of `_AGAINST` speaks against a disagreement, more of the others for it."""
_AGAINST: Final = frozenset({"ahead"})


class Level(StrEnum):
    """What a pair was constructed as."""

    AGREE = "none"
    EASY = "another molecule"
    NEAR = "most similar of another formula"
    MASS = "formula nearest in mass"
    ISOMER = "most similar isomer"


class Inputs(StrEnum):
    """What is compared."""

    FORMULA_MS2 = "formula and mass spectrum"
    STRUCTURE_MS2 = "structure and mass spectrum"
    STRUCTURE_IR = "structure and infrared spectrum"
    MS2_MS2 = "two mass spectra"
    DRAWING_MS2 = "drawing and mass spectrum"
    DRAWING_STRUCTURE = "drawing and structure"
    DRAWING_FORMULA = "drawing and formula"


FITTED: Final = {
    Inputs.FORMULA_MS2: PairKind.FORMULA_MS2,
    Inputs.STRUCTURE_MS2: PairKind.STRUCTURE_MS2,
    Inputs.STRUCTURE_IR: PairKind.STRUCTURE_IR,
    Inputs.MS2_MS2: PairKind.MS2_MS2,
}
"""Pairs that a scale is fitted to; with drawings the probability of the reading comes besides."""


find_formula: Final = cache(identities.find_formula)
"""Each molecule is compared with every other."""


@dataclass(frozen=True)
class Pair:
    """A constructed pair.

    Attributes:
        split: ``val`` or ``test``.
        inputs: What is compared.
        level: What it was constructed as.
        group: The molecule it was made around.
        source: Where spectrum or drawing is from.
        named: Whether the molecule of the spectrum is in the dictionary of names, and so among its rivals.
        kind: Which scale reads the figures; None where identity decides.
        figures: What was measured.
        differ: What identity decides; None where figures were measured.
        reading: Probability of the drawing's reading; None without one.
    """

    split: str
    inputs: Inputs
    level: Level
    group: str
    source: str
    named: bool
    kind: PairKind | None = None
    figures: Mapping[str, float] | None = None
    differ: bool | None = None
    reading: float | None = None

    @classmethod
    def of(
        cls,
        found: Comparison,
        split: str,
        inputs: Inputs,
        level: Level,
        about: tuple[str, str, bool],
        reading: float | None = None,
    ) -> Iterator[Pair]:
        """Yield what was found; nothing where nothing was compared."""
        match found:
            case Measured(kind=kind, figures=figures):
                rounded = {name: round(value, 5) for name, value in figures.items()}
                yield cls(split, inputs, level, *about, kind, rounded, reading=reading)
            case Decided(disagree=differ):
                yield cls(split, inputs, level, *about, differ=differ, reading=reading)

    @classmethod
    def from_json(cls, line: str) -> Pair:
        """Read a line."""
        read = json.loads(line)
        kind = read["kind"] and PairKind(read["kind"])
        return cls(**{**read, "inputs": Inputs(read["inputs"]), "level": Level(read["level"]), "kind": kind})

    @property
    def is_conflict(self) -> bool:
        """Whether the inputs are of two molecules."""
        return self.level is not Level.AGREE

    def judge(self) -> float:
        """Return the probability of a conflict by the scales that ship."""
        if self.kind is None or self.figures is None:
            stated = float(bool(self.differ))
        else:
            stated = load_scales()[self.kind].judge(self.figures)
        return stated if self.reading is None else discount_reading(stated, self.reading, decided=self.kind is None)


# ---------------------------------------------------------------------------------------------------- other molecules


class Pool:
    """Molecules from which the others are taken.

    Args:
        data_dir: The data.
        rng: Draws them.
    """

    def __init__(self, data_dir: Path, rng: random.Random) -> None:
        table = pq.read_table(data_dir / "molecules.parquet", columns=["smiles"])["smiles"]
        self._of_formula: dict[str, list[str]] = defaultdict(list)
        self._near: list[tuple[str, str, int]] = []
        self._prints: list[Any] = []
        for number, place in enumerate(rng.sample(range(len(table)), _POOL)):
            smiles = table[place].as_py()
            mol = Chem.MolFromSmiles(smiles)
            if Chem.GetFormalCharge(mol):
                continue
            formula = str(rdMolDescriptors.CalcMolFormula(mol))
            self._of_formula[formula].append(smiles)
            if number % 4 == 0:
                self._near.append((smiles, formula, mol.GetNumAtoms()))
                self._prints.append(morgan(mol))
        self._masses = sorted((weigh_isotopes(count_formula(one)), one) for one in self._of_formula)
        self._rng = rng

    def find_isomer(self, smiles: str) -> str | None:
        """Return the most similar isomer."""
        others = self._of_formula.get(find_formula(smiles), [])
        likeness = DataStructs.BulkTanimotoSimilarity(morgan(smiles), [recall_morgan(one) for one in others])
        ordered = sorted(zip(likeness, others, strict=True), reverse=True)
        return next((one for _, one in ordered if not is_same_molecule(one, smiles)), None)

    def find_near(self, smiles: str, most_atoms: int) -> str | None:
        """Return the most similar molecule of another formula."""
        own = find_formula(smiles)
        likeness = np.array(DataStructs.BulkTanimotoSimilarity(morgan(smiles), self._prints))
        for place in np.argsort(-likeness)[:200]:
            near, formula, n_atoms = self._near[int(place)]
            if formula != own and n_atoms <= most_atoms:
                return near
        return None

    def find_mass(self, formula: str) -> str:
        """Return the other formula whose mass is nearest."""
        mass = weigh_isotopes(count_formula(formula))
        return min((abs(one - mass), other) for one, other in self._masses if other != formula)[1]

    def find_structure(self, formula: str) -> str:
        """Return a molecule of a formula of the pool."""
        return self._rng.choice(self._of_formula[formula])

    def list_others(self, smiles: str, others: Sequence[str], most_atoms: int = 1000) -> dict[Level, str]:
        """Return the other molecules beside one."""
        own = find_formula(smiles)
        found = {
            Level.EASY: self._rng.choice([one for one in others if find_formula(one) != own]),
            Level.NEAR: self.find_near(smiles, most_atoms),
            Level.ISOMER: self.find_isomer(smiles),
        }
        return {level: one for level, one in found.items() if one is not None}


# ---------------------------------------------------------------------------------------------------------- measuring


def measure(data_dir: Path) -> Iterator[Pair]:
    """Yield the measured pairs of both splits."""
    rng = random.Random(SEED)
    pool = Pool(data_dir, rng)
    for split in ("val", "test"):
        yield from _measure_infrared(data_dir, split, pool, rng)
        yield from _measure_mass_spectra(data_dir, split, pool, rng)
    yield from _measure_real_drawings(data_dir, pool, rng)


def _measure_mass_spectra(data_dir: Path, split: str, pool: Pool, rng: random.Random) -> Iterator[Pair]:
    found = _read_mass_spectra(data_dir, split)
    blocks = rng.sample(sorted(found), len(found))
    smiles_of = {block: found[block][0] for block in blocks}
    everyone = list(smiles_of.values())
    formulas = {block: find_formula(smiles) for block, smiles in smiles_of.items()}
    for number, block in enumerate(blocks[:_MASSES]):
        smiles, formula = smiles_of[block], formulas[block]
        spectra = rng.sample(found[block][1], min(2, len(found[block][1])))
        spectrum = spectra[0]
        others = pool.list_others(smiles, everyone)
        about = (block, "MassBank", _is_named(smiles))
        nearest = pool.find_mass(formula)
        for level, other in {Level.AGREE: smiles, Level.MASS: pool.find_structure(nearest), **others}.items():
            compared = mass_spectra.compare_structure(other, spectrum)
            if isinstance(compared, Measured) and compared.kind is PairKind.STRUCTURE_MS2:
                yield from Pair.of(compared, split, Inputs.STRUCTURE_MS2, level, about)
        written = {Level.AGREE: formula, Level.EASY: find_formula(others[Level.EASY]), Level.MASS: nearest}
        for level, other in written.items():
            yield from Pair.of(mass_spectra.compare_formula(other, spectrum), split, Inputs.FORMULA_MS2, level, about)
        strangers = {Level.AGREE: spectra[1:]}
        strangers[Level.EASY] = found[rng.choice([one for one in blocks if formulas[one] != formula])][1]
        strangers[Level.ISOMER] = [
            one for other in blocks if other != block and formulas[other] == formula for one in found[other][1]
        ]
        for level, list_of in strangers.items():
            if list_of:
                beside = mass_spectra.compare_spectra(spectrum, rng.choice(list_of))
                yield from Pair.of(beside, split, Inputs.MS2_MS2, level, about)
        if split == "test" and number < _DRAWN:
            for level, drawn in {Level.AGREE: smiles, **others}.items():
                yield from _measure_drawing(drawn, smiles, spectrum, level, about)


def _measure_infrared(data_dir: Path, split: str, pool: Pool, rng: random.Random) -> Iterator[Pair]:
    columns = ["smiles", "wavenumbers_cm1", "intensities_km_mol", "split"]
    rows = [
        row for row in pq.read_table(data_dir / "ir_xtb.parquet", columns=columns).to_pylist() if row["split"] == split
    ]
    everyone = [row["smiles"] for row in rows]
    largest = read_metadata(SHIPPED).max_heavy_atoms
    for row in rng.sample(rows, _INFRARED):
        smiles = row["smiles"]
        spectrum: InfraredSpectrum = broaden_lines(row["wavenumbers_cm1"], row["intensities_km_mol"], SURROGATE_AXIS)
        about = (inchikey_block(smiles), "GFN2-xTB", _is_named(smiles))
        for level, other in {Level.AGREE: smiles, **pool.list_others(smiles, everyone, largest)}.items():
            yield from Pair.of(
                infrared_spectra.compare_structure(other, spectrum), split, Inputs.STRUCTURE_IR, level, about
            )


def _measure_drawing(
    drawn: str, smiles: str, spectrum: MassSpectrum, level: Level, about: tuple[str, str, bool]
) -> Iterator[Pair]:
    """Yield the drawing of one molecule beside the spectrum, the structure and the formula of another."""
    try:
        (image,) = ImageEngine().synthesize(drawn, int(about[0].encode().hex()[:6], 16)).records
    except AnyMolError:
        return
    assert isinstance(image, MoleculeImage)
    compared = _read(image)
    if compared is None:
        return
    read, probability = compared
    spectral = mass_spectra.compare_structure(read, spectrum)
    yield from Pair.of(spectral, "test", Inputs.DRAWING_MS2, level, about, probability)
    yield from _compare_written(read, probability, smiles, level, (about[0], "made drawings", False))


def _measure_real_drawings(data_dir: Path, pool: Pool, rng: random.Random) -> Iterator[Pair]:
    columns = ["png", "smiles", "has_placeholder_atoms", "in_heldout_keys"]
    rows = pq.read_table(data_dir / "ocsr_images.parquet", columns=columns).to_pylist()
    rows = [row for row in rows if row["smiles"] and not (row["has_placeholder_atoms"] or row["in_heldout_keys"])]
    everyone = [row["smiles"] for row in rows]
    for row in rng.sample(rows, _REAL):
        pixels = np.asarray(Image.open(io.BytesIO(row["png"])).convert("RGB"))
        compared = _read(MoleculeImage(pixels, "a real drawing"))
        if compared is None:
            continue
        about = (inchikey_block(row["smiles"]), "real drawings", False)
        for level, other in {Level.AGREE: row["smiles"], **pool.list_others(row["smiles"], everyone)}.items():
            yield from _compare_written(*compared, other, level, about)


def _read(image: MoleculeImage) -> tuple[str, float] | None:
    """Return what a drawing is read as, and the probability that this is right; None where nothing is compared."""
    drawing = read_drawing(image)
    if drawing is None or drawing.probability is None or "*" in drawing.smiles:
        return None
    return drawing.smiles, drawing.probability


def _compare_written(
    read: str, probability: float, smiles: str, level: Level, about: tuple[str, str, bool]
) -> Iterator[Pair]:
    decided = compare_structures(read, smiles)
    yield from Pair.of(decided, "test", Inputs.DRAWING_STRUCTURE, level, about, probability)
    if level is not Level.ISOMER:
        counted = compare_formula(read, find_formula(smiles))
        yield from Pair.of(counted, "test", Inputs.DRAWING_FORMULA, level, about, probability)


def _read_mass_spectra(data_dir: Path, split: str) -> dict[str, tuple[str, list[MassSpectrum]]]:
    """Return molecule and spectra, as recorded, by the first block of the InChIKey."""
    found: dict[str, tuple[str, list[MassSpectrum]]] = {}
    for row in pq.read_table(data_dir / "massbank_ms2.parquet", filters=[("split", "=", split)]).to_pylist():
        mz, heights = np.array(row["mz"], np.float64).round(5), np.array(row["intensity"], np.float64)
        if (
            row["licence"] not in SHIPPABLE
            or not row["inchikey"]
            or not len(mz)
            or not heights.max() > 0
            or mz.min() <= 0
        ):
            continue
        order = np.argsort(mz, kind="stable")
        spectrum = MassSpectrum(
            mz[order],
            heights[order] / heights.max(),
            row["precursor_mz"] or None,
            read_adduct(row["precursor_type"] or ""),
            read_collision_energy(row["collision_energy"] or ""),
            read_ion_mode(row["ion_mode"] or ""),
        )
        found.setdefault(row["inchikey"][:14], (row["smiles"], []))[1].append(spectrum)
    return found


def _is_named(smiles: str) -> bool:
    return any(is_same_molecule(smiles, one.smiles) for one in find_by_formula(find_formula(smiles)))


# ------------------------------------------------------------------------------------------------------------ fitting


def balance(pairs: Sequence[Pair]) -> list[Pair]:
    """Return pairs of one kind, half of them conflicts, every kind of conflict as often as the others where it can."""
    agreeing = [one for one in pairs if not one.is_conflict]
    by_level = {level: [one for one in pairs if one.level is level] for level in Level if level is not Level.AGREE}
    rng = random.Random(SEED)
    conflicts: list[Pair] = []
    filled = sorted((rng.sample(found, len(found)) for found in by_level.values() if found), key=len)
    for place, found in enumerate(filled):  # what a rare kind lacks the others fill up
        conflicts += found[: (len(agreeing) - len(conflicts)) // (len(filled) - place)]
    return rng.sample(agreeing, min(len(agreeing), len(conflicts))) + conflicts


def fit(pairs: Sequence[Pair]) -> Scale:
    """Fit the scale of one kind of pairs."""
    groups = sorted({one.group for one in pairs})
    fold_of = {group: place % _FOLDS for place, group in enumerate(random.Random(SEED).sample(groups, len(groups)))}
    stated, true = [], []
    for fold in range(_FOLDS):
        bias, weights = _fit_signed([one for one in pairs if fold_of[one.group] != fold])
        held = [one for one in pairs if fold_of[one.group] == fold]
        scale = Scale(bias=bias, weights=weights, n=0, conflicts=0, ece=0.0)
        stated += [scale.judge(one.figures or {}) for one in held]
        true += [float(one.is_conflict) for one in held]
    bias, weights = _fit_signed(pairs)
    return Scale(
        bias=round(bias, 4),
        weights={name: round(weight, 4) for name, weight in weights.items()},
        n=len(pairs),
        conflicts=int(sum(true)),
        ece=round(expected_calibration_error(stated, true), 4),
    )


def _fit_signed(pairs: Sequence[Pair]) -> tuple[float, dict[str, float]]:
    """Fit bias and weights; a figure whose weight would say that worse evidence is better is left out."""
    names = list(pairs[0].figures or {})
    while True:
        rows = [[(one.figures or {})[name] for name in names] for one in pairs]
        bias, slopes = fit_logistic(np.array(rows, np.float64), [one.is_conflict for one in pairs])
        signs = {name: (-slope if name in _AGAINST else slope) for name, slope in zip(names, slopes, strict=True)}
        wrong = [name for name in names if name not in _FREE and signs[name] < 0]
        if not wrong:
            return bias, {name: float(slope) for name, slope in zip(names, slopes, strict=True)}
        names.remove(min(wrong, key=lambda name: signs[name]))


# ---------------------------------------------------------------------------------------------------------- reporting


def report(pairs: Sequence[Pair]) -> str:
    """Return the page of held-back pairs."""
    lines, calibration = [_HEAD], [_CALIBRATION]
    for inputs, source in dict.fromkeys((one.inputs, one.source) for one in sorted(pairs, key=_place)):
        here = [one for one in pairs if one.inputs is inputs and one.source == source]
        agreeing = [one.judge() for one in here if not one.is_conflict]
        title = f"{inputs} ({source})"
        for level in (one for one in Level if one is not Level.AGREE):
            found = [one for one in here if one.level is level]
            parts = {str(level): found}
            if inputs is Inputs.STRUCTURE_MS2 and level is Level.ISOMER:
                parts["of these, molecule of the spectrum named"] = [one for one in found if one.named]
                parts["of these, not named"] = [one for one in found if not one.named]
            for name, part in parts.items():
                if len(part) >= _FOLDS:
                    stated = [one.judge() for one in part]
                    sure = f"{sum(one >= SURE for one in stated)} of {len(stated)}"
                    lines.append(f"| {title} | {name} | {len(stated)} | {_show_auc(agreeing, stated)} | {sure} |")
        even = balance(here)
        stated = [one.judge() for one in even]
        error = expected_calibration_error(stated, [float(one.is_conflict) for one in even])
        false = f"{sum(one >= SURE for one in agreeing)} of {len(agreeing)}"
        calibration.append(f"| {title} | {len(even)} | {error:.3f} | {_estimate_chance(stated):.3f} | {false} |")
    return "\n".join([*lines, *calibration, *_list_scales()])


def _place(pair: Pair) -> tuple[int, str]:
    return list(Inputs).index(pair.inputs), pair.source


def _list_scales() -> Iterator[str]:
    yield _SCALES
    for kind, scale in load_scales().items():
        weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in scale.weights.items())
        yield f"| {kind} | {scale.n} | {scale.ece:.3f} | {scale.bias:+.2f} | {weights} |"
    yield ""


def _estimate_chance(stated: Sequence[float]) -> float:
    """Return the calibration error that true probabilities have on average, because there are few pairs."""
    rng = np.random.default_rng(SEED)
    drawn = (rng.random((_RESAMPLES, len(stated))) < np.array(stated)).astype(float)
    return float(np.mean([expected_calibration_error(stated, one) for one in drawn]))


def _show_auc(agreeing: Sequence[float], conflicts: Sequence[float]) -> str:
    """Return the AUC with its interval, agreeing and conflicting pairs drawn with replacement."""
    rng = np.random.default_rng(SEED)
    zeros, ones = np.array(agreeing), np.array(conflicts)
    won = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
    drawn_ones = rng.multinomial(len(ones), np.full(len(ones), 1 / len(ones)), _RESAMPLES)
    drawn_zeros = rng.multinomial(len(zeros), np.full(len(zeros), 1 / len(zeros)), _RESAMPLES)
    figures = ((drawn_ones @ won) * drawn_zeros).sum(axis=1) / won.size
    low, high = np.quantile(figures, [0.025, 0.975])
    return f"{won.mean():.3f} [{low:.3f}, {high:.3f}]"


_HEAD: Final = """\
# Inputs that disagree

Made by `scripts/fit_disagreement.py`, whose first lines hold the commands. [What is compared, and by
what](../concepts/agreement.md).

## How well conflicts are told

Test rows, which neither the scales nor the predictors of spectra were fitted on: one spectrum of each molecule, as
MassBank recorded it; computed infrared spectra; drawings made of the molecules of mass spectra by our own engine, in
all styles and media; real drawings of CLEF, JPO and UOB. AUC: how often a conflict gets a higher probability than an
agreeing pair, with the 95 % interval of 1,000 bootstrap samples. Called sure: probability 0.9 or more. Isomers and
near molecules are the most similar of 60,000 unlabelled molecules; many molecules have none there. Where the molecule
of a spectrum is in the dictionary of names, its own predicted spectrum is among the rivals, which most of MassBank's
are and other people's may not be.

| inputs | conflict | n | AUC | called sure |
|---|---|---:|---|---:|"""
_CALIBRATION: Final = """
## Calibration

Half of the pairs are conflicts, each kind as often as the others where there are enough. ECE: calibration error over
15 bins, beside what a perfect scale that states these very probabilities would have by chance at this n. The last
column is what it costs to call a conflict sure; of mass spectra all but one of these are records whose precursor is
50 ppm or more off. That named rivals of a spectrum do not count beside a structure of another mass was decided on val
rows, after a first look at the test rows had shown such pairs below 0.9. The scale of formulas is not as true as
chance allows; the others nearly are.

| inputs | n | ECE | by chance | agreeing pairs called sure conflicts |
|---|---:|---:|---:|---|"""
_SCALES: Final = """
## Scales

Fitted on val rows; the probability is the logistic function of the bias and the weighted figures. *mass off* is
log10(1 + ppm / 2) up to 50 ppm, *another mass* 1 from 0.5 Da on, *unexplained* a share of the intensity, *misfit* one
less the cosine or the agreement, *behind* and *ahead* the distance to the best named rival, the others 0 or 1. A
figure whose weight would have said that worse evidence is better was left out.

| scale | n | ECE, cross-validated | bias | weights |
|---|---:|---:|---:|---|"""


def main() -> None:
    """Measure pairs, fit the scales, or report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=Path, help="lines of measured pairs")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    if options.measure:
        with options.pairs.open("w") as stream:
            for pair in measure(options.data_dir):
                print(json.dumps(vars(pair)), file=stream, flush=True)
    pairs = [Pair.from_json(line) for line in options.pairs.read_text().splitlines()]
    if options.fit:
        seen = {inputs: [one for one in pairs if one.inputs is inputs and one.split == "val"] for inputs in FITTED}
        scales = {kind.value: fit(balance(seen[inputs])).model_dump() for inputs, kind in FITTED.items()}
        written = {"fitted_by": "scripts/fit_disagreement.py, on constructed conflicts of val rows", "scales": scales}
        write_atomically(PACKAGE / PLACE, json.dumps(written, indent=1) + "\n")
        print(json.dumps(scales, indent=1))
    if options.report:
        write_atomically(options.report, report([one for one in pairs if one.split == "test"]))


if __name__ == "__main__":
    main()
