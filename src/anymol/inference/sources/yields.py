"""Yields of two screens by robots: recorded, or predicted from their other reactions, or declined with the reason."""

from __future__ import annotations

from typing import Final

from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Answer, Interval, Method
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.yield_screens.predictor import HIGHEST, LEVEL, KnownYields, find_yields
from anymol.retrieval.yield_screens.screens import Recognised, Screen, Unrecognised
from anymol.tasks.conditions import YIELD_PREDICTION
from anymol.tasks.evidence import PrecedentEvidence, ProgramEvidence
from anymol.tasks.task import Task
from anymol.version import __version__

_NEAREST: Final = 3


class RecordedYields:
    """The reactions of the screens that were measured."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for a yield."""
        return task is YIELD_PREDICTION

    def try_answer(self, question: Question) -> Found | None:
        """Return what was measured of that very reaction; None where it was not, or is none of a screen's.

        Raises:
            InvalidSmilesError: A SMILES is invalid.
        """
        recognised = _recognise(question)
        if not isinstance(recognised, tuple):
            return None
        known, reaction = recognised
        percent = None if reaction.unseen is not None else known.find(reaction.cell)
        if percent is None:
            return None
        screen = known.screen
        answer = Answer(
            percent,
            f"{percent:.{YIELD_PREDICTION.decimals}f}",
            YIELD_PREDICTION.answer,
            self.method,
            YIELD_PREDICTION.unit,
            f"measured once; {_cite(screen)}",
            evidence=(_cite_reaction(known, reaction.cell, percent, 1.0),),
            exact=not reaction.assumed,
            doubts=_list_assumed(reaction),
            decimals=YIELD_PREDICTION.decimals,
            is_measured=True,
        )
        return Found((answer,), answer.doubts, settled=True)


class YieldPredictors:
    """Trees fitted to the screens, for combinations of their components that were not measured."""

    method = Method.PREDICTED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks for a yield."""
        return task is YIELD_PREDICTION

    def try_answer(self, question: Question) -> Found | None:
        """Return the predicted yield with its interval; None where the yield of another set is asked for.

        Raises:
            InvalidSmilesError: A SMILES is invalid.
            InvalidTaskInputError: The reaction is none of the screen's, or too far from them.
        """
        recognised = _recognise(question)
        if recognised is None:
            return None
        if isinstance(recognised, Unrecognised):
            screen = recognised.screen
            raise InvalidTaskInputError(
                f"not a reaction of the {screen.name}: {recognised.reason}",
                value=question.shown,
                hint=f"only what it combined is predicted: {screen.about}",
            )
        known, reaction = recognised
        bands, doubts = known.card.seen, _list_assumed(reaction)
        if reaction.role is not None:
            role = reaction.role.name
            if role not in known.card.unseen:
                raise InvalidTaskInputError(
                    f"the {known.screen.name} never used the {role} {reaction.unseen}: too little is known of new ones",
                    value=question.shown,
                    hint=f"it used {', '.join(one or 'none' for one in reaction.role.components)}",
                )
            unseen = known.card.unseen[role]
            bands = unseen.bands
            doubts = (
                f"the {role} {reaction.unseen} was never measured: of yields with components that were left out, "
                f"such predictions explain {100 * unseen.r2:.0f} % of the variance",
                *doubts,
            )
        said = float(known.predict([reaction.components])[0])
        width = bands.measure(said)
        program = ProgramEvidence(
            "anymol", __version__, f"trees fitted to {known.card.n:,} reactions of the {known.screen.name}"
        )
        nearest = known.list_nearest(reaction.cell, _NEAREST)
        answer = Answer(
            said,
            f"{said:.{YIELD_PREDICTION.decimals}f}",
            YIELD_PREDICTION.answer,
            self.method,
            YIELD_PREDICTION.unit,
            f"trees fitted to {known.card.n:,} measured reactions; {_cite(known.screen)}",
            interval=Interval(max(said - width, 0.0), min(said + width, HIGHEST), LEVEL),
            calibrated=True,
            evidence=(
                program,
                *(_cite_reaction(known, cell, percent, shared / len(cell)) for cell, percent, shared in nearest),
            ),
            doubts=doubts,
            decimals=YIELD_PREDICTION.decimals,
        )
        return Found((answer,), doubts, settled=True)


def _recognise(question: Question) -> tuple[KnownYields, Recognised] | Unrecognised | None:
    """Return the reaction of the screen that a question names; None where it names neither screen."""
    asked = question.task_input
    known = next((one for one in find_yields() if one.screen.name == asked.text), None)
    if known is None or not asked.reactants or not asked.products:
        return None
    inputs = ".".join(filter(None, (asked.reactants, asked.reagents)))
    found = known.screen.recognise(inputs, asked.products)
    return found if isinstance(found, Unrecognised) else (known, found)


def _list_assumed(reaction: Recognised) -> tuple[str, ...]:
    """Return what a question leaves out and the screen always had."""
    if not reaction.assumed:
        return ()
    return (f"not stated, and meant as in all reactions of the {reaction.screen.name}: {', '.join(reaction.assumed)}",)


def _cite(screen: Screen) -> str:
    return f"{screen.source} {screen.year}: {screen.about}"


def _cite_reaction(known: KnownYields, cell: tuple[int, ...], percent: float, similarity: float) -> PrecedentEvidence:
    """Return a recorded reaction as evidence: what it combined."""
    chosen = zip(known.screen.roles, cell, strict=True)
    combined = ", ".join(f"{role.name} {role.components[choice] or 'none'}" for role, choice in chosen)
    source = f"{known.screen.source}; {known.screen.licence}"
    return PrecedentEvidence(combined, similarity, source, known.screen.year, f"{percent:.1f} %")
