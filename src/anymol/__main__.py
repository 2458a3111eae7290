"""``python -m anymol`` and the command ``anymol``."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; where even its modules find no memory, say so."""
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
