"""Conversions of functional groups, as answers: each possible place gives a molecule."""

from __future__ import annotations

from anymol.chem.fingerprints import morgan, tanimoto
from anymol.design.candidate import Candidate
from anymol.errors import InvalidTaskInputError
from anymol.tasks.conversions import Conversion, convert


def search_conversions(smiles: str, conversion: Conversion, limit: int) -> list[Candidate]:
    """Return what a conversion makes of a molecule, the most similar first.

    Args:
        smiles: The molecule.
        conversion: What is done.
        limit: Most molecules returned.

    Raises:
        InvalidTaskInputError: The molecule has no such group.
        InvalidSmilesError: `smiles` is invalid.

    Example:
        >>> from anymol.tasks.conversions import parse_conversion
        >>> search_conversions("CC(=O)c1ccccc1", parse_conversion("reduce the ketone"), 1)[0].smiles
        'CC(O)c1ccccc1'
    """
    made = convert(smiles, conversion)
    if not made:
        raise InvalidTaskInputError(
            f"there is nothing to convert: the molecule has no group for '{conversion.name}'",
            value=smiles,
            hint="name a group that the molecule has",
        )
    before = morgan(smiles)
    alike = sorted(((tanimoto(before, morgan(one)), one) for one in made), key=lambda pair: (-pair[0], pair[1]))
    return [Candidate(one, conversion.name, similarity) for similarity, one in alike[:limit]]
