"""``python -m anymol`` and the command ``anymol``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; where even its modules find no memory, say so."""
    try:
        from anymol.cli.main import main as run
    except MemoryError:
        print("anymol: there is not enough memory; end other programs", file=sys.stderr)  # noqa: T201
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
