"""The plans of the specialists: what each learns from, its sizes, and how it is fitted. Reading them needs no RDKit."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anymol.bounds import MAX_WORKERS
from anymol.retrieval.measured_properties.store import MeasuredProperty
from anymol.synthesis.ir_network import SurrogateArchitecture
from anymol.training.specialists.fit import FitConfig


class DetectorPlan(BaseModel):
    """The detector of atoms and bonds in drawings; see :mod:`anymol.training.specialists.detector`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Molecules, drawings, weights and pieces follow from it.
        drawings: Molecules that are drawn to learn from.
        held: Molecules that are drawn to validate on.
        batch: Pieces of drawings per step.
        weight_decay: Of AdamW.
        workers: Processes that draw; what they draw does not depend on their number.
        start: Weights of a detector to go on from; None starts anew.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["drawing_detector"] = "drawing_detector"
    name: str
    seed: int = Field(default=0, ge=0)
    drawings: int = Field(default=24_000, ge=1)
    held: int = Field(default=200, ge=1)
    batch: int = Field(default=16, ge=1)
    weight_decay: float = Field(default=1e-3, ge=0)
    workers: int = Field(default=1, ge=1, le=MAX_WORKERS)
    start: Path | None = None
    fit: FitConfig


class LabelReaderPlan(BaseModel):
    """The reader of what is written at atoms; see :mod:`anymol.training.specialists.label_reader`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Molecules, drawings, weights and batches follow from it.
        drawings: Molecules that are drawn to learn from.
        held: Molecules that are drawn to validate on.
        fitted_on: Molecules whose drawings are read whole, to fit how sure readings may be.
        batch: Pieces of drawings per step.
        weight_decay: Of AdamW.
        workers: Processes that draw; what they draw does not depend on their number.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["label_reader"] = "label_reader"
    name: str
    seed: int = Field(default=0, ge=0)
    drawings: int = Field(default=22_000, ge=1)
    held: int = Field(default=600, ge=1)
    fitted_on: int = Field(default=800, ge=16)
    batch: int = Field(default=64, ge=1)
    weight_decay: float = Field(default=1e-3, ge=0)
    workers: int = Field(default=1, ge=1, le=MAX_WORKERS)
    fit: FitConfig


class IntensityPlan(BaseModel):
    """The intensities of the MS/MS fragmenter; see :mod:`anymol.training.specialists.intensities`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Weights and draws follow from it.
        hidden: Widths of the two hidden layers.
        spectra: Most spectra of a molecule and adduct per epoch.
        batch: Molecules with an adduct per step.
        dropout: Probability of dropping a hidden value.
        cosine_weight: Multiple of (1 - cosine) that is minimised beside the cross-entropy.
        weight_decay: Of AdamW.
        bias_decay: The same, for what is learnt of single formulas.
        limit: Most spectra of each split, for a trial; None for all.
        start: Weights to go on from, fitted on the same data; None starts anew.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["ms2_intensities"] = "ms2_intensities"
    name: str
    seed: int = Field(default=0, ge=0)
    hidden: tuple[int, int] = (192, 96)
    spectra: int = Field(default=4, ge=1)
    batch: int = Field(default=8, ge=1)
    dropout: float = Field(default=0.15, ge=0, lt=1)
    cosine_weight: float = Field(default=2.0, ge=0)
    weight_decay: float = Field(default=0.02, ge=0)
    bias_decay: float = Field(default=0.1, ge=0)
    limit: int | None = Field(default=None, ge=1)
    start: Path | None = None
    fit: FitConfig


class SurrogatePlan(BaseModel):
    """The infrared surrogate; see :mod:`anymol.training.specialists.surrogate`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Weights, order and dropout follow from it.
        architecture: Sizes of the network.
        batch: Spectra per step.
        weight_decay: Of AdamW.
        synthesized: Folders of further GFN2-xTB spectra, made by ``anymol synthesize --modalities ir:gfn2-xtb``.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["ir_surrogate"] = "ir_surrogate"
    name: str
    seed: int = Field(default=0, ge=0)
    architecture: SurrogateArchitecture = SurrogateArchitecture()
    batch: int = Field(default=32, ge=1)
    weight_decay: float = Field(default=0.0, ge=0)
    synthesized: tuple[Path, ...] = ()
    fit: FitConfig


class RolesPlan(BaseModel):
    """The table and the regression of roles in reactions; see :mod:`anymol.training.specialists.reaction_roles`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Rows, and what is left out of them, follow from it.
        rows: Training rows that the regression is fitted to; all are counted.
        companions: Common reagents that are told apart.
        penalty: Of the weights, squared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["reaction_roles"] = "reaction_roles"
    name: str
    seed: int = Field(default=0, ge=0)
    rows: int = Field(default=60_000, ge=2)
    companions: int = Field(default=40, ge=0)
    penalty: float = Field(default=1.0, gt=0)


class TreesConfig(BaseModel):
    """Sizes of boosted trees.

    Attributes:
        trees: How many.
        leaves: Most leaves of one.
        rate: How much each of them counts.
        fewest: Fewest molecules in a leaf.
        penalty: Of the leaves' values, squared.
        features: Share of the features that each split may choose from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trees: int = Field(default=200, ge=1, le=5_000)
    leaves: int = Field(default=15, ge=2, le=255)
    rate: float = Field(default=0.07, gt=0, le=1)
    fewest: int = Field(default=8, ge=1)
    penalty: float = Field(default=1.0, ge=0)
    features: float = Field(default=0.3, gt=0, le=1)


class OwnTable(BaseModel):
    """A table of measurements of one's own.

    Attributes:
        path: Comma- or tab-separated, packed by gzip or not; its first line names the columns.
        smiles: Column of the molecules.
        columns: Column of values -> what it measures, and under which licence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    smiles: str = "smiles"
    columns: dict[str, MeasuredProperty] = Field(min_length=1)


