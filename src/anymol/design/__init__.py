"""Search for molecules that meet a request: edits, optimisations and designs, by programs."""
