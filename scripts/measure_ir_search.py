"""Measures the search of infrared spectra among named molecules on GFN2-xTB spectra of held-back molecules.

Each molecule of a split is searched among all named molecules of its formula and itself. Printed for each measure of
agreement, and for spectra as they are, on a raised baseline (5 % of the highest point), measured from 650 cm^-1 on, and
with all wavenumbers 4 % lower (as far as usual scaling factors differ): how often the right molecule stands first and
among the first three, with bootstrap intervals, against chance. Molecules without a rival are not counted.

Run:  python scripts/measure_ir_search.py --data-dir DATA --split val
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from anymol.metrics.infrared import measure_agreement, pearson, spectral_information_divergence
from anymol.metrics.interval import bootstrap_mean
from anymol.retrieval.spectral_library.infrared_spectra import predict_curves
from anymol.retrieval.spectral_library.named_molecules import NamedMolecule, find_by_formula
from anymol.synthesis.infrared_references import SURROGATE_AXIS, read_line_spectra
from anymol.synthesis.ir_surrogate import SHIPPED, read_metadata

Curve = NDArray[np.float64]

AXIS: Curve = SURROGATE_AXIS.axis


def _slope(curve: Curve) -> Curve:
    return np.gradient(curve)


def _roots(one: Curve, other: Curve) -> float:
    return pearson(np.sqrt(np.maximum(one, 0)), np.sqrt(np.maximum(other, 0)))


MEASURES: dict[str, Callable[[Curve, Curve], float]] = {
    "Pearson": pearson,
    "SID": lambda one, other: -spectral_information_divergence(one, other),
    "Pearson of square roots": _roots,
    "the same, stretched to fit": lambda one, other: measure_agreement(one, other, AXIS),
    "Pearson of slopes": lambda one, other: pearson(_slope(one), _slope(other)),
}

CONDITIONS: dict[str, Callable[[Curve], Curve]] = {
    "as computed": lambda curve: curve,
    "baseline raised by 5 %": lambda curve: curve + 0.05 * curve.max(),
    "from 650 cm^-1": lambda curve: np.where(AXIS >= 650, curve, np.nan),
    "wavenumbers lowered by 4 %": lambda curve: np.interp(AXIS, AXIS * 0.96, curve),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--split", default="val")
    options = parser.parse_args()
    assert np.array_equal(read_metadata(SHIPPED).axis.axis, AXIS)
    data = read_line_spectra(options.data_dir, options.split)
    ranks: dict[tuple[str, str], list[float]] = {}
    chances: dict[int, list[float]] = {1: [], 3: []}
    right: list[float] = []
    wrong: list[float] = []
    pools, alone, named = [], 0, 0
    for smiles, curve in zip(data.smiles, data.spectra, strict=True):
        mol = Chem.MolFromSmiles(smiles)
        flat = Chem.MolToSmiles(mol, isomericSmiles=False)
        formula = rdMolDescriptors.CalcMolFormula(mol)
        rivals = [one for one in find_by_formula(formula) if _flatten(one.smiles) != flat]
        named += len(rivals) < len(find_by_formula(formula))
        predicted = predict_curves([*rivals, NamedMolecule(smiles, "the right one", formula, 0.0)])
        curves = [one for one in predicted if one is not None]
        if len(curves) < 2 or predicted[-1] is None:
            alone += 1
            continue
        pools.append(len(curves))
        for k, chance in chances.items():
            chance.append(min(1.0, k / len(curves)))
        fits = [measure_agreement(curve, one, AXIS) for one in curves]
        right.append(fits[-1])
        wrong.append(max(fits[:-1]))
        for condition, change in CONDITIONS.items():
            given = change(np.asarray(curve, np.float64))
            for measure, agree in MEASURES.items():
                scores = np.array([agree(given, one) for one in curves])
                # Ties count against the search.
                ranks.setdefault((condition, measure), []).append(float((scores[:-1] >= scores[-1]).sum() + 1))
    print(f"{len(pools)} molecules with rivals, median pool {np.median(pools):g}, largest {max(pools)};", end=" ")
    print(f"{alone} without a rival left out; {named} of all are in the dictionary")
    print(f"chance: first {np.mean(chances[1]):.3f}, among three {np.mean(chances[3]):.3f}")
    print("whether the molecule is among them at all, as told by the fit (median, 5 %, 95 %):", end=" ")
    for name, fit in (("right molecule", right), ("best of the wrong", wrong)):
        print(name, ", ".join(f"{value:.2f}" for value in np.quantile(fit, [0.5, 0.05, 0.95])), end="; ")
    print()
    print("| spectrum | agreement | first | among three |\n| --- | --- | --- | --- |")
    for (condition, measure), found in ranks.items():
        top = [bootstrap_mean([float(rank <= k) for rank in found]) for k in (1, 3)]
        print(f"| {condition} | {measure} | {_show(top[0])} | {_show(top[1])} |")


def _show(figure: object) -> str:
    return str(figure).split(", n=")[0]


def _flatten(smiles: str) -> str:
    return str(Chem.MolToSmiles(Chem.MolFromSmiles(smiles), isomericSmiles=False))


if __name__ == "__main__":
    main()
