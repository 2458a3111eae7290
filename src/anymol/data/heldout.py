"""What may not be answered in training: molecules and products reserved for evaluation.

Three kinds of molecule are held out, all by the first block of their InChIKey (the connectivity, so that a stereoisomer
or a charge state does not slip through):

* the reserved keys of ``heldout_keys.parquet``: sha256 of ``"heldout-v1:"`` and the block;
* the val and test molecules of every labelled file that examples are made from, and the products of val and test
  reactions;
* for generated tasks (properties, edits, designs), which have no published split, one molecule in a hundred, chosen by
  a hash of the block: half are val, half are test.

One exception: a common reagent, solvent or catalyst may be answered *as such*, though it is held out elsewhere. A model
that may never say "tetrahydrofuran" to the question for a solvent, because somebody has reserved the name of it, has
learnt nothing of solvents. What is evaluated there is the reaction, and its product is held out all the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq
from rdkit import Chem, rdBase

from anymol.chem.key_parts import connectivity_part
from anymol.data.example import InstructionExample
from anymol.files import require_data_file
from anymol.modalities.content import RecordPart, Role, TextPart
from anymol.modalities.modality import Modality

RESERVED_FILE: Final = "heldout_keys.parquet"
RESERVED_SALT: Final = "heldout-v1:"
GENERATED_SALT: Final = "anymol-generated-v1:"
GENERATED_MODULUS: Final = 200
"""One block in this many is val of the generated tasks, another one is test."""

GENERATED_MIN_ATOMS: Final = 9
"""Smaller molecules are never held back for generated tasks: solvents and building blocks stand in every reaction."""

EVALUATED_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "reactions.parquet": ("reaction_product", "products"),
    "conditions.parquet": ("reaction_product", "products"),
    "yields_patent_suzuki.parquet": ("reaction_product", "products"),
    "names.parquet": ("named_molecule", "smiles"),
    "captions.parquet": ("captioned_molecule", "smiles"),
    "molecule_qa.parquet": ("questioned_molecule", "smiles"),
    "quantum.parquet": ("quantum_molecule", "smiles"),
    "moleculenet_esol.parquet": ("measured_molecule", "smiles"),
    "moleculenet_freesolv.parquet": ("measured_molecule", "smiles"),
    "moleculenet_lipophilicity.parquet": ("measured_molecule", "smiles"),
    "adme_public.parquet": ("measured_molecule", "smiles"),
    **{
        f"moleculenet_{name}.parquet": ("classified_molecule", "smiles")
        for name in ("bbbp", "bace", "hiv", "clintox", "tox21", "sider")
    },
    "massbank_ms2.parquet": ("ms2_molecule", "smiles"),
    "ir_xtb.parquet": ("ir_molecule", "smiles"),
    "ocsr_images.parquet": ("drawn_molecule", "smiles"),
}
"""For each labelled file: the scope of its val and test rows, and the column that is evaluated. A file without splits
is a test set as a whole."""

_SPLIT_COLUMNS: Final = ("split", "scaffold_split")
"""Columns that tell the split of a row, the first that there is."""

CONDITION_ROLES: Final = frozenset({Role.REAGENT, Role.SOLVENT, Role.CATALYST})
"""Parts of a reaction that only say how it is done."""

COMMON_REACTIONS: Final = 20
"""A reagent, solvent or catalyst of so many training reactions is common."""

_CONDITION_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "reactions.parquet": ("reagents",),
    "conditions.parquet": ("reagents", "solvents", "catalysts"),
}
"""Where training reactions state what is not a reactant; of `reactions` only the rows that keep reagents apart."""

GUARDED_ROLES: Final = frozenset({Role.MOLECULE, Role.PRODUCT})
"""Roles, in a question, of molecules that the answer describes; reactants and reagents are mere inputs."""


class GeneratedSplit(StrEnum):
    """Where a molecule of the generated tasks belongs."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


def compute_blocks(smiles: str) -> tuple[str, ...]:
    """Return the InChIKey blocks of a SMILES: of the whole and, where it is a mixture, of each molecule.

    Returns:
        14-character blocks, the whole first; empty where no InChIKey exists (such molecules cannot be compared).
    """
    blocks: list[str] = []
    pieces = [smiles, *smiles.split(".")] if "." in smiles else [smiles]
    with rdBase.BlockLogs():
        for piece in pieces:
            mol = Chem.MolFromSmiles(piece)
            key = Chem.MolToInchiKey(mol) if mol is not None else ""
            if key:
                blocks.append(connectivity_part(key))
    return tuple(blocks)


def compute_evaluated_blocks(smiles: str) -> tuple[str, ...]:
    """Return the blocks that an evaluated molecule or product holds out: its own and, of a salt, its parent's.

    The parent is the largest part, where it is more than a counter-ion: sodium chloride in a test set must not keep
    sodium and chloride, which stand in every second reaction, out of training.
    """
    blocks = compute_blocks(smiles)[:1]
    if "." not in smiles:
        return blocks
    parent = max(smiles.split("."), key=_count_heavy_atoms)
    return (*blocks, *compute_blocks(parent)) if _count_heavy_atoms(parent) >= GENERATED_MIN_ATOMS else blocks


