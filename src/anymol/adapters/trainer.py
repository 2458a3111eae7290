"""What the Trainer of transformers must be told of an adapter that balances experts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from transformers import TrainerCallback

from anymol.adapters.adapter import Adapter


class BalanceCallback(TrainerCallback):
    """Counts MoGE's balance loss once per step, however many batches a step accumulates.

    The loss is attached inside the blocks, where no loop's division by ``gradient_accumulation_steps`` reaches it:
    without this it would weigh that many times too much.

    Args:
        adapter: The adapter that is trained.

    Example:
        >>> Trainer(model, args, train_dataset=data, callbacks=[BalanceCallback(adapter)])  # doctest: +SKIP
    """

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._scope = ExitStack()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Scale the loss from now on."""
        if self._adapter.routes:
            self._scope.enter_context(self._adapter.scaled_balance(1 / args.gradient_accumulation_steps))

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Scale it no longer."""
        self._scope.close()
