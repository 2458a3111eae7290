"""The table of suites: every evaluation set that can be asked by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from anymol.chem.reaction import is_reaction
from anymol.data.build import make_source
from anymol.data.config import (
    MEASURED_ADME,
    PHYSICAL_CHEMISTRY,
    AnyComponent,
    CaptionsConfig,
    CaptionTask,
    ClassesConfig,
    ClassTask,
    ConditionsConfig,
    ConditionTask,
    EditAction,
    EditsConfig,
    Goal,
    MassBankConfig,
    MeasuredConfig,
    MeasuredTask,
    NamesConfig,
    NameTask,
    OptimisationConfig,
    PropertiesConfig,
    PropertyTask,
    PublishedConfig,
    PublishedName,
    QuantumConfig,
    QuestionsConfig,
    ReactionsConfig,
    ReactionTask,
    RecognitionConfig,
    SpecificationsConfig,
    SpecificationTopic,
    YieldFile,
    YieldsConfig,
)
from anymol.data.licences import Licences
from anymol.data.published.table import PUBLISHED_SETS
from anymol.data.sources.source import Source, SourceRow
from anymol.errors import UserError, shorten
from anymol.evaluation.suites.benchmark_drawings import BenchmarkDrawings
from anymol.evaluation.suites.chemiq import NAMING, REACTION, ChemIQSource
from anymol.evaluation.suites.names import ALL, SUITE_NAMES
from anymol.evaluation.suites.suite import MakeSource, Suite, SuitePart
from anymol.modalities.modality import Modality
from anymol.tasks.task import ReagentsState

_LONG: Final = 10_000
"""Longest text in characters: no row of a benchmark is left out for its length."""

_MOLECULES: Final = "molecules.parquet"

Label = str | Callable[[SourceRow], str | None] | None
Parts = tuple[SuitePart, ...]


def _from(component: AnyComponent) -> MakeSource:
    return lambda data_dir, licences: make_source(component, licences)


def _read(
    file: str,
    component: AnyComponent,
    *tasks: str,
    split: str = "test",
    label: Label = None,
) -> SuitePart:
    return SuitePart(file, split, tasks, _from(component), label)


def _read_each(
    file: str, component: QuantumConfig | ConditionsConfig | QuestionsConfig | MeasuredConfig, split: str = "test"
) -> Parts:
    """Return a part for each task of a component, so that each has as many rows as there are."""
    return tuple(
        _read(file, component.model_copy(update={"tasks": (task,)}), task.value, split=split)
        for task in component.tasks
    )


def _generate(component: AnyComponent, *tasks: str, label: str | None = None, most_training: int = 2000) -> SuitePart:
    """Return rows made from the molecules that are held back for generated tasks."""
    return SuitePart(
        _MOLECULES, "test", tasks, _from(component), label, most_training=most_training, needs_heldout=True
    )


def _recognise(modality: Modality, label: str, formula: float) -> SuitePart:
    """Return records to be recognised. Records of thousands of training molecules would take hours to make."""
    component = RecognitionConfig(shown=((modality,),), formula=formula)
    return _generate(component, "molecule_recognition", label=label, most_training=0)


def _publish(
    name: PublishedName, file: str, *tasks: str, tests: tuple[str, ...] = (), label: Label = None
) -> SuitePart:
    """Return the test rows of a public set as its authors publish it.

    Args:
        name: The set.
        file: The one of its files that holds them beside training rows; empty where the whole set is read.
        tasks: What they are asked as.
        tests: Files that hold the test rows, where training rows, which baselines learn from, lie in others.
        label: Names the parts.
    """
    names = (file,) if file else tests or PUBLISHED_SETS[name].files

    def make(data_dir: Path, licences: Licences) -> Source:
        return make_source(PublishedConfig(set=name, path=str(part.locate(data_dir) or data_dir / part.file)), licences)

    part = SuitePart(f"{name.value}/{file}" if file else name.value, "test", tasks, make, label, names=names)
    return part


def _react(task: ReactionTask, split: str, label: Label = None) -> SuitePart:
    component = ReactionsConfig(task=task, max_input=_LONG, max_answer=_LONG, align=False, graph_fraction=0.0)
    drawn = task is ReactionTask.RECOGNITION  # thousands of schemes to learn from would take too long to draw
    return SuitePart(
        "reactions.parquet", split, (task.value,), _from(component), label, most_training=0 if drawn else 2000
    )


def _name_state(row: SourceRow) -> str:
    """Return what the record of a reaction says of its reagents."""
    return f"reagents {row[5]}"


def _name_published_state(row: SourceRow) -> str:
    """Return the same of a published line: maps tell reagents apart, and so does a sign before them."""
    fields = row[3]
    separated = "mapped" in fields or is_reaction(fields["inputs"])
    return f"reagents {ReagentsState.SEPARATED if separated else ReagentsState.MIXED}"


MOL_INSTRUCTIONS: Final = Suite(
    name="mol-instructions",
    title="Mol-Instructions, molecule-oriented, test",
    choices=(
        tuple(
            _publish(PublishedName.MOL_INSTRUCTIONS, f"{file}.json", *tasks)
            for file, tasks in (
                ("forward_reaction_prediction", ("forward_reaction",)),
                ("retrosynthesis", ("retrosynthesis",)),
                ("reagent_prediction", ("reagent_prediction",)),
                ("molecular_description_generation", ("captioning",)),
                ("description_guided_molecule_design", ("text_guided_design",)),
                ("property_prediction", ("homo", "lumo", "homo_lumo_gap")),
            )
        ),
    ),
    licence="CC BY 4.0",
    notes=(
        "questions are phrased anew: of the published instructions only the molecules and the property asked for are "
        "taken",
    ),
    fetch="mol_instructions",
)

CHEBI_20: Final = Suite(
    name="chebi-20",
    title="ChEBI-20, test",
    choices=(
        (_publish(PublishedName.CHEBI20, "", "captioning", "text_guided_design", tests=("test.txt",)),),
        (
            _read(
                "captions.parquet",
                CaptionsConfig(max_text=_LONG, max_smiles=_LONG, graph_fraction=0.0),
                *(task.value for task in CaptionTask),
            ),
        ),
    ),
    licence="CC BY 4.0 (ChEBI)",
    notes=(
        "the data directory holds 3,047 of the 3,300 official test rows, those reserved by others left out; text "
        "figures are over words, published ones over word pieces of SciBERT, so that they do not compare",
    ),
    fetch="chebi20",
)

USPTO_MIT: Final = Suite(
    name="uspto-mit",
    title="USPTO-MIT, forward prediction, test",
    choices=(
        (
            _publish(
                PublishedName.USPTO_MIT,
                "",
                "forward_reaction",
                tests=("test.txt", "src-test.txt"),
                label=_name_published_state,
            ),
        ),
        (_react(ReactionTask.FORWARD, "test_mit", _name_state),),
    ),
    licence="CC0 (patents)",
    notes=(
        "the data directory holds 5,000 random rows of the 40,000 of the official test; other rows of it are training "
        "rows there, so that figures stand beside published ones and do not compare with them",
    ),
    fetch="uspto_mit",
)

USPTO_50K: Final = Suite(
    name="uspto-50k",
    title="USPTO-50k, retrosynthesis, test",
    choices=(
        (
            _publish(
                PublishedName.USPTO_50K,
                "",
                "retrosynthesis",
                "retrosynthesis_by_class",
                tests=("raw_test.csv",),
            ),
        ),
        (_react(ReactionTask.RETROSYNTHESIS, "test_50k"), _react(ReactionTask.BY_CLASS, "test_50k")),
    ),
    licence="CC0 (patents); the split MIT (GLN, copies of graphretro and RetroXpert)",
    notes=("the class is unknown but in retrosynthesis_by_class; reagents are not recorded",),
    fetch="uspto_50k",
)

MOLECULENET: Final = Suite(
    name="moleculenet",
    title="MoleculeNet, scaffold split, test",
    choices=(
        (
            *(
                _read(
                    f"moleculenet_{task}.parquet",
                    ClassesConfig(tasks=(task,), max_smiles=_LONG, graph_fraction=0.0),
                    task.value,
                )
                for task in ClassTask
            ),
            *(
                _read(
                    f"moleculenet_{file}.parquet",
                    MeasuredConfig(tasks=(task,), max_smiles=_LONG, graph_fraction=0.0),
                    task.value,
                )
                for file, task in (
                    ("esol", MeasuredTask.SOLUBILITY),
                    ("lipophilicity", MeasuredTask.LIPOPHILICITY),
                    ("freesolv", MeasuredTask.HYDRATION),
                )
            ),
        ),
        (
            _publish(
                PublishedName.MOLECULENET,
                "",
                *(task.value for task in ClassTask),
                *(task.value for task in PHYSICAL_CHEMISTRY),
            ),
        ),
    ),
    licence="MIT (copies of MoleculeNet and DeepChem)",
    notes=(
        "molecules reserved by others, radicals and molecules with conflicting labels are left out, so that rows "
        "differ a little from DeepChem's split; DeepChem's own tables are split by a hash of the scaffold instead",
    ),
    fetch="moleculenet",
)

ADME: Final = Suite(
    name="adme",
    title="Computational-ADME (Biogen), scaffold split, test",
    choices=(
        _read_each("adme_public.parquet", MeasuredConfig(tasks=MEASURED_ADME, max_smiles=_LONG, graph_fraction=0.0)),
    ),
    licence="MIT (Computational-ADME)",
    notes=(
        "six assays of Fang et al. 2023, as decimal logarithms; the split is our own, by scaffold, so that figures do "
        "not compare with those of other splits; of plasma binding there are a few dozen rows",
    ),
)

QM9: Final = Suite(
    name="qm9",
    title="Quantum chemistry: QM9 and PubChem molecules, test",
    choices=(_read_each("quantum.parquet", QuantumConfig(max_smiles=_LONG, graph_fraction=0.0)),),
    licence="CC0 (QM9); MIT (PubChem molecules)",
    notes=(
        "two methods stand in the data: their figures are also given by themselves, and only QM9's stand beside "
        "published ones; the split is our own",
    ),
)

YIELDS: Final = Suite(
    name="yields",
    title="Yields: Buchwald-Hartwig out of sample, Suzuki couplings of patents, test",
    choices=(
        tuple(
            _read(
                file.value,
                YieldsConfig(files=(file,), max_input=_LONG, graph_fraction=0.0),
                "yield_prediction",
            )
            for file in YieldFile
        ),
    ),
    licence="MIT (rxn_yields, SuzukiConditions)",
    notes=(
        "Buchwald-Hartwig: test rows of the published random split, of a product that no training row of the model "
        "has. The trees that answer by default know other rows of that product. A random split is not asked of the "
        "model: training takes rows of the same products. Suzuki-Miyaura: the screen has one product, so that nothing "
        "out of sample is left of it",
    ),
)

NAMES: Final = Suite(
    name="names",
    title="Names and structures, test",
    choices=(
        (
            _read(
                "names.parquet",
                # Whether a name is systematic is read where molecules are asked for their names.
                NamesConfig(tasks=tuple(NameTask), max_name=_LONG, max_smiles=_LONG, graph_fraction=0.0),
                *(task.value for task in NameTask),
                label=lambda row: "systematic names" if row[4] else "other names",
            ),
        ),
    ),
    licence="per source: MIT, CC BY 4.0, CC0, CC BY-SA 4.0, some not stated",
    notes=(
        "ambiguous names are left out. A structure has many right names: exact_name asks for the recorded one, "
        "all_checks_passed for any that OPSIN reads back as the molecule",
    ),
)

SPEC_DESIGN: Final = Suite(
    name="spec-design",
    title="Design to a specification: the nine kinds of TOMG-Bench, own generator",
    choices=(
        (
            *(
                _generate(EditsConfig(actions=(action,), graph_fraction=0.0), "molecule_editing", label=label)
                for action, label in (
                    (EditAction.ADD, "AddComponent"),
                    (EditAction.REMOVE, "DelComponent"),
                    (EditAction.REPLACE, "SubComponent"),
                )
            ),
            *(
                # Few molecules have a neighbour that will do: thousands of training rows would take half an hour.
                _generate(
                    OptimisationConfig(goals=goals, graph_fraction=0.0),
                    "molecule_optimisation",
                    label=label,
                    most_training=20,
                )
                for goals, label in (
                    ((Goal.RAISE_LOGP, Goal.LOWER_LOGP), "LogP"),
                    ((Goal.RAISE_MR, Goal.LOWER_MR), "MR"),
                    ((Goal.RAISE_QED, Goal.LOWER_QED), "QED"),
                )
            ),
            *(
                _generate(SpecificationsConfig(about=about), "text_guided_design", label=label)
                for about, label in (
                    (SpecificationTopic.ATOMS, "AtomNum"),
                    (SpecificationTopic.BONDS, "BondNum"),
                    (SpecificationTopic.GROUPS, "FunctionalGroup"),
                )
            ),
        ),
    ),
    licence="bare structures; questions made by a program",
    notes=(
        "questions are drawn by our own generator with fixed seeds, in the kinds of TOMG-Bench; its own questions are "
        "others, so that figures stand beside published ones and do not compare with them",
    ),
)

SPECTRA: Final = Suite(
    name="spectra",
    title="Molecules from spectra: MassBank MS/MS, computed IR, test",
    choices=(
        (
            _read(
                "massbank_ms2.parquet",
                MassBankConfig(max_smiles=_LONG, formula=1.0),
                "molecule_recognition",
                label="MS/MS (MassBank) and formula",
            ),
            _recognise(Modality.IR, "IR (synthesised) and formula", 1.0),
        ),
    ),
    licence="per record of MassBank: CC0, CC BY, CC BY-SA, CC BY-NC(-SA), dl-de/by",
    notes=(
        "the formula is told. Spectra that the steps of cleaning refuse are left out. Infrared spectra are those of "
        "our surrogate of GFN2-xTB, not measured ones. The split is not MassSpecGym's",
    ),
)

OCSR: Final = Suite(
    name="ocsr",
    title="Drawings: CLEF, JPO, UOB",
    choices=(
        (
            SuitePart(
                "ocsr_images.parquet",
                "test",
                ("molecule_recognition",),
                lambda data_dir, licences: BenchmarkDrawings(licences),
                label=lambda row: row[1].upper(),
                most_training=0,
            ),
        ),
    ),
    licence="open benchmark sets (OCSR_Review)",
    notes=("drawings of partial structures, with placeholders for atoms, are left out",),
)

CHEMIQ: Final = Suite(
    name="chemiq",
    title="ChemIQ: naming and reactions",
    choices=(
        (
            SuitePart(
                "chemiq.parquet",
                "test",
                ("forward_reaction", "molecule_to_name"),
                lambda data_dir, licences: ChemIQSource(licences),
                label=lambda row: {NAMING: "smiles_to_iupac", REACTION: "reaction"}.get(row[1]),
                most_training=0,
            ),
        ),
    ),
    licence="BSD-3-Clause; evaluation only",
    notes=(
        "290 of 816 questions: those that tasks stand for, in the words of the tasks. Atom mapping, shortest paths, "
        "counting, NMR and structure-activity questions are not asked here. A name counts as ChemIQ counts it where "
        "all_checks_passed says so: OPSIN reads it back as the molecule",
    ),
)

PROPERTIES: Final = Suite(
    name="properties",
    title="Properties that RDKit computes, held-back molecules",
    choices=(
        tuple(
            _generate(PropertiesConfig(tasks=(task,), max_smiles=_LONG, graph_fraction=0.0), task.value)
            for task in PropertyTask
        ),
    ),
    licence="bare structures; labels made by a program",
    notes=("LogP is Crippen's, not XLogP3, which published tables have; TPSA and complexity are RDKit's",),
)

CONDITIONS: Final = Suite(
    name="conditions",
    title="Reaction conditions and procedures, test",
    choices=(
        _read_each(
            "conditions.parquet",
            ConditionsConfig(
                tasks=(
                    ConditionTask.REAGENTS,
                    ConditionTask.SOLVENTS,
                    ConditionTask.CATALYSTS,
                    ConditionTask.PROCEDURE,
                ),
                max_input=_LONG,
                max_answer=_LONG,
                max_text=_LONG,
                graph_fraction=0.0,
            ),
        ),
    ),
    licence="CC BY-SA 4.0 (Open Reaction Database), CC0 (patents)",
)

REACTIONS: Final = Suite(
    name="reactions",
    title="Completion and recognition of reactions, test",
    choices=((_react(ReactionTask.COMPLETION, "test_mit"), _react(ReactionTask.RECOGNITION, "test_mit")),),
    licence="CC0 (patents)",
    notes=("schemes to be recognised are drawn by our own engine",),
)

QUESTIONS: Final = Suite(
    name="questions",
    title="Questions about molecules, val",
    choices=(
        _read_each(
            "molecule_qa.parquet", QuestionsConfig(max_smiles=_LONG, max_text=_LONG, graph_fraction=0.0), split="val"
        ),
    ),
    licence="BSD-3-Clause; ChEMBL CC BY-SA 3.0",
    notes=("val: the test rows of this set are questions of another kind than those of training",),
)

RECORDS: Final = Suite(
    name="records",
    title="Molecules from graphs, geometries, drawings and spectra that programs make",
    choices=(tuple(_recognise(modality, modality.value, 0.0) for modality in Modality),),
    licence="bare structures; records made by programs",
)

SUITES: Final[Mapping[str, Suite]] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            MOL_INSTRUCTIONS,
            CHEBI_20,
            USPTO_MIT,
            USPTO_50K,
            MOLECULENET,
            ADME,
            QM9,
            YIELDS,
            NAMES,
            SPEC_DESIGN,
            SPECTRA,
            OCSR,
            CHEMIQ,
            PROPERTIES,
            CONDITIONS,
            REACTIONS,
            QUESTIONS,
            RECORDS,
        )
    }
)
"""All suites, in the order in which they are asked and reported."""


def get_suite(name: str) -> Suite:
    """Return the suite of this name.

    Raises:
        UserError: Naming the nearest known ones.
    """
    if name in SUITES:
        return SUITES[name]
    near = difflib.get_close_matches(name.lower().replace("_", "-"), SUITES, n=2, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join((*SUITE_NAMES, ALL))}"
    raise UserError(f"there is no suite '{shorten(name)}'", value=name, hint=hint)
