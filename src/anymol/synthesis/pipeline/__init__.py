"""Many molecules through many engines: parts on disk, processes here or on a Ray cluster, kill and resume."""