class MeasuredPlan(BaseModel):
    """The store of measured properties and its predictors; see
    :mod:`anymol.training.specialists.measured_properties`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: The trees, and the inactive molecules that stay, follow from it.
        sets: Public sets that are taken.
        tables: Tables of one's own, of properties that no set has which is taken.
        held: Most val rows of a set that calibrate.
        trees: Sizes of the trees.
        trees_by_task: The same for single tasks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["measured_properties"] = "measured_properties"
    name: str
    seed: int = Field(default=0, ge=0)
    sets: tuple[
        Literal["esol", "lipophilicity", "freesolv", "bbbp", "bace", "hiv", "clintox", "tox21", "sider", "adme"], ...
    ]
    tables: tuple[OwnTable, ...] = ()
    held: int = Field(default=1_500, ge=1)
    trees: TreesConfig = TreesConfig()
    trees_by_task: dict[str, TreesConfig] = Field(default_factory=dict)

    def trees_of(self, task: str) -> TreesConfig:
        """Return the sizes of the trees of a task."""
        return self.trees_by_task.get(task, self.trees)


class DescriptionsPlan(BaseModel):
    """The store of descriptions and its ranker; see :mod:`anymol.evaluation.descriptions`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: The trees follow from it.
        collections: Which collections are stored -> what they are called. Of a molecule that several describe, the
            first of them stands.
        taught_by: The collection whose descriptions the ranker learns to come near.
        rows: How many of them, at most.
        trees: Sizes of the trees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["descriptions"] = "descriptions"
    name: str
    seed: int = Field(default=0, ge=0)
    collections: dict[str, str] = Field(min_length=1)
    taught_by: str
    rows: int | None = Field(default=None, ge=20)
    trees: TreesConfig = TreesConfig()

    @model_validator(mode="after")
    def _check_teacher(self) -> Self:
        if self.taught_by not in self.collections:
            raise ValueError(f"taught_by is one of the collections: {', '.join(self.collections)}")
        return self


class ComputedPlan(BaseModel):
    """The store of computed properties and its network; see :mod:`anymol.training.specialists.computed_properties`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: The molecules that are drawn, weights and batches follow from it.
        molecules: Most molecules that the network is fitted to.
        largest_stored: Most heavy atoms of a molecule that is stored without having a name.
        rarest: Fewest training molecules that have a fragment which is counted.
        hidden: Widths of the two hidden layers.
        dropout: Probability of dropping a value of the first.
        batch: Molecules per step.
        weight_decay: Of AdamW.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["computed_properties"] = "computed_properties"
    name: str
    seed: int = Field(default=0, ge=0)
    molecules: int = Field(default=80_000, ge=2)
    largest_stored: int = Field(default=8, ge=0)
    rarest: int = Field(default=150, ge=1)
    hidden: tuple[int, int] = (192, 64)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    batch: int = Field(default=256, ge=1)
    weight_decay: float = Field(default=0.02, ge=0)
    fit: FitConfig


class YieldsPlan(BaseModel):
    """The trees of the yields of two screens; see :mod:`anymol.training.specialists.yield_screens`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: The trees, and the folds that calibrate them, follow from it.
        trees: Sizes of the trees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["yield_screens"] = "yield_screens"
    name: str
    seed: int = Field(default=0, ge=0)
    trees: TreesConfig = TreesConfig()


class ProposalRankersPlan(BaseModel):
    """The rankers of proposed reactants and products; see :mod:`anymol.evaluation.proposal_rankers`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Which validation reactions are asked about, and their order.
        rows: How many of them, for each direction; None for all.
        model: Folder of the model that proposes and judges; None for the embedded one.
        store: Folder of the store of reactions; None for the shipped one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["proposal_rankers"] = "proposal_rankers"
    name: str
    seed: int = Field(default=0, ge=0)
    rows: int | None = Field(default=None, ge=10)
    model: Path | None = None
    store: Path | None = None


class ConditionRankersPlan(BaseModel):
    """The rankers of reagents, solvents and catalysts; see :mod:`anymol.evaluation.condition_rankers`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run.
        seed: Which validation reactions are asked about, their order, and the trees.
        rows: How many of ``conditions.parquet`` at most; None for all.
        separated: How many of ``reactions.parquet`` at most; None for all.
        store: Folder of the store of reactions; None for the shipped one.
        trees: Sizes of the trees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["condition_rankers"] = "condition_rankers"
    name: str
    seed: int = Field(default=0, ge=0)
    rows: int | None = Field(default=None, ge=10)
    separated: int | None = Field(default=350, ge=0)
    store: Path | None = None
    trees: TreesConfig = TreesConfig(trees=120, leaves=12, rate=0.06, fewest=40, penalty=5.0, features=1.0)


SpecialistPlan = (
    DetectorPlan
    | LabelReaderPlan
    | IntensityPlan
    | SurrogatePlan
    | RolesPlan
    | ProposalRankersPlan
    | ConditionRankersPlan
    | MeasuredPlan
    | DescriptionsPlan
    | ComputedPlan
    | YieldsPlan
)
"""Plan of any specialist; its ``trains`` says which."""

SPECIALIST_PLANS: Final[dict[str, type[SpecialistPlan]]] = {
    plan.model_fields["trains"].default: plan
    for plan in (
        DetectorPlan,
        LabelReaderPlan,
        IntensityPlan,
        SurrogatePlan,
        RolesPlan,
        ProposalRankersPlan,
        ConditionRankersPlan,
        MeasuredPlan,
        DescriptionsPlan,
        ComputedPlan,
        YieldsPlan,
    )
}
"""What a recipe may say in ``trains`` -> its plan."""
