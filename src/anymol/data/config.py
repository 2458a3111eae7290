"""What instruction data are built from: one config per component, and the whole. Needs no RDKit."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from anymol.config_checks import Name, Seed
from anymol.modalities.modality import Modality


class Frozen(BaseModel):
    """A frozen config that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReactionTask(StrEnum):
    """Tasks that are made from reactions; recognition is asked of a drawn scheme."""

    FORWARD = "forward_reaction"
    RETROSYNTHESIS = "retrosynthesis"
    REAGENTS = "reagent_prediction"
    RECOGNITION = "reaction_recognition"
    COMPLETION = "reaction_completion"
    SOLVENTS = "solvent_prediction"
    CATALYSTS = "catalyst_prediction"
    BY_CLASS = "retrosynthesis_by_class"


class ConditionTask(StrEnum):
    """Tasks that are made from reactions whose conditions are recorded role by role."""

    SOLVENTS = "solvent_prediction"
    CATALYSTS = "catalyst_prediction"
    REAGENTS = "reagent_prediction"
    YIELD = "yield_prediction"
    PROCEDURE = "procedure_writing"


class YieldFile(StrEnum):
    """Files of reactions with yields."""

    SCREENS = "yields.parquet"
    PATENTS = "yields_patent_suzuki.parquet"


class PropertyTask(StrEnum):
    """Tasks whose answer RDKit computes."""

    MOLECULAR_WEIGHT = "molecular_weight"
    LOGP = "logp"
    TPSA = "tpsa"
    EXACT_MASS = "exact_mass"
    COMPLEXITY = "complexity"
    QED = "qed"


