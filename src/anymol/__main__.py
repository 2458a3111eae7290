"""``python -m anymol``: the same as the command ``anymol``."""

from __future__ import annotations

import sys

from anymol.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
