"""Training: encoded corpora, packing, stages, optimisation, the loop. RDKit is never imported here."""
