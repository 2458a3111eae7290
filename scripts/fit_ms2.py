"""Fit the intensity model of the MS/MS fragmenter to the measured spectra of the training split.

Only licences that let weights be shipped are read. Measured peaks are matched with candidate ions within 10 ppm or
3 mDa; what is minimised, per spectrum, is the cross-entropy of the matched intensities plus a multiple of (1 - cosine);
the state with the best cosine on 200 groups of the validation split is kept. Writes the package's weights file.

Molecules whose keys are reserved for other evaluations are left out. The weights that ship were made on one core in
half an hour:

    python scripts/fit_ms2.py --data-dir DATA --minutes 18 --hidden 192 96 --dropout 0.15 --out first.npz
    python scripts/fit_ms2.py --data-dir DATA --minutes 5 --hidden 192 96 --dropout 0.15 --lr 1.2e-3 --cosine-weight 4 \
        --init first.npz

A limit of minutes, not of steps, means that another machine makes other weights; the seed fixes all else.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from rdkit import Chem, rdBase
from torch import Tensor, nn

from anymol.data.heldout import RESERVED_FILE, compute_evaluated_blocks, hash_reserved
from anymol.files import hash_file
from anymol.modalities.adduct import Adduct
from anymol.synthesis.candidate_ions import SHIFTS, list_candidates, write_ion_formulas, write_loss_formulas
from anymol.synthesis.fragmentation import Budget, enumerate_fragments, read_skeleton
from anymol.synthesis.ms2_features import N_CONTEXT, N_FEATURES, choose_mode, describe_context, describe_fragments
from anymol.synthesis.ms2_intensity import BASIS, MODES, WEIGHTS_FILE, IntensityModel, read_model, write_model
from anymol.synthesis.ms2_measured import FILE, SHIPPABLE, Measured, read_measured

PPM, FLOOR_DA = 10.0, 0.003
BUDGET = Budget(depth=3, max_cuts=300, max_fragments=1000)
MAX_ATOMS = 70


@dataclass
class Group:
    """All spectra of one molecule and adduct."""

    features: np.ndarray
    fragment: np.ndarray
    shift: np.ndarray
    peak: np.ndarray
    n_peaks: int
    mode: int
    texts: tuple[list[str], list[str]]
    rows: tuple[np.ndarray, np.ndarray] | None
    contexts: list[np.ndarray]
    targets: list[tuple[np.ndarray, np.ndarray, float]]  # peaks, intensities, norm of all that was measured


def read_reserved(data_dir: Path) -> frozenset[str]:
    """Return the blocks of training molecules that are held out elsewhere.

    They are the reserved keys of all scopes, and the parents of salts among the val and test spectra.
    """
    table = pq.read_table(data_dir / FILE, columns=["smiles", "inchikey", "split"])
    own = pc.equal(table["split"], "train")
    keys = set(pq.read_table(data_dir / RESERVED_FILE)["key_sha256"].to_pylist())
    blocks = {key[:14] for key in pc.unique(table.filter(own)["inchikey"]).to_pylist()}
    evaluated = pc.unique(table.filter(pc.invert(own))["smiles"]).to_pylist()
    parents = {block for smiles in evaluated for block in compute_evaluated_blocks(smiles)}
    return frozenset(block for block in blocks if block in parents or hash_reserved(block) in keys)


def prepare(measured: list[Measured]) -> list[Group]:
    """Return the groups of a split."""
    by_smiles: dict[str, list[Measured]] = defaultdict(list)
    for one in measured:
        by_smiles[one.smiles].append(one)
    groups = []
    for smiles, spectra in sorted(by_smiles.items()):
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(smiles)
        if not 2 <= mol.GetNumAtoms() <= MAX_ATOMS:
            continue
        skeleton = read_skeleton(mol)
        fragments = enumerate_fragments(mol, skeleton, BUDGET)
        features = describe_fragments(mol, skeleton, fragments)
        for adduct in sorted({one.spectrum.adduct or Adduct.M_H for one in spectra}):
            candidates = list_candidates(skeleton, fragments, adduct)
            group = Group(
                features,
                candidates.fragment.astype(np.int32),
                candidates.shift.astype(np.int32),
                candidates.peak.astype(np.int32),
                len(candidates.mz),
                choose_mode(adduct),
                (write_ion_formulas(skeleton, candidates), write_loss_formulas(skeleton, candidates)),
                None,
                [],
                [],
            )
            for one in (one for one in spectra if one.spectrum.adduct is adduct):
                target = match(one, candidates.mz)
                if target is not None:
                    precursor = float(candidates.mz[candidates.precursor])
                    group.contexts.append(describe_context(precursor, skeleton.n_atoms, adduct, one.energy))
                    group.targets.append(target)
            if group.targets:
                groups.append(group)
    return groups


def match(one: Measured, mz: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Return the candidate peaks that a spectrum shows, their intensities, and the norm of the whole spectrum."""
    spectrum = one.spectrum
    right = (
        np.clip(np.searchsorted(mz, spectrum.mz), 1, len(mz) - 1) if len(mz) > 1 else np.zeros(spectrum.n_peaks, int)
    )
    left = np.maximum(right - 1, 0)
    near = np.where(np.abs(mz[left] - spectrum.mz) < np.abs(mz[right] - spectrum.mz), left, right)
    fits = np.abs(mz[near] - spectrum.mz) <= np.maximum(spectrum.mz * PPM * 1e-6, FLOOR_DA)
    if not fits.any():
        return None
    heights = np.bincount(near[fits], spectrum.intensity[fits])
    peaks = np.nonzero(heights)[0]
    if not len(peaks):
        return None
    return peaks, heights[peaks], float(np.linalg.norm(spectrum.intensity))


