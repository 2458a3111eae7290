"""The parts of an InChIKey, read from its text alone: no RDKit is needed."""

from __future__ import annotations

from typing import Final

NO_STEREO: Final = "UHFFFAOYSA"
"""What :func:`stereo_part` gives of a molecule without configurations, isotopes and their like."""


def connectivity_part(key: str) -> str:
    """Return the first 14 characters: the same for all stereoisomers, isotopologues and states of protonation.

    >>> connectivity_part("QNAYBMKLOCPYGJ-REOHCLBHSA-N")
    'QNAYBMKLOCPYGJ'
    """
    return key[:14]


def stereo_part(key: str) -> str:
    """Return the ten characters that tell configurations, isotopes and the kind of InChI.

    >>> stereo_part("QNAYBMKLOCPYGJ-REOHCLBHSA-N")
    'REOHCLBHSA'
    """
    return key[15:25]
