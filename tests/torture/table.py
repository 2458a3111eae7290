"""The attacks, by name."""

from __future__ import annotations

from tests.torture.attack import Attack

ATTACKS: dict[str, Attack] = {
    attack.name: attack
    for attack in (
        Attack("strings", "hostile texts for every reader of one", 2000, 60, 15.0, megabytes=600),
        Attack("files", "hostile files for every reader", 1000, 30, 15.0, megabytes=900),
        Attack("artefacts", "damaged artefacts of every kind", 200, 14, 20.0),
        Attack("kills", "kills at random moments, then taken up again", 40, 2, 120.0),
        Attack("system", "what a machine refuses, and what changes meanwhile", 100, 3, 60.0),
    )
}
"""Each is made by the module of its name; only the process in which tries are made imports it, which takes seconds."""
