"""The plan of a training on verifiable rewards."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from anymol.config_checks import Name, Seed
from anymol.data.config import DataConfig
from anymol.training.specialists.fit import FitConfig


class PolicyPlan(BaseModel):
    """A trained model made better at what can be checked; see :mod:`anymol.training.reinforcement.policy`.

    Attributes:
        trains: Tag of this kind of recipe.
        name: Name of the run and of its model.
        seed: Questions and answers are drawn by it.
        data: The questions; of open-ended ones many answers are right. Their ``val`` split is held out.
        model: Model directory to start from, or ``embedded`` for the model that ships inside the package.
        learns_decoder_only: Whether encoders and projectors rest.
        questions: Questions per step (B).
        answers: Answers drawn to each (G).
        temperature: Of the draws.
        updates: Steps that learn from the same answers; beyond the first the clipping counts.
        clip: How far the probability of a token may move in them before it counts no more (epsilon).
        kl_weight: Weight of the divergence from the model at the start (beta).
        most_kl: Weights that stray further from the start, in nats per token on held-out questions, are not kept.
        readable_reward: What an answer that can be read is worth, right or not, unless it copies the question.
        diversity: Part of its reward that an answer loses where all of its group are the same.
        held: Held-out questions that are answered greedily. Those at even places are answered during the training, and
            choose the weights that are kept; those at odd places before and after it, and judge what was gained.
        fit: How long and how fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trains: Literal["policy"] = "policy"
    name: Name
    seed: Seed = 0
    data: DataConfig
    model: str = "embedded"
    learns_decoder_only: bool = True
    questions: int = Field(default=8, ge=1)
    answers: int = Field(default=8, ge=2)
    temperature: float = Field(default=1.0, gt=0)
    updates: int = Field(default=1, ge=1)
    clip: float = Field(default=0.2, gt=0, lt=1)
    kl_weight: float = Field(default=0.04, ge=0)
    most_kl: float = Field(default=0.5, gt=0)
    readable_reward: float = Field(default=0.1, ge=0, lt=1)
    diversity: float = Field(default=0.2, ge=0, lt=1)
    held: int = Field(default=200, ge=2)
    fit: FitConfig
