"""Conversations are remembered by their messages, each owner's by itself, and the oldest are forgotten."""

from __future__ import annotations

from anymol.serve.memories import Memories
from anymol.serve.requests import ChatMessage

FIRST = ChatMessage(role="user", content="What is the formula of caffeine?")
SAID = "C8H10N4O2"
HISTORY = [FIRST, ChatMessage(role="assistant", content=SAID)]


def test_a_conversation_is_known_by_what_was_said() -> None:
    memories = Memories()
    memories.keep("a", [FIRST], SAID, "about caffeine")
    assert memories.recall("a", HISTORY) == "about caffeine"
    assert memories.recall("a", [ChatMessage(role="system", content="Be kind."), *HISTORY]) == "about caffeine"
    assert memories.recall("b", HISTORY) is None
    assert memories.recall("a", [FIRST, ChatMessage(role="assistant", content="C9H8O4")]) is None


def test_the_oldest_is_forgotten() -> None:
    memories = Memories(most=2)
    for name in ("a", "b", "a", "c"):
        memories.keep(name, [FIRST], SAID, name)
    assert [memories.recall(name, HISTORY) for name in "abc"] == ["a", None, "c"]
