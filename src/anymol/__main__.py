"""``python -m anymol`` and the command ``anymol``."""

from __future__ import annotations

import gc
import sys
from typing import Final

from anymol.heap import share_one_heap

_OBJECTS: Final = 100_000
"""New objects after which Python looks for cycles: while modules and tables are read, which stay, it finds none. After
every 700, as it does by itself, the search takes a tenth of the time to the first answer."""


def main() -> int:
    """Run the command line; where even its modules find no memory, say so."""
    gc.set_threshold(_OBJECTS)
    share_one_heap()
    try:
        from anymol.cli.main import main as run
    except MemoryError:
        print("anymol: there is not enough memory; end other programs", file=sys.stderr)  # noqa: T201
        return 2
    code = run()
    # Python ends by searching all that was ever imported for cycles, for half a second after the answer.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
