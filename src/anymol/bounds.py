"""How much is taken at once: the bounds on inputs, options and configs, so that none costs more memory than it should.

What a reader of one format bounds for itself (lines, records, pixels) stands with that reader; all of them are listed
in ``docs/concepts/bounds.md``, which a test compares with the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MAX_TOP_K: Final = 100
"""Most answers per input: each is a beam of the model; a hundred take a minute and 100 MB."""

MAX_AUGMENT: Final = 100
"""Most spellings of a question."""

MAX_CHUNK: Final = 4_096
"""Most rows of a batch that are answered together."""

MAX_PART_ROWS: Final = 100_000
"""Most rows of a part of a synthesis: they are in memory until it is written."""

MAX_WORKERS: Final = 1_024
"""Most worker processes, and most threads of a recipe."""

MAX_SEED: Final = 2**32 - 1
"""Largest seed; all generators take it."""

MAX_NUMBER: Final = 10**15
"""Largest whole number of a recipe or option: lengths of runs, in tokens."""

MAX_ATOMS: Final = 1_000
"""Most heavy atoms of a molecule: a ring of 6,000 takes RDKit 1.6 GB, and counts of groups are wrong beyond 1,000."""

MAX_RECIPE_BYTES: Final = 1 << 20
"""Largest recipe file."""

MAX_RECIPE_VALUES: Final = 100_000
"""Most values of a recipe, references counted each time."""

MAX_MANIFEST_BYTES: Final = 256 << 20
"""Largest manifest, calibration or other file of JSON that anymol wrote and reads whole."""

MAX_COLUMNS: Final = 10_000
"""Most columns of a table."""

GZIP_FREE_BYTES: Final = 64 << 20
"""What any gzip may unpack to."""

GZIP_RATIO: Final = 100
"""How many times larger than itself a gzip may become beyond that; SMILES and spectra become 3 to 30 times larger."""

MAX_SIZES: Final[Mapping[str, int]] = {
    "n_layers": 1_000,
    "num_hidden_layers": 1_000,
    "depth": 1_000,
    "n_heads": 4_096,
    "num_attention_heads": 4_096,
    "num_key_value_heads": 4_096,
    "n_kv_heads": 4_096,
    "heads": 4_096,
    "hidden_size": 65_536,
    "width": 65_536,
    "state_width": 65_536,
    "hidden": 1 << 20,
    "ffn_size": 1 << 20,
    "intermediate_size": 1 << 20,
    "head_dim": 65_536,
    "rank": 65_536,
    "core": 65_536,
    "experts": 1_024,
    "shared": 1_024,
    "n_tokens": 65_536,
    "n_patches": 65_536,
    "queries_per_layer": 65_536,
    "n_roles": 65_536,
    "n_molecules": 65_536,
    "view_size": 16_384,
    "vocab_size": 1 << 22,
    "extra_vocab_size": 1 << 22,
    "base_vocab_size": 1 << 22,
    "max_positions": 1 << 24,
    "max_position_embeddings": 1 << 24,
}
"""Key of a network's config -> largest value with which it is built; larger ones are slips or attacks."""