def hash_reserved(block: str) -> str:
    """Return the form in which reserved keys are published."""
    return hashlib.sha256((RESERVED_SALT + block).encode()).hexdigest()


def assign_generated_split(block: str) -> GeneratedSplit:
    """Return the split of a molecule in the generated tasks, by a hash of its block."""
    remainder = int.from_bytes(hashlib.sha256((GENERATED_SALT + block).encode()).digest()[:8], "big")
    match remainder % GENERATED_MODULUS:
        case 0:
            return GeneratedSplit.VAL
        case 1:
            return GeneratedSplit.TEST
        case _:
            return GeneratedSplit.TRAIN


@dataclass(frozen=True)
class Refusal:
    """Why a molecule may not be an answer.

    Attributes:
        smiles: The molecule as it was asked about.
        block: The InChIKey block that is held out.
        scope: The evaluation it belongs to, for example ``reaction_product`` or ``generated``.
    """

    smiles: str
    block: str
    scope: str


class Guarded(NamedTuple):
    """A molecule that an example answers with, or that its answer describes.

    Attributes:
        smiles: The molecule, or dot-joined molecules.
        is_condition: Whether it is the answer to how a reaction is done: a reagent, solvent or catalyst.
    """

    smiles: str
    is_condition: bool = False


class Heldout:
    """The set of molecules that may not be answered.

    Args:
        reserved: sha256 of reserved blocks (see :func:`hash_reserved`) to the scope.
        evaluated: Blocks of val and test molecules to the scope.
        common: Blocks of common reagents, solvents and catalysts, which may be answered as such.
        generated: Whether molecules of the generated val and test sets are refused too.
    """

    def __init__(
        self,
        reserved: Mapping[str, str],
        evaluated: Mapping[str, str],
        *,
        common: Iterable[str] = (),
        generated: bool = True,
    ) -> None:
        self._reserved = dict(reserved)
        self._evaluated = dict(evaluated)
        self._common = frozenset(common)
        self._generated = generated
        self._known: dict[str, Refusal | None] = {}

    @classmethod
    def read(cls, data_dir: Path) -> Heldout:
        """Collect everything held out in a data directory.

        Raises:
            DataError: When the directory lacks the reserved keys or a file cannot be read.
        """
        path = require_data_file(data_dir, RESERVED_FILE)
        files = [path, *(data_dir / name for name in EVALUATED_COLUMNS if (data_dir / name).is_file())]
        reserved, evaluated, common = _read_keys(tuple((file, file.stat().st_mtime_ns) for file in files))
        return cls(reserved, evaluated, common=common)

    @classmethod
    def empty(cls) -> Heldout:
        """Return the set that holds only the generated val and test molecules (no data directory at hand)."""
        return cls({}, {})

    def with_evaluated(self, blocks: Iterable[str], scope: str) -> Heldout:
        """Return a set that also refuses these blocks."""
        evaluated = {**dict.fromkeys(blocks, scope), **self._evaluated}
        return Heldout(self._reserved, evaluated, common=self._common, generated=self._generated)

    def __len__(self) -> int:
        return len(self._reserved) + len(self._evaluated)

    def find(self, smiles: str) -> Refusal | None:
        """Return why `smiles`, or a molecule of this mixture, may not be an answer; None where it may."""
        if smiles not in self._known:
            if len(self._known) > 400_000:
                self._known.clear()
            self._known[smiles] = self._find(smiles)
        return self._known[smiles]

    def find_guarded(self, guarded: Guarded) -> Refusal | None:
        """Return why a molecule of an example may not be an answer.

        Of conditions each is looked at by itself, and a common one may be answered: potassium carbonate is three ions.
        """
        if not guarded.is_condition:
            return self.find(guarded.smiles)
        refusals = (self.find(piece) for piece in guarded.smiles.split("."))
        return next((one for one in refusals if one is not None and one.block not in self._common), None)

    def _find(self, smiles: str) -> Refusal | None:
        for block in compute_blocks(smiles):
            scope = self.find_block(block, smiles)
            if scope is not None:
                return Refusal(smiles, block, scope)
        return None

    def find_block(self, block: str, smiles: str) -> str | None:
        """Return the scope in which a block of `smiles` is held out; None where it is free."""
        scope = self._evaluated.get(block) or self._reserved.get(hash_reserved(block))
        if scope is not None:
            return scope
        if (
            self._generated
            and assign_generated_split(block) is not GeneratedSplit.TRAIN
            and _count_heavy_atoms(smiles) >= GENERATED_MIN_ATOMS
        ):
            return "generated"
        return None

    def forbids_answer(self, smiles: str) -> bool:
        """Whether `smiles` may not be an answer, nor the molecule an answer describes, in training."""
        return self.find(smiles) is not None

    def find_in_example(self, example: InstructionExample) -> Refusal | None:
        """Return the first refused molecule that a training example answers or describes."""
        for guarded in guarded_molecules(example):
            refusal = self.find_guarded(guarded)
            if refusal is not None:
                return refusal
        return None

    def split_generated(self, smiles: str) -> GeneratedSplit | None:
        """Return the generated split of one molecule; None where it is held out by another scope or has no key."""
        blocks = compute_blocks(smiles)
        if not blocks:
            return None
        block = blocks[0]
        if block in self._evaluated or hash_reserved(block) in self._reserved:
            return None
        if _count_heavy_atoms(smiles) < GENERATED_MIN_ATOMS:
            return GeneratedSplit.TRAIN
        return assign_generated_split(block)


