"""The process in which tries are made: ``python -m tests.torture.child ATTACK SEED FOLDER NUMBER...``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.torture.attack import work
from tests.torture.table import ATTACKS

if __name__ == "__main__":
    name, seed, folder, *numbers = sys.argv[1:]
    work(ATTACKS[name], int(seed), list(map(int, numbers)), Path(folder))
