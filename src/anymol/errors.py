"""The error family of anymol.

Every error a user can meet derives from :class:`AnyMolError` and says three things: what is wrong, which value caused
it, and what would be right. ``exit_code`` is what the command line returns: 2 when the input or the options are wrong,
1 when the fault is ours.
"""

from __future__ import annotations

from typing import Any, ClassVar

_SHOWN = 120
"""Longest piece of an offending value that is repeated in a message."""


def shorten(value: object, limit: int = _SHOWN) -> str:
    """Return `value` as one line of at most `limit` characters, control characters escaped, for use in a message."""
    text = escape_unprintable(" ".join(str(value).split()))
    return text if len(text) <= limit else f"{text[: limit - 12]}... ({len(text)} characters)"


def escape_unprintable(text: str) -> str:
    r"""Return `text` with what no terminal should be given written out: ESC and other controls, halves of surrogates.

    >>> print(escape_unprintable("\x1b[2J"))
    \x1b[2J
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class AnyMolError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: What is wrong, in one sentence.
        value: The offending input, kept (shortened) as ``input``.
        hint: What would be right.
    """

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, value: object | None = None, hint: str | None = None) -> None:
        self.message = _escape_lines(message)
        self.input = None if value is None else shorten(value)
        self.hint = None if hint is None else _escape_lines(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        shown = "" if self.input is None or self.input in self.message else f" (in '{self.input}')"
        return f"{self.message}{shown}{f'; {self.hint}' if self.hint else ''}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self.input, self.hint))

    def generalise(self) -> str:
        """Return what is wrong without the input that it is said of, so that equal faults can be counted."""
        return self.message if self.input is None else self.message.replace(self.input, "...")

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints under ``error``."""
        return {"kind": self.kind, "input": self.input, "message": self.message, "hint": self.hint}


def _rebuild(cls: type[AnyMolError], message: str, value: str | None, hint: str | None) -> AnyMolError:
    """Rebuild an error that crossed a process boundary."""
    return cls(message, value=value, hint=hint)


def _escape_lines(text: str) -> str:
    """Escape a text that other programs may have written in several lines."""
    return text if text.isprintable() else "\n".join(map(escape_unprintable, text.replace("\t", " ").splitlines()))


class UserError(AnyMolError):
    """The user's input or options are wrong."""

    kind = "invalid_input"
    exit_code = 2


class InvalidSmilesError(UserError):
    """A SMILES that does not parse or has impossible valences.

    Args:
        position: Where in the text the fault was found, counted from 0; None where it has no single place.
        cause: The kind of fault, in snake case, for example ``unclosed_ring``.
    """

    kind = "invalid_smiles"

    def __init__(
        self,
        message: str,
        *,
        value: object | None = None,
        hint: str | None = None,
        position: int | None = None,
        cause: str | None = None,
    ) -> None:
        super().__init__(message, value=value, hint=hint)
        self.position = position
        self.cause = cause

    @property
    def suggestion(self) -> str | None:
        """What would be right."""
        return self.hint

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild_smiles_error, (self.message, self.input, self.hint, self.position, self.cause))

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints under ``error``, with position and cause."""
        return {**super().to_json(), "position": self.position, "cause": self.cause}


def _rebuild_smiles_error(
    message: str, value: str | None, hint: str | None, position: int | None, cause: str | None
) -> InvalidSmilesError:
    """Rebuild a SMILES error that crossed a process boundary."""
    return InvalidSmilesError(message, value=value, hint=hint, position=position, cause=cause)


class InvalidSelfiesError(UserError):
    """A SELFIES string that does not decode."""

    kind = "invalid_selfies"


class InvalidInchiError(UserError):
    """An InChI that does not parse."""

    kind = "invalid_inchi"


class InvalidReactionError(UserError):
    """A reaction SMILES whose form or molecules are wrong."""

    kind = "invalid_reaction"


class UnknownNameError(UserError):
    """A text that is not a file, notation or known name."""

    kind = "unknown_name"


class UnnamedMoleculeError(UserError):
    """A molecule that the rules of naming do not cover."""

    kind = "unnamed_molecule"


class InvalidFileError(UserError):
    """A file that is missing, unreadable or not what its name says."""

    kind = "invalid_file"


class ConformerError(UserError):
    """Coordinates that could not be made or understood."""

    kind = "conformer"


class TimeLimitError(UserError):
    """A parser or engine that was stopped at its time limit."""

    kind = "time_limit"


class UnknownTaskError(UserError):
    """A task name, or a question, outside what anymol does."""

    kind = "unknown_task"


class UntrainedTaskError(UserError):
    """A task that the model was not trained on, so that whatever it said would mean nothing."""

    kind = "untrained_task"


class InvalidTaskInputError(UserError):
    """Inputs that do not fit the task asked for."""

    kind = "invalid_task_input"


class RefusedError(UserError):
    """A request anymol declines, such as routes to scheduled chemical weapons."""

    kind = "refused"


class ConfigError(UserError):
    """A recipe or option whose fields are unknown or contradict each other."""

    kind = "config"


class DataError(UserError):
    """Data files that are missing, damaged or of another schema."""

    kind = "data"


class LeakageError(DataError):
    """Training data that hold an answer reserved for evaluation."""

    kind = "leakage"


class CheckpointError(UserError):
    """A model directory that is missing, incomplete or of another version."""

    kind = "checkpoint"


class AdapterError(UserError):
    """An adapter cannot be injected, found, loaded or asked for this."""

    kind = "adapter"


class MergeError(AdapterError):
    """An adapter cannot be written as one weight per place."""

    kind = "merge"


class MissingDependencyError(UserError):
    """An optional program or package that is not installed."""

    kind = "missing_dependency"


class NotFiniteError(AnyMolError):
    """A model's figures that are no numbers: its weights are damaged, or a record is beyond all measure."""

    kind = "not_finite"


class UnreadableAnswerError(AnyMolError):
    """A model's text that holds no answer of the kind its task asks for."""

    kind = "unreadable_answer"
