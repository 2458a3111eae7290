"""What conversations are about, kept between the requests of a chat, which each send all messages again."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from anymol.serve.requests import ChatMessage


class Memories:
    """Remembers conversations by their messages; those that were not asked for longest are forgotten first.

    Args:
        most: Conversations that are remembered.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def recall(self, owner: str, messages: Sequence[ChatMessage]) -> Any:
        """Return what is remembered of messages; None where nothing is.

        Args:
            owner: Whose conversation it is; nobody recalls another's.
            messages: The messages before the question.
        """
        key = _write_key(owner, messages)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, owner: str, messages: Sequence[ChatMessage], said: str, memory: Any) -> None:
        """Remember a conversation.

        Args:
            owner: Whose it is.
            messages: Its messages, the question with them.
            said: What was answered.
            memory: What is remembered.
        """
        answered = [*messages, ChatMessage(role="assistant", content=said)]
        key = _write_key(owner, answered)
        self._kept[key] = memory
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _write_key(owner: str, messages: Sequence[ChatMessage]) -> str:
    told = [one.model_dump(mode="json") for one in messages if one.role in ("user", "assistant")]
    return hashlib.sha256(json.dumps([owner, told], sort_keys=True).encode()).hexdigest()
