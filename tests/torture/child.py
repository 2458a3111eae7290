"""The process in which tries are made: ``python -m tests.torture.child ATTACK SEED FOLDER NUMBER...``."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Not above: worker processes import this module again, and need nothing of it.
    from tests.torture.attack import work
    from tests.torture.table import ATTACKS

    name, seed, folder, *numbers = sys.argv[1:]
    work(ATTACKS[name], int(seed), list(map(int, numbers)), Path(folder))
