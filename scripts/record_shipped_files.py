"""Write the checksums of the data files that ship inside the package, after one of them was made anew.

python scripts/record_shipped_files.py
"""

from __future__ import annotations

import json

from anymol.files import hash_file, write_atomically
from anymol.shipped import CHECKSUMS, PACKAGE, list_shipped


def main() -> None:
    """Write them."""
    checksums = {name: hash_file(PACKAGE / name) for name in list_shipped()}
    write_atomically(CHECKSUMS, json.dumps({"sha256": checksums}, indent=1) + "\n")
    print(f"{len(checksums)} files in {CHECKSUMS}")


if __name__ == "__main__":
    main()
