"""Group surgery: an edit done at every place that allows it, the places that real molecules show first."""

from __future__ import annotations

from typing import Final

from rdkit import Chem

from anymol.chem.fingerprints import morgan, tanimoto
from anymol.chem.parsing import parse_smiles
from anymol.design.candidate import Candidate, Judge
from anymol.design.environments import measure_familiarity
from anymol.errors import InvalidTaskInputError
from anymol.tasks.edit_groups import Holder, get_phrase, list_members
from anymol.tasks.edit_places import find_place
from anymol.tasks.edits import Action, Edit, EditedMolecule, check_edit, enumerate_edited, say_lacking, settle_holder

_ROOM: Final = "groups are put on carbons that have a hydrogen, those with N, O or halogen not beside a heteroatom"
_MOST_RATED: Final = 60
"""Most products whose plausibility is looked at; a molecule of drug size has about twenty places."""
_LATER_MEMBER: Final = 2.0
"""What a later member of a family is set back by, in units of familiarity: an ester is a methyl ester unless said."""
_CONFUSED: Final = {
    "hydroxyl": "the OH of a carboxylic acid is a part of the acid, not a hydroxyl group",
    "amino": "the NH2 of an amide or sulfonamide is a part of it, not an amine",
    "amine": "the N of an amide or of a ring is not a group on a carbon that can be taken off",
    "amide": "an amide that links two parts of the molecule is not a group that can be taken off",
    "ester": "an ester that links two parts of the molecule is not a group that can be taken off",
    "ether": "an ether that links two parts of the molecule is not a group that can be taken off",
}
"""What a group may be mistaken for."""
_ALERT: Final = 0.5
_ODDITY: Final = 6.0


def search_edits(smiles: str, edit: Edit, limit: int) -> list[Candidate]:
    """Return what an edit can make of a molecule, the most sensible first; each passes :func:`check_edit`.

    Args:
        smiles: The molecule.
        edit: What to do with it.
        limit: Most molecules returned.

    Raises:
        InvalidTaskInputError: The edit is impossible: what it takes away is not there, or there is no room for what it
            adds. The message says which.
        InvalidSmilesError: `smiles` is invalid.

    Example:
        >>> search_edits("Brc1ccccc1", Edit(Action.REPLACE, "bromine", "cyano"), 1)[0].smiles
        'N#Cc1ccccc1'
    """
    before = parse_smiles(smiles)
    edit = settle_holder(before, edit)
    _require_possible(smiles, before, edit)
    # Equivalent places give one molecule: the first stands for all.
    products = {product.smiles: product for product in reversed(list(enumerate_edited(before, edit)))}
    ordered = sorted(products.values(), key=lambda product: product.places[0].anchor)[:_MOST_RATED]
    judge = Judge(before)
    rated = sorted((-_rate(product, edit, judge), product.smiles) for product in ordered)
    prints = morgan(before)
    found: list[Candidate] = []
    for _, one in rated:
        if all(check.passed is not False for check in check_edit(smiles, one, edit)):
            similarity = tanimoto(prints, morgan(products[one].molecule))
            found.append(Candidate(one, _tell(edit, products[one]), similarity))
        if len(found) == limit:
            break
    if not found:
        raise InvalidTaskInputError(
            f"there is no place for this edit: no {edit.holder} of the molecule can be given {_name_added(edit)}",
            value=smiles,
            hint=_ROOM if edit.holder is Holder.CARBON else f"the {edit.holder} needs a hydrogen that can go",
        )
    return found


def _require_possible(smiles: str, before: Chem.Mol, edit: Edit) -> None:
    """Refuse an edit whose group is not there, or whose place is not.

    Raises:
        InvalidTaskInputError: Saying which.
    """
    lacking = say_lacking(before, edit)
    if lacking is not None:
        verb = "replace" if edit.action is Action.REPLACE else "remove"
        raise InvalidTaskInputError(
            f"there is nothing to {verb}: {lacking}",
            value=smiles,
            hint=_CONFUSED.get(edit.group, "name a group that the molecule has"),
        )
    if edit.place is None or find_place(before, edit.place) is None:
        return
    if (
        next(enumerate_edited(before, edit), None) is None
        and next(enumerate_edited(before, edit.anywhere), None) is not None
    ):
        raise InvalidTaskInputError(
            f"there is no room for this edit {edit.place}; elsewhere in the molecule there is",
            value=smiles,
            hint="leave the position out, or name another",
        )


def _rate(product: EditedMolecule, edit: Edit, judge: Judge) -> float:
    """Return how sensible a product looks: how familiar where it was changed, less what speaks against it."""
    changed: set[int] = set()
    molecule = parse_smiles(product.smiles)
    kept = _map_anchors(product, molecule)
    for anchor in kept:
        changed |= {anchor, *(one.GetIdx() for one in molecule.GetAtomWithIdx(anchor).GetNeighbors())}
    rating = measure_familiarity(molecule, changed or None)
    if edit.added is not None and product.added is not None:
        rating -= _LATER_MEMBER * list_members(edit.added).index(product.added)
    rating -= _ODDITY * judge.count_new_oddities(molecule)
    return rating - _ALERT * judge.count_new_alerts(molecule)


def _map_anchors(product: EditedMolecule, written: Chem.Mol) -> list[int]:
    """Return where the anchors of a product are in the molecule that its canonical SMILES gives."""
    order = product.molecule.GetPropsAsDict(True, True).get("_smilesAtomOutputOrder")
    if order is None or len(list(order)) != written.GetNumAtoms():
        return []
    gone = sorted(index for place in product.places for index in place.leaving)
    places = {old: new for new, old in enumerate(order)}
    return [places[a - sum(index < a for index in gone)] for a in (place.anchor for place in product.places)]


def _tell(edit: Edit, product: EditedMolecule) -> str:
    times = "" if len(product.places) == 1 else f" at {len(product.places)} places"
    match edit.action:
        case Action.ADD:
            return f"{get_phrase(product.added or edit.group)} put on {edit.holder}{times}"
        case Action.REMOVE:
            return f"{get_phrase(edit.group)} taken off, hydrogen in its place{times}"
        case Action.REPLACE:
            return f"{get_phrase(edit.group)} replaced by {get_phrase(product.added or '')}{times}"


def _name_added(edit: Edit) -> str:
    return "hydrogen" if edit.added is None else f"the {get_phrase(edit.added)}"
