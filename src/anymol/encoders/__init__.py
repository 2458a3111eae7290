"""Networks that read one modality each: records in, one state per atom, point, patch or peak out. Never RDKit."""
