"""The table of public sets that recipes can name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from anymol.data.config import PublishedName
from anymol.data.published.chebi20 import CHEBI20
from anymol.data.published.ibm_spectra import IBM_SPECTRA
from anymol.data.published.massbank import MASSBANK
from anymol.data.published.massspecgym import MASSSPECGYM
from anymol.data.published.mol_instructions import MOL_INSTRUCTIONS
from anymol.data.published.moleculenet import MOLECULENET
from anymol.data.published.moleculestm import MOLECULESTM
from anymol.data.published.openexp import OPENEXP
from anymol.data.published.ord import ORD
from anymol.data.published.presto import PRESTO
from anymol.data.published.published_set import PublishedSet
from anymol.data.published.qm9 import QM9
from anymol.data.published.smolinstruct import SMOLINSTRUCT
from anymol.data.published.uspto_1k_tpl import USPTO_1K_TPL
from anymol.data.published.uspto_50k import USPTO_50K
from anymol.data.published.uspto_mit import USPTO_MIT

PUBLISHED_SETS: Final[Mapping[PublishedName, PublishedSet]] = MappingProxyType(
    {
        PublishedName(one.name): one
        for one in (
            MOL_INSTRUCTIONS, CHEBI20, SMOLINSTRUCT, USPTO_50K, USPTO_MIT, MOLECULENET, MASSSPECGYM, MOLECULESTM,
            PRESTO, OPENEXP, USPTO_1K_TPL, ORD, QM9, MASSBANK, IBM_SPECTRA,
        )
    }
)  # fmt: skip
"""Name -> the set and its converter."""