def count_formulas(groups: list[Group], which: int, most: int) -> list[str]:
    """Return the formulas of ions (0) or losses (1) seen in most groups, at least five."""
    seen: Counter[str] = Counter()
    for group in groups:
        rows = {int(p) for peaks, _, _ in group.targets for p in peaks}
        seen.update({group.texts[which][row] for row in rows})
    return sorted(text for text, count in seen.most_common(most) if count >= 5 and text)


class Network(nn.Module):
    """The same equations as `IntensityModel`, with gradients."""

    def __init__(self, hidden: tuple[int, int], n_ions: int, n_losses: int) -> None:
        super().__init__()
        first, second = hidden

        def draw(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape) * scale)

        self.W1 = draw(N_FEATURES, first, scale=0.06)
        self.U1 = draw(MODES, N_CONTEXT, first, scale=0.2)
        self.W2 = draw(MODES, first, second, scale=(2 / first) ** 0.5)
        self.U2 = draw(MODES, N_CONTEXT, second, scale=0.2)
        self.W3 = draw(MODES, second, len(SHIFTS), scale=(1 / second) ** 0.5)
        self.b3 = nn.Parameter(torch.zeros(MODES, len(SHIFTS)))
        self.B_ion = nn.Parameter(torch.zeros(MODES, n_ions + 1, len(BASIS)))
        self.B_loss = nn.Parameter(torch.zeros(MODES, n_losses + 1, len(BASIS)))

    def forward(self, batch: dict[str, Any], dropout: float) -> Tensor:
        """Return log shares of all peaks of all spectra of a batch, one after the other."""
        mode = batch["mode"]
        context: Tensor = batch["context"]
        embedded = (batch["features"].float().sqrt() / 2) @ self.W1
        hidden = torch.relu(embedded[batch["row_fragment"]] + (context @ self.U1[mode])[batch["row_spectrum"]])
        hidden = nn.functional.dropout(hidden, dropout, self.training)
        hidden = torch.relu(hidden @ self.W2[mode] + (context @ self.U2[mode])[batch["row_spectrum"]])
        scores = hidden @ self.W3[mode] + self.b3[mode]
        each = scores.view(-1)[batch["candidate"]]
        logits = gather_logsumexp(each, batch["peak"], batch["n_peaks"])
        basis = context[:, list(BASIS)][batch["peak_spectrum"]]
        logits = logits + (self.B_ion[mode][batch["ion"]] * basis).sum(1)
        logits = logits + (self.B_loss[mode][batch["loss"]] * basis).sum(1)
        total = gather_logsumexp(logits, batch["peak_spectrum"], len(context))
        return logits - total[batch["peak_spectrum"]]


def gather_logsumexp(values: Tensor, index: Tensor, size: int) -> Tensor:
    """Return log sum exp of the values of each index."""
    top = torch.full((size,), -1e30).scatter_reduce(0, index, values.detach(), "amax")
    return top + torch.zeros(size).index_add(0, index, (values - top[index]).exp()).clamp_min(1e-30).log()


