"""The table of calculations: everything that a program answers, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from anymol.calculations.absorbance import ABSORBANCE
from anymol.calculations.acid_strengths import ACID_STRENGTH
from anymol.calculations.acidity import PH, PKA, PKB
from anymol.calculations.alerts import STRUCTURAL_ALERTS
from anymol.calculations.balancing import BALANCING
from anymol.calculations.bonds import BOND_COUNTS, LONE_PAIRS
from anymol.calculations.buffers import BUFFER
from anymol.calculations.calculation import Calculation
from anymol.calculations.colligative import COLLIGATIVE
from anymol.calculations.comparisons import DIFFERENCE, SIMILARITY, SUBSTRUCTURE
from anymol.calculations.composition import (
    ATOM_COUNTS,
    AVERAGE_MASS,
    ELEMENT_PERCENTAGES,
    FORMAL_CHARGE,
    FORMULA,
    HEAVY_ATOMS,
    MONOISOTOPIC_MASS,
    NOMINAL_MASS,
)
from anymol.calculations.conjugates import CONJUGATE_ACID, CONJUGATE_BASE
from anymol.calculations.counts import AROMATIC_RINGS, FSP3, HBOND_ACCEPTORS, HBOND_DONORS, RING_COUNT, ROTATABLE_BONDS
from anymol.calculations.dilution import DILUTION
from anymol.calculations.distances import SHORTEST_PATH
from anymol.calculations.druglikeness import LIPINSKI, LOGP, MOLAR_REFRACTIVITY, QED, TPSA, VEBER
from anymol.calculations.electronic import ELECTRONS, HYBRIDISATION, OXIDATION_STATES
from anymol.calculations.element_facts import ELEMENT
from anymol.calculations.empirical_formulas import EMPIRICAL_FORMULA
from anymol.calculations.forms import NEUTRAL_PARENT, TAUTOMERS
from anymol.calculations.gases import GAS
from anymol.calculations.groups import FUNCTIONAL_GROUPS, SCAFFOLD
from anymol.calculations.ions import ION_MZ
from anymol.calculations.isotopes import ISOTOPE_PATTERN
from anymol.calculations.mass_formulas import FORMULAS_OF_MASS
from anymol.calculations.neighbours import SIMILAR_MOLECULES
from anymol.calculations.nmr_signals import NMR_SIGNALS
from anymol.calculations.notations import DRAW, INCHI, INCHIKEY, MOL_BLOCK, SELFIES, SMILES
from anymol.calculations.photons import PHOTON
from anymol.calculations.protonation import CHARGE_AT_PH, IONISATION, ISOELECTRIC_POINT
from anymol.calculations.ranking import make_ranking
from anymol.calculations.reaction_facts import ATOM_ECONOMY, LEFT_OVER, REACTION_NAME
from anymol.calculations.relations import RELATION, SAME_MOLECULE
from anymol.calculations.stereo import DOUBLE_BOND_STEREO, STEREOCENTRES
from anymol.calculations.stereoisomers import MIRROR_IMAGE, STEREOISOMERS
from anymol.calculations.stoichiometry import STOICHIOMETRY
from anymol.calculations.unsaturation import UNSATURATION
from anymol.calculations.validity import VALIDITY
from anymol.errors import UnknownTaskError

_OF_ONE: Final = (
    FORMULA,
    AVERAGE_MASS,
    MONOISOTOPIC_MASS,
    NOMINAL_MASS,
    ION_MZ,
    ISOTOPE_PATTERN,
    UNSATURATION,
    ELEMENT_PERCENTAGES,
    ATOM_COUNTS,
    HBOND_DONORS,
    HBOND_ACCEPTORS,
    ROTATABLE_BONDS,
    RING_COUNT,
    SHORTEST_PATH,
    AROMATIC_RINGS,
    STEREOCENTRES,
    DOUBLE_BOND_STEREO,
    STEREOISOMERS,
    MIRROR_IMAGE,
    FSP3,
    HYBRIDISATION,
    NMR_SIGNALS,
    BOND_COUNTS,
    LONE_PAIRS,
    HEAVY_ATOMS,
    ELECTRONS,
    FORMAL_CHARGE,
    OXIDATION_STATES,
    QED,
    LOGP,
    MOLAR_REFRACTIVITY,
    TPSA,
    LIPINSKI,
    VEBER,
    STRUCTURAL_ALERTS,
    FUNCTIONAL_GROUPS,
    SCAFFOLD,
    NEUTRAL_PARENT,
    TAUTOMERS,
    SIMILAR_MOLECULES,
    PKA,
    PKB,
    CHARGE_AT_PH,
    IONISATION,
    ISOELECTRIC_POINT,
    CONJUGATE_ACID,
    CONJUGATE_BASE,
    SMILES,
    INCHI,
    INCHIKEY,
    SELFIES,
    MOL_BLOCK,
    DRAW,
)
_OF_TEXT: Final = (
    STOICHIOMETRY,
    DILUTION,
    GAS,
    COLLIGATIVE,
    PHOTON,
    ABSORBANCE,
    BALANCING,
    REACTION_NAME,
    LEFT_OVER,
    ATOM_ECONOMY,
    PH,
    BUFFER,
    ELEMENT,
    FORMULAS_OF_MASS,
    EMPIRICAL_FORMULA,
    VALIDITY,
)
_OF_SEVERAL: Final = (SAME_MOLECULE, RELATION, SIMILARITY, SUBSTRUCTURE, DIFFERENCE, ACID_STRENGTH)

CALCULATIONS: Final[Mapping[str, Calculation]] = MappingProxyType(
    {one.name: one for one in (*_OF_ONE, *_OF_SEVERAL, make_ranking({one.name: one for one in _OF_ONE}), *_OF_TEXT)}
)
"""All calculations, in the order in which they are listed."""


def get_calculation(name: str) -> Calculation:
    """Return the calculation of this name.

    Raises:
        UnknownTaskError: Naming the nearest known ones.
    """
    if isinstance(name, str) and name in CALCULATIONS:
        return CALCULATIONS[name]
    near = difflib.get_close_matches(str(name).strip().lower().replace("-", "_").replace(" ", "_"), CALCULATIONS, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(CALCULATIONS)}"
    raise UnknownTaskError(f"there is no calculation '{name}'", value=name, hint=hint)