class EditAction(StrEnum):
    """What is done with a functional group."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class SpecificationTopic(StrEnum):
    """What a specification speaks of: anything, or exact numbers of atoms, bonds or functional groups."""

    MIXED = "mixed"
    ATOMS = "atoms"
    BONDS = "bonds"
    GROUPS = "groups"


class Goal(StrEnum):
    """What an optimisation is to reach."""

    RAISE_LOGP = "raise LogP"
    LOWER_LOGP = "lower LogP"
    RAISE_MR = "raise MR"
    LOWER_MR = "lower MR"
    RAISE_QED = "raise QED"
    LOWER_QED = "lower QED"


class QuestionTask(StrEnum):
    """How questions about molecules are asked."""

    FREE = "molecule_qa"
    CHOICE = "molecule_qa_choice"


class ClassTask(StrEnum):
    """Tasks whose answer is yes or no: sets of MoleculeNet."""

    BBBP = "bbbp"
    BACE = "bace"
    HIV = "hiv"
    CLINTOX = "clintox"
    TOX21 = "tox21"
    SIDER = "sider"


class QuantumTask(StrEnum):
    """Tasks whose answer a method of quantum chemistry computed."""

    HOMO = "homo"
    LUMO = "lumo"
    GAP = "homo_lumo_gap"
    TOTAL_ENERGY = "total_energy"
    DIPOLE = "dipole_moment"


class QuantumFile(StrEnum):
    """Where quantum-chemical labels are read from."""

    SHARED = "quantum.parquet"
    QM9PACK = "qm9pack"
    """All of QM9, as the package ``qm9pack`` ships it (extra ``[quantum]``)."""


class MeasuredTask(StrEnum):
    """Tasks whose answer was measured."""

    SOLUBILITY = "solubility"
    LIPOPHILICITY = "lipophilicity"
    HYDRATION = "hydration_energy"
    HUMAN_CLEARANCE = "human_microsomal_clearance"
    RAT_CLEARANCE = "rat_microsomal_clearance"
    EFFLUX = "efflux_ratio"
    KINETIC_SOLUBILITY = "kinetic_solubility"
    HUMAN_BINDING = "human_plasma_binding"
    RAT_BINDING = "rat_plasma_binding"


PHYSICAL_CHEMISTRY: Final = (MeasuredTask.SOLUBILITY, MeasuredTask.LIPOPHILICITY, MeasuredTask.HYDRATION)
"""Measured tasks of MoleculeNet."""
MEASURED_ADME: Final = tuple(task for task in MeasuredTask if task not in PHYSICAL_CHEMISTRY)
"""Measured tasks of Computational-ADME (Biogen), a file of its own."""


class CaptionTask(StrEnum):
    """Tasks that are made from descriptions of molecules."""

    CAPTIONING = "captioning"
    DESIGN = "text_guided_design"


class NameTask(StrEnum):
    """Directions between a molecule and its name."""

    NAME_TO_MOLECULE = "name_to_molecule"
    MOLECULE_TO_NAME = "molecule_to_name"


class PublishedName(StrEnum):
    """Public sets that are read in the format of their publishers."""

    MOL_INSTRUCTIONS = "mol_instructions"
    CHEBI20 = "chebi20"
    SMOLINSTRUCT = "smolinstruct"
    USPTO_50K = "uspto_50k"
    USPTO_MIT = "uspto_mit"
    MOLECULENET = "moleculenet"
    MASSSPECGYM = "massspecgym"
    MOLECULESTM = "moleculestm"
    PRESTO = "presto"
    OPENEXP = "openexp"
    USPTO_1K_TPL = "uspto_1k_tpl"
    ORD = "ord"
    QM9 = "qm9"
    MASSBANK = "massbank"
    IBM_SPECTRA = "ibm_spectra"


RECORDS = tuple(modality for modality in Modality if modality is not Modality.GRAPH)
"""Modalities other than the graph."""


class Component(Frozen):
    """What all components share.

    Attributes:
        count: Most training examples (per task, where the component has several); None takes all there are.
        val_count: Most validation examples (per task).
        graph_fraction: Share of examples whose molecule comes with a graph, beside or instead of its notation.
        record_fraction: Share of examples whose molecules come as records of one of `records`, beside or instead.
        records: Modalities that such records are drawn from.
        val_shows_all: Whether validation examples show their molecules beside the notation as graphs and in every one
            of `records`, so that ``anymol evaluate --shown`` can ask the same rows with any of them. Training examples
            are drawn by the fractions all the same.
    """

    count: int | None = Field(default=None, ge=0)
    val_count: int = Field(default=400, ge=0)
    graph_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    record_fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    records: tuple[Modality, ...] = Field(default=RECORDS, min_length=1)
    val_shows_all: bool = False


class ReactionsConfig(Component):
    """Patent reactions (``reactions.parquet``), asked in one direction.

    Attributes:
        task: The direction.
        randomized: Share of training examples whose input is written in random order; the rest is canonical.
        copies: Times each reaction is used, with another phrasing and writing.
        max_input: Longest input in characters.
        max_answer: Longest answer in characters.
        align: Whether answers are written along the input (see `anymol.chem.alignment`).
    """

    kind: Literal["reactions"] = "reactions"
    task: ReactionTask
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    copies: int = Field(default=1, ge=1)
    max_input: int = Field(default=200, ge=1)
    max_answer: int = Field(default=120, ge=1)
    align: bool = True
    graph_fraction: float = Field(default=0.02, ge=0.0, le=1.0)


class ConditionsConfig(Component):
    """Reactions with roles, yield, procedure and steps (``conditions.parquet``).

    Attributes:
        tasks: What is asked of them; each reaction serves every task that its record answers.
        randomized: Share of training examples whose input is written in random order.
        max_input: Longest reactants, reagents and product together, in characters.
        max_answer: Longest mixture that is an answer, in characters.
        max_text: Longest procedure in characters.
    """

    kind: Literal["conditions"] = "conditions"
    tasks: tuple[ConditionTask, ...] = Field(default=tuple(ConditionTask), min_length=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    max_input: int = Field(default=240, ge=1)
    max_answer: int = Field(default=120, ge=1)
    max_text: int = Field(default=900, ge=1)


class YieldsConfig(Component):
    """Reactions with yields: nanomole screens (``yields.parquet``) and Suzuki couplings of the patents.

    Attributes:
        files: Which of them.
        randomized: Share of training examples whose input is written in random order.
        max_input: Longest reactants, reagents and product together, in characters.
    """

    kind: Literal["yields"] = "yields"
    files: tuple[YieldFile, ...] = Field(default=tuple(YieldFile), min_length=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    max_input: int = Field(default=500, ge=1)


class ProceduresConfig(Component):
    """Action steps of Organic Syntheses (``procedures_orgsyn.parquet``).

    Attributes:
        max_input: Longest reactants and product together, in characters.
        max_text: Longest list of steps in characters.
    """

    kind: Literal["procedures"] = "procedures"
    max_input: int = Field(default=240, ge=1)
    max_text: int = Field(default=900, ge=1)


class NamesConfig(Component):
    """Names of molecules (``names.parquet``), unambiguous ones.

    Attributes:
        tasks: The directions. Molecules are asked for their systematic names only.
        copies: Times each name is used, with another phrasing.
        randomized: Share of questions whose molecule is written in random order.
        max_name: Longest name in characters.
        max_smiles: Longest SMILES in characters.
    """

    kind: Literal["names"] = "names"
    tasks: tuple[NameTask, ...] = Field(default=(NameTask.NAME_TO_MOLECULE,), min_length=1)
    copies: int = Field(default=1, ge=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    max_name: int = Field(default=120, ge=1)
    max_smiles: int = Field(default=120, ge=1)


class CaptionsConfig(Component):
    """Descriptions of molecules (``captions.parquet``), whole sentences.

    Attributes:
        tasks: What is asked of them.
        copies: Times each description is used.
        randomized: Share of questions whose molecule is written in random order.
        max_text: Longest description in characters.
        max_smiles: Longest SMILES in characters.
    """

    kind: Literal["captions"] = "captions"
    tasks: tuple[CaptionTask, ...] = (CaptionTask.CAPTIONING, CaptionTask.DESIGN)
    copies: int = Field(default=1, ge=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    max_text: int = Field(default=500, ge=1)
    max_smiles: int = Field(default=150, ge=1)
    graph_fraction: float = Field(default=0.25, ge=0.0, le=1.0)


class MoleculesComponent(Component):
    """What components over unlabelled molecules (``molecules.parquet``) share.

    Attributes:
        builtin: Use the few hundred molecules inside the package instead of the data directory.
        max_smiles: Longest SMILES in characters.
        randomized: Share of questions whose molecule is written in random order.
    """

    builtin: bool = False
    max_smiles: int = Field(default=70, ge=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)


class PropertiesConfig(MoleculesComponent):
    """Properties that RDKit computes; every molecule is used for each task.

    Attributes:
        tasks: Which properties.
    """

    kind: Literal["properties"] = "properties"
    tasks: tuple[PropertyTask, ...] = (PropertyTask.MOLECULAR_WEIGHT, PropertyTask.LOGP, PropertyTask.TPSA)
    graph_fraction: float = Field(default=0.25, ge=0.0, le=1.0)


class ConversationsConfig(MoleculesComponent):
    """Several questions about one molecule, one after the other, whose answers RDKit computes.

    The first question shows the molecule, the others point to it. Every turn is an example: what was asked and answered
    before stands in its messages.

    Attributes:
        tasks: Which properties are asked.
        turns: Most questions of a conversation, which has two at least.
    """

    kind: Literal["conversations"] = "conversations"
    tasks: tuple[PropertyTask, ...] = Field(default=tuple(PropertyTask), min_length=2)
    turns: int = Field(default=4, ge=2)
    graph_fraction: float = Field(default=0.25, ge=0.0, le=1.0)


class LabelsComponent(Component):
    """What components over molecules with numeric labels share.

    Attributes:
        max_smiles: Longest SMILES in characters.
        randomized: Share of questions whose molecule is written in random order.
    """

    max_smiles: int = Field(default=100, ge=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    graph_fraction: float = Field(default=0.25, ge=0.0, le=1.0)


class QuantumConfig(LabelsComponent):
    """Quantum-chemical labels (``quantum.parquet``, and all of QM9 where the package ``qm9pack`` is installed).

    Attributes:
        tasks: Which quantities; a molecule serves every task that it has a label for.
        file: Where they are read from.
    """

    kind: Literal["quantum"] = "quantum"
    tasks: tuple[QuantumTask, ...] = Field(default=tuple(QuantumTask), min_length=1)
    file: QuantumFile = QuantumFile.SHARED


class MeasuredConfig(LabelsComponent):
    """Measured properties: ESOL, Lipophilicity, FreeSolv of MoleculeNet, and ADME of Biogen; scaffold split.

    Attributes:
        tasks: Which properties; those of MoleculeNet unless ADME is asked for.
    """

    kind: Literal["measured"] = "measured"
    tasks: tuple[MeasuredTask, ...] = Field(default=PHYSICAL_CHEMISTRY, min_length=1)


class ClassesConfig(LabelsComponent):
    """Yes and no of MoleculeNet's sets of biological activity; scaffold split.

    Attributes:
        tasks: Which sets; a molecule is asked about every endpoint whose label is known.
    """

    kind: Literal["classes"] = "classes"
    tasks: tuple[ClassTask, ...] = Field(default=tuple(ClassTask), min_length=1)


class EditsConfig(MoleculesComponent):
    """Functional groups added, removed or replaced.

    Attributes:
        actions: What is done with them.
    """

    kind: Literal["edits"] = "edits"
    actions: tuple[EditAction, ...] = Field(default=tuple(EditAction), min_length=1)
    graph_fraction: float = Field(default=0.05, ge=0.0, le=1.0)


class SpecificationsConfig(MoleculesComponent):
    """Molecules to be designed from a specification that they meet.

    Attributes:
        about: What the specifications speak of.
    """

    kind: Literal["specifications"] = "specifications"
    about: SpecificationTopic = SpecificationTopic.MIXED


class OptimisationConfig(MoleculesComponent):
    """Pairs of similar molecules of which one has more of a property than the other.

    Attributes:
        goals: What is wanted.
    """

    kind: Literal["optimisation"] = "optimisation"
    goals: tuple[Goal, ...] = Field(default=tuple(Goal), min_length=1)
    graph_fraction: float = Field(default=0.05, ge=0.0, le=1.0)


class QuestionsConfig(Component):
    """Questions about drugs (``molecule_qa.parquet``).

    Attributes:
        tasks: Whether they are asked freely, or with four answers to choose from.
        randomized: Share of questions whose molecule is written in random order.
        max_smiles: Longest SMILES in characters.
        max_text: Longest answer in characters.
    """

    kind: Literal["questions"] = "questions"
    tasks: tuple[QuestionTask, ...] = Field(default=tuple(QuestionTask), min_length=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)
    max_smiles: int = Field(default=150, ge=1)
    max_text: int = Field(default=250, ge=1)
    graph_fraction: float = Field(default=0.25, ge=0.0, le=1.0)


class GeneratedNamesConfig(MoleculesComponent):
    """Molecules with the systematic names that openclatura gives them; every molecule is used for each direction.

    Attributes:
        tasks: The directions.
        max_name: Longest name in characters.
    """

    kind: Literal["generated_names"] = "generated_names"
    tasks: tuple[NameTask, ...] = Field(default=tuple(NameTask), min_length=1)
    max_name: int = Field(default=120, ge=1)


class RecognitionConfig(MoleculesComponent):
    """Molecules to be recognised from what programs make of them.

    Attributes:
        shown: Sets of modalities, one of which an example shows; a set named twice is drawn twice as often.
        formula: Share of examples that tell the formula too.
    """

    kind: Literal["recognition"] = "recognition"
    shown: tuple[tuple[Modality, ...], ...] = Field(default=tuple((one,) for one in Modality), min_length=1)
    formula: float = Field(default=0.3, ge=0.0, le=1.0)


class MassBankConfig(Component):
    """Molecules to be recognised from measured MS/MS spectra (``massbank_ms2.parquet``).

    Attributes:
        max_smiles: Longest SMILES in characters.
        formula: Share of examples that tell the formula too.
        beside: Modalities of which one, made by its engine, is shown beside the spectrum in `beside_fraction`.
        beside_fraction: Share of examples that show such a record.
    """

    kind: Literal["massbank"] = "massbank"
    max_smiles: int = Field(default=100, ge=1)
    formula: float = Field(default=0.5, ge=0.0, le=1.0)
    beside: tuple[Modality, ...] = Field(default=(Modality.GRAPH, Modality.IR), min_length=1)
    beside_fraction: float = Field(default=0.0, ge=0.0, le=1.0)


class PublishedConfig(Component):
    """A public set in the format of its publishers, from files outside the data directory.

    Attributes:
        set: Which.
        path: The folder that its files lie in, or one of its files.
        tasks: What is asked of it, by names of tasks; None asks everything that it tells.
        randomized: Share of training examples whose input is written in random order.
    """

    kind: Literal["published"] = "published"
    set: PublishedName
    path: str = Field(min_length=1)
    tasks: tuple[str, ...] | None = Field(default=None, min_length=1)
    randomized: float = Field(default=0.3, ge=0.0, le=1.0)


class PretrainConfig(MoleculesComponent):
    """Plain documents: molecules, and molecules with their names or descriptions.

    Attributes:
        count: Number of documents; named and described molecules come first, bare ones fill up.
        names: Most documents of a molecule and its name; None takes all there are, 0 none.
        captions: Most documents of a molecule and its description; None takes all there are, 0 none.
    """

    kind: Literal["pretrain"] = "pretrain"
    randomized: float = Field(default=0.5, ge=0.0, le=1.0)
    names: int | None = Field(default=0, ge=0)
    captions: int | None = Field(default=0, ge=0)
    max_name: int = Field(default=120, ge=1)
    max_text: int = Field(default=500, ge=1)


AnyComponent = Annotated[
    ReactionsConfig
    | ConditionsConfig
    | YieldsConfig
    | ProceduresConfig
    | NamesConfig
    | CaptionsConfig
    | PropertiesConfig
    | ConversationsConfig
    | QuantumConfig
    | MeasuredConfig
    | ClassesConfig
    | EditsConfig
    | SpecificationsConfig
    | OptimisationConfig
    | QuestionsConfig
    | GeneratedNamesConfig
    | RecognitionConfig
    | MassBankConfig
    | PublishedConfig
    | PretrainConfig,
    Field(discriminator="kind"),
]


class DataConfig(Frozen):
    """Instruction data: components, and rules that hold for all.

    Attributes:
        name: Name of the build.
        components: What it is made from, in order.
        shippable: Take only sources whose licence allows shipping weights trained on them.
        selfies: Whether each molecule is also written in SELFIES (needed by models of that notation).
        fraction: Share of every component's training and validation examples that is built.
        seed: Everything random follows from it.
    """

    name: Name = "data"
    components: tuple[AnyComponent, ...] = Field(min_length=1)
    shippable: bool = True
    selfies: bool = False
    fraction: float = Field(default=1.0, gt=0.0, le=1.0)
    seed: Seed = 0

    @property
    def needs_data(self) -> bool:
        """Whether a data directory is needed."""
        return any(component_needs_data(component) for component in self.components)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as it stands in a manifest."""
        return self.model_dump(mode="json")


def component_needs_data(component: Component) -> bool:
    """Whether a component reads files of the data directory."""
    if isinstance(component, PublishedConfig):
        return False
    if not isinstance(component, MoleculesComponent) or not component.builtin:
        return True
    return isinstance(component, PretrainConfig) and (component.names != 0 or component.captions != 0)
