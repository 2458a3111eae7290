"""Attack anymol and count the faults: ``python -m tests.torture [--short] [--only NAME] [--seed N] [--tries N]``."""

from __future__ import annotations

import argparse
import sys

from tests.torture.attack import run_attack
from tests.torture.table import ATTACKS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few tries of each, as make test makes them")
    parser.add_argument("--only", choices=ATTACKS, action="append", help="this attack; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same tries (0)")
    parser.add_argument("--tries", type=int, help="so many of each")
    parser.add_argument("--jobs", type=int, default=1, help="so many processes share the tries of an attack (1)")
    parser.add_argument("--try", type=int, dest="single", metavar="NUMBER", help="this one alone, as a fault names it")
    options = parser.parse_args()
    failed = tried = 0
    for name in options.only or ATTACKS:
        attack = ATTACKS[name]
        count = options.tries or (attack.short if options.short else attack.tries)
        numbers = range(count) if options.single is None else range(options.single, options.single + 1)
        again = f"python -m tests.torture --only {name} --seed {options.seed} --try"

        def tell(number: int, fault: str, again: str = again) -> None:
            print(f"  {fault}\n    {again} {number}", flush=True)

        outcome = run_attack(attack, options.seed, numbers, tell, jobs=options.jobs)
        print(outcome, flush=True)
        failed += len(outcome.faults)
        tried += outcome.tries
    print(f"{'all':<10} {tried:>6,} tries {failed:>4} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