def collate(groups: list[Group], chosen: list[list[int]]) -> dict[str, Any]:
    """Return the tensors of some spectra of some groups (of one mode)."""
    parts: dict[str, list[np.ndarray]] = defaultdict(list)
    first_fragment = n_rows = n_peaks = n_spectra = 0
    norms = []
    for group, spectra in zip(groups, chosen, strict=True):
        parts["features"].append(group.features)
        n_fragments = len(group.features)
        flat = group.fragment * len(SHIFTS) + group.shift
        assert group.rows is not None
        for spectrum in spectra:
            parts["row_fragment"].append(np.arange(first_fragment, first_fragment + n_fragments))
            parts["row_spectrum"].append(np.full(n_fragments, n_spectra))
            parts["candidate"].append(flat + n_rows * len(SHIFTS))
            parts["peak"].append(group.peak + n_peaks)
            parts["peak_spectrum"].append(np.full(group.n_peaks, n_spectra))
            parts["ion"].append(group.rows[0])
            parts["loss"].append(group.rows[1])
            peaks, heights, norm = group.targets[spectrum]
            parts["target_peak"].append(peaks + n_peaks)
            parts["target"].append(heights / heights.sum())
            parts["target_spectrum"].append(np.full(len(peaks), n_spectra))
            norms.append(norm / heights.sum())
            n_rows += n_fragments
            n_peaks += group.n_peaks
            n_spectra += 1
        first_fragment += n_fragments
    batch: dict[str, Any] = {name: torch.from_numpy(np.concatenate(arrays)) for name, arrays in parts.items()}
    for name in batch:
        if name not in ("features", "target"):
            batch[name] = batch[name].long()
    contexts = [group.contexts[s] for group, spectra in zip(groups, chosen, strict=True) for s in spectra]
    batch["context"] = torch.from_numpy(np.stack(contexts))
    batch["target"] = batch["target"].float()
    batch["norm"] = torch.tensor(norms, dtype=torch.float32)
    batch["n_peaks"], batch["mode"] = n_peaks, groups[0].mode
    return batch


