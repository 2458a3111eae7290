"""Which forms of a molecule an answer followed, why, and what is said where others disagree with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anymol.inference.answers import Answer, Method
from anymol.inference.disagreement.identities import is_same_molecule
from anymol.inference.disagreement.judgement import Judgement, Verdict
from anymol.inference.disagreement.judging import ComparedForms
from anymol.inference.forms import Form
from anymol.inference.molecule_reader import Doubt
from anymol.tasks.evidence import PlaceEvidence


@dataclass(frozen=True)
class Followed:
    """What an answer followed.

    Attributes:
        forms: The forms; none where a model saw all of them.
        reason: Why these, as the end of a sentence.
    """

    forms: tuple[Form, ...]
    reason: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the forms that it followed, as the JSON writes them."""
        return tuple(form.name for form in self.forms)

    def __str__(self) -> str:
        if not self.forms:
            return f"the answer follows no single form: {self.reason}"
        return f"the answer follows {join_titles(self.forms)}, {self.reason}"


def find_stating(compared: ComparedForms, asked: str | None) -> Followed:
    """Return which forms the answer to a question about a molecule followed: those from which the molecule was read.

    Args:
        compared: The forms.
        asked: The molecule that the question was understood to be about; None where none was read.
    """
    if asked is None:
        return Followed((), "none of them was read as a molecule, and the model was shown them together")
    listed = compared.forms.listed
    stating = tuple(form for form in listed if form.smiles and is_same_molecule(form.smiles, asked))
    if stating:
        return Followed(stating, "because the question is about the structure given, which the others only check")
    drawn = tuple(form for form in listed if _shows(compared, form, asked))
    return Followed(drawn, "because the question is about what is drawn, which the others only check")


def find_supporting(compared: ComparedForms, answer: Answer) -> Followed:
    """Return which forms the answer followed where the molecule is what is asked for: those that its evidence names.

    Args:
        compared: The forms.
        answer: The first answer.
    """
    places = {one.place.removesuffix(" 1") for one in answer.evidence if isinstance(one, PlaceEvidence)}
    found = tuple(form for form in compared.forms.listed if form.name in places)
    if not found:
        return Followed((), "nobody read or found it in one of them, and the model was shown them together")
    match answer.method:
        case Method.COMPUTED:
            return Followed(found, "because bonds that are stated come before what is read or searched")
        case Method.READ if answer.passed:
            return Followed(found, "because a drawing is read before anything is searched, and no check of it failed")
        case Method.READ:
            return Followed(
                found, "although a check of what was read failed: nothing was found that passed every check"
            )
        case _ if any(compared.drawn.values()):
            return Followed(found, "because what was read in the drawing failed a check against what else is given")
        case _:
            return Followed(found, "because a search of it found the molecule that fits best")


def say_disagreements(judgements: Sequence[Judgement], followed: Followed) -> tuple[str, ...]:
    """Return what must be said of forms that disagree, which makes answers doubtful, or more probably do than not."""
    said: list[str] = []
    for one in judgements:
        between = " and ".join(one.titles)
        if one.verdict is Verdict.DISAGREE:
            sure = "" if one.decided else f" (probability {one.probability:.2f})"
            said.append(Doubt(f"{between} disagree{sure}: {one.said}; {followed}"))
        elif one.verdict is Verdict.OPEN and one.probability is not None and one.probability > 0.5:
            said.append(f"{between} may disagree (probability {one.probability:.2f}): {one.said}; {followed}")
    return tuple(said)


def join_titles(forms: Sequence[Form]) -> str:
    """Return forms in a sentence: ``the drawing and the formula``."""
    titles = [form.title for form in forms]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _shows(compared: ComparedForms, form: Form, smiles: str) -> bool:
    drawing = compared.drawn.get(form.name)
    return drawing is not None and is_same_molecule(drawing.smiles, smiles)