@lru_cache(maxsize=4)
def _read_keys(
    files: tuple[tuple[Path, int], ...],
) -> tuple[Mapping[str, str], Mapping[str, str], frozenset[str]]:
    """Return the reserved keys and the evaluated blocks of a data directory, with their scopes, and common conditions.

    The InChIKeys of some 25,000 molecules take seconds, so that they are kept for the next build or audit.

    Args:
        files: The file of reserved keys, then the labelled files; each with the time when it was changed.
    """
    (keys, _), *labelled = files
    table = pq.read_table(keys)
    reserved = dict(zip(table["key_sha256"].to_pylist(), table["scope"].to_pylist(), strict=True))
    evaluated: dict[str, str] = {}
    for path, _ in labelled:
        scope, column = EVALUATED_COLUMNS[path.name]
        split = [name for name in _SPLIT_COLUMNS if name in pq.read_schema(path).names][:1]
        rows = pq.read_table(path, columns=[column, *split])
        held = (rows.filter(pc.not_equal(rows[split[0]], "train")) if split else rows)[column]
        for smiles in pc.unique(held.drop_null()).to_pylist():
            for block in compute_evaluated_blocks(smiles):
                evaluated.setdefault(block, scope)
    common = count_conditions(path for path, _ in labelled if path.name in _CONDITION_COLUMNS)
    frequent = (smiles for smiles, count in common.items() if count >= COMMON_REACTIONS)
    return reserved, evaluated, frozenset(block for smiles in frequent for block in compute_blocks(smiles))


def count_conditions(paths: Iterable[Path]) -> Counter[str]:
    """Return in how many training reactions each molecule is a reagent, solvent or catalyst."""
    counts: Counter[str] = Counter()
    for path in paths:
        columns = _CONDITION_COLUMNS[path.name]
        known = pq.read_schema(path).names
        state = ["reagents_state"] if "reagents_state" in known else []
        table = pq.read_table(path, columns=[*(name for name in columns if name in known), "split", *state])
        table = table.filter(pc.equal(table["split"], "train"))
        if state:
            table = table.filter(pc.equal(table["reagents_state"], "separated"))
        for row in zip(*(table[name].to_pylist() for name in columns if name in known), strict=True):
            counts.update({piece for part in row if part for piece in part.split(".")})
    return counts


def guarded_molecules(example: InstructionExample) -> Iterator[Guarded]:
    """Yield the molecules that an example answers with, or that its answer describes."""
    for part in example.answer:
        if not isinstance(part, TextPart) and part.smiles is not None:
            yield Guarded(part.smiles, part.role in CONDITION_ROLES)
    for message in example.messages:
        for part in message.parts:
            if isinstance(part, TextPart) or part.role not in GUARDED_ROLES:
                continue
            if part.smiles is not None:
                yield Guarded(part.smiles)


def evaluated_molecules(example: InstructionExample) -> Iterator[str]:
    """Yield the molecules that an evaluation example is about: those of :data:`GUARDED_ROLES`, asked or answered.

    Reactants and reagents that are answers are not among them: acetic acid stands in many reactions of every split.
    The graphs of a salt, one per part, are put together again: it is the salt that is evaluated, not its chloride.
    """
    for parts in (example.answer, *(message.parts for message in example.messages)):
        salt: list[str] = []
        for part in parts:
            guarded = None if isinstance(part, TextPart) or part.role not in GUARDED_ROLES else part.smiles
            if guarded is not None and isinstance(part, RecordPart) and part.modality is Modality.GRAPH:
                salt.append(guarded)
                continue
            if salt:
                yield ".".join(salt)
                salt = []
            if guarded is not None:
                yield guarded
        if salt:
            yield ".".join(salt)


def _count_heavy_atoms(smiles: str) -> int:
    """Return the number of heavy atoms of the largest molecule of a mixture."""
    with rdBase.BlockLogs():
        counts = (Chem.MolFromSmiles(piece) for piece in smiles.split("."))
        return max((mol.GetNumHeavyAtoms() for mol in counts if mol is not None), default=0)