def measure(log_shares: Tensor, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Return cross-entropy and cosine of each spectrum."""
    n = len(batch["context"])
    seen = log_shares[batch["target_peak"]]
    entropy = -torch.zeros(n).index_add(0, batch["target_spectrum"], batch["target"] * seen)
    dot = torch.zeros(n).index_add(0, batch["target_spectrum"], batch["target"] * seen.exp())
    norm = torch.zeros(n).index_add(0, batch["peak_spectrum"], (2 * log_shares).exp()).sqrt()
    return entropy, dot / (norm * batch["norm"] + 1e-9)


def list_batches(groups: list[Group], rng: np.random.Generator, most: int, size: int) -> list[tuple[list[Any], ...]]:
    """Return batches of one mode, at most `most` spectra of each group, in random order."""
    batches = []
    for mode in range(MODES):
        own = [group for group in groups if group.mode == mode]
        order = rng.permutation(len(own))
        for start in range(0, len(order), size):
            members = [own[i] for i in order[start : start + size]]
            spectra = [sorted(rng.permutation(len(g.targets))[:most].tolist()) for g in members]
            batches.append((members, spectra))
    return [batches[i] for i in rng.permutation(len(batches))]


def validate(network: Network, groups: list[Group]) -> dict[str, float]:
    """Return mean cosine and cross-entropy, at most four spectra of each group."""
    network.eval()
    cosines: dict[int, list[float]] = defaultdict(list)
    entropies: list[float] = []
    with torch.no_grad():
        for members, spectra in list_batches(groups, np.random.default_rng(0), 4, 8):
            batch = collate(members, spectra)
            entropy, cosine = measure(network(batch, 0.0), batch)
            cosines[batch["mode"]] += cosine.tolist()
            entropies += entropy.tolist()
    network.train()
    flat = [value for values in cosines.values() for value in values]
    means = {f"cosine_{mode}": float(np.mean(values)) for mode, values in sorted(cosines.items())}
    return {"cosine": float(np.mean(flat)), "cross_entropy": float(np.mean(entropies)), **means}


def fit(train: list[Group], val: list[Group], sizes: tuple[int, int], arguments: argparse.Namespace) -> Network:
    """Return the network of the best validation cosine."""
    torch.manual_seed(arguments.seed)
    network = Network((arguments.hidden[0], arguments.hidden[1]), *sizes)
    if arguments.init is not None:
        stored = read_model(arguments.init).weights
        network.load_state_dict({name: torch.from_numpy(value) for name, value in stored.items()})
    biases = [network.B_ion, network.B_loss]
    rest = [p for p in network.parameters() if all(p is not b for b in biases)]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "weight_decay": 0.02}, {"params": biases, "weight_decay": 0.1}], lr=arguments.lr
    )
    rng = np.random.default_rng(arguments.seed)
    start, best, kept, step, epoch = time.monotonic(), -1.0, network.state_dict(), 0, 0
    budget = arguments.minutes * 60
    watched = [val[i] for i in np.random.default_rng(0).permutation(len(val))[:200]]
    while time.monotonic() - start < budget:
        losses, cosines = [], []
        for members, spectra in list_batches(train, rng, arguments.spectra, arguments.batch):
            share = min(1.0, (time.monotonic() - start) / budget)
            if share >= 1.0:
                break
            warm = min(1.0, (step + 1) / 50)
            for setting in optimiser.param_groups:
                setting["lr"] = arguments.lr * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * share)))
            batch = collate(members, spectra)
            entropy, cosine = measure(network(batch, arguments.dropout), batch)
            loss = (entropy + arguments.cosine_weight * (1 - cosine)).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            losses.append(loss.item())
            cosines.append(cosine.mean().item())
            step += 1
        epoch += 1
        figures = validate(network, watched)
        print(f"epoch {epoch} step {step} {time.monotonic() - start:.0f} s train cosine {np.mean(cosines):.4f} "
              f"loss {np.mean(losses):.3f} val {figures}", flush=True)  # fmt: skip
        if figures["cosine"] > best:
            best, kept = figures["cosine"], {k: v.clone() for k, v in network.state_dict().items()}
    network.load_state_dict(kept)
    return network


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--hidden", type=int, nargs=2, default=(128, 64))
    parser.add_argument("--spectra", type=int, default=4, help="most spectra of a molecule and adduct per epoch")
    parser.add_argument("--batch", type=int, default=8, help="molecules per step")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--cosine-weight", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=None, help="spectra read of each split, for a trial")
    parser.add_argument("--init", type=Path, default=None, help="weights to go on from, fitted on the same data")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    start = time.monotonic()
    dropped: Counter[str] = Counter()
    measured = list(read_measured(arguments.data_dir, "train", dropped=dropped))[: arguments.limit]
    held = list(read_measured(arguments.data_dir, "val"))[: arguments.limit]
    reserved = read_reserved(arguments.data_dir)
    kept = [one for one in measured if one.block not in reserved]
    dropped["reserved for evaluation"] += len(measured) - len(kept)
    measured = kept
    train, val = prepare(measured), prepare(held)
    ions, losses = count_formulas(train, 0, 500), count_formulas(train, 1, 500)
    rows = ({text: i for i, text in enumerate(ions, 1)}, {text: i for i, text in enumerate(losses, 1)})
    for group in (*train, *val):
        group.rows = (
            np.array([rows[0].get(text, 0) for text in group.texts[0]], np.int32),
            np.array([rows[1].get(text, 0) for text in group.texts[1]], np.int32),
        )
        group.texts = ([], [])
    print(f"prepared {len(train)} + {len(val)} groups in {time.monotonic() - start:.0f} s; {len(measured)} spectra")
    print(f"{len(ions)} ions, {len(losses)} losses; left out {dict(dropped)}", flush=True)
    network = fit(train, val, (len(ions), len(losses)), arguments)
    figures = validate(network, val)
    provenance = {
        "fitted_by": "scripts/fit_ms2.py",
        "file": FILE,
        "sha256": hash_file(arguments.data_dir / FILE),
        "source": "MassBank-data 2025.05.1 (https://doi.org/10.5281/zenodo.3378723)",
        "split": "train, without molecules whose keys are reserved and parents of val and test salts",
        "licences": sorted(SHIPPABLE),
        "spectra_by_licence": dict(sorted(Counter(one.licence for one in measured).items())),
        "spectra": len(measured),
        "molecules": len({one.block for one in measured}),
        "energies": "eV; NCE converted by eV = NCE * m/z / 500; other units left out",
        "settings": {k: v for k, v in vars(arguments).items() if not isinstance(v, Path)},
        "continued_from": None if arguments.init is None else dict(read_model(arguments.init).provenance),
        "budget": {"depth": BUDGET.depth, "max_cuts": BUDGET.max_cuts, "max_fragments": BUDGET.max_fragments},
        "val": figures,
    }  # fmt: skip
    weights = {name: value.detach().numpy() for name, value in network.named_parameters()}
    write_model(arguments.out, IntensityModel(weights, rows[0], rows[1], provenance))
    print(json.dumps(figures), arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
