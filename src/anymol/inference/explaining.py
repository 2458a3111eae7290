"""Explains an answer by asking again with fewer forms: each alone, and all but one.

Of n forms that is at most 2 n questions; of more than `MAX_EXPLAINED` forms the first are left out and asked alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.disagreement.judgement import Verdict
from anymol.inference.disagreement.judging import ComparedForms
from anymol.inference.explanation import Contribution, Explanation, PartialAnswer
from anymol.inference.following import Followed
from anymol.inference.forms import Form
from anymol.tasks.task import TaskInput

MAX_EXPLAINED: Final = 6
"""Forms that are asked alone and left out: twelve further questions."""

LEAST_ANSWERS: Final = 5
"""Answers that are wanted of each further question, so that the first answer to all forms is found among them."""

Ask = Callable[[Sequence[TaskInput]], Sequence[Prediction | FailedPrediction]]
"""Answers questions, one result each, in order."""


def explain(whole: Prediction, compared: ComparedForms, followed: Followed, ask: Ask) -> Explanation:
    """Return what each form contributed to a prediction.

    Args:
        whole: The answers to all forms.
        compared: The forms.
        followed: Which of them the first answer followed.
        ask: Asks again.
    """
    forms = compared.forms
    names = tuple(form.name for form in forms.listed)
    tried = forms.listed[:MAX_EXPLAINED]
    alone = [(form.name,) for form in tried]
    without = [tuple(name for name in names if name != form.name) for form in tried]
    subsets = list(dict.fromkeys([*alone, *without]))
    results = ask([forms.keep(subset) for subset in subsets])
    best = whole.answers[0]
    partial = {subset: _summarise(subset, best, found) for subset, found in zip(subsets, results, strict=True)}
    together = _summarise(names, best, whole)
    contributions = [_compare(form, together, partial[rest]) for form, rest in zip(tried, without, strict=True)]
    bounded = None
    if len(tried) < len(names):
        bounded = f"of {len(names)} forms the first {len(tried)} were asked alone and left out"
    return Explanation(
        names,
        followed.names,
        _write_sentence(compared, followed, together, [partial[one] for one in alone]),
        (*partial.values(), together),
        tuple(contributions),
        bounded,
    )


def _summarise(names: tuple[str, ...], best: Answer, found: Prediction | FailedPrediction) -> PartialAnswer:
    if isinstance(found, FailedPrediction):
        return PartialAnswer(names, error=str(found.error))
    first = found.answers[0]
    whole = next((one.probability for one in found.answers if one.value == best.value), None)
    return PartialAnswer(names, first.value, first.shown, first.method.value, first.certainty, first.probability, whole)


def _compare(form: Form, together: PartialAnswer, rest: PartialAnswer) -> Contribution:
    """Return what a form contributed, by the answer without it."""
    if rest.error is not None:
        return Contribution(form.name, True, None, f"without {form.title} there is no answer: {rest.error}")
    change = None
    if together.probability is not None and rest.whole_probability is not None:
        change = together.probability - rest.whole_probability
    if rest.value != together.value:
        said = f"without {form.title} the answer would be {rest.shown} ({rest.certainty}, {rest.method})"
        return Contribution(form.name, True, change, said)
    said = f"without {form.title} the answer stays {rest.shown}"
    if change is not None and rest.probability is not None and abs(change) >= 0.005:
        said += f", its probability {rest.probability:.2f} instead of {together.probability:.2f}"
    return Contribution(form.name, False, change, said)


def _write_sentence(
    compared: ComparedForms, followed: Followed, together: PartialAnswer, alone: Sequence[PartialAnswer]
) -> str:
    """Return which forms the answer followed and why, what others alone would give, and which of them disagree."""
    titles = {form.name: form.title for form in compared.forms.listed}
    parts = [str(followed)]
    others = [one for one in alone if one.error is None and one.value != together.value]
    parts += [f"{titles[one.forms[0]]} alone would give {one.shown}" for one in others]
    disagreeing = [" and ".join(one.titles) for one in compared.judgements if one.verdict is Verdict.DISAGREE]
    parts += [f"{pair} disagree" for pair in disagreeing]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."
