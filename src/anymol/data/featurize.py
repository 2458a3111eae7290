"""Molecules of examples as graphs, geometries, pictures and spectra, made by the engines of :mod:`anymol.synthesis`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from anymol.chem.variants import randomize_smiles
from anymol.errors import ConformerError, InvalidTaskInputError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.modality import Modality
from anymol.synthesis.engine import Engine
from anymol.synthesis.graph import synthesize_graph
from anymol.synthesis.table import choose_engines

MAX_GRAPH_ATOMS: Final = 60
"""Longer molecules are not given as graphs or geometries: each atom costs a token."""

SETTINGS: Final[Mapping[Modality, Mapping[str, Any]]] = {
    Modality.CONFORMER: {"n_embedded": 1, "n_kept": 1, "seconds": 10.0},
    Modality.IMAGE: {"max_side": 384, "seconds": 10.0},
}
"""Settings of the engines where an example needs one record and a build needs many."""


def featurize_molecule(smiles: str, modality: Modality, role: Role, rng: random.Random) -> RecordPart:
    """Return one molecule in one modality.

    A graph's atoms stand in the order of `smiles`; a geometry's in random order, as a file may have them.

    Args:
        smiles: One molecule.
        modality: How it is shown.
        role: The part it plays.
        rng: Draws the writing, the style of a drawing and the spectrum among those of other adducts and energies.

    Raises:
        AnyMolError: The engine has no such record of this molecule.
    """
    if modality is Modality.GRAPH:
        graph = synthesize_graph(smiles)
        if graph.n_atoms > MAX_GRAPH_ATOMS:
            raise InvalidTaskInputError("too large to be given as a graph", value=smiles)
        return RecordPart(modality, graph, role, smiles)
    written = randomize_smiles(smiles, rng) if modality is Modality.CONFORMER else smiles
    made = _find_engine(modality).synthesize(written, rng.randrange(2**31))
    if made.notes.get("is_parent"):
        raise InvalidTaskInputError("the spectrum would be another species': the neutral parent's", value=smiles)
    record = rng.choice(made.records)
    if isinstance(record, Conformer) and record.n_heavy_atoms > MAX_GRAPH_ATOMS:
        raise ConformerError("too large to be given as a geometry", value=smiles)
    return RecordPart(modality, record, role, smiles)


def featurize_scheme(reaction: str, rng: random.Random) -> RecordPart:
    """Return a drawn scheme of ``reactants>reagents>products``.

    Raises:
        AnyMolError: There are too many molecules for one scheme, or one cannot be drawn.
    """
    made = _find_engine(Modality.IMAGE).synthesize(reaction, rng.randrange(2**31))
    (picture,) = made.records
    return RecordPart(Modality.IMAGE, picture)


@cache
def _find_engine(modality: Modality) -> Engine:
    """Return the engine of this process: some load a model when they are first asked."""
    own = SETTINGS.get(modality)
    return choose_engines(modality, None if own is None else {modality: own})[0]
