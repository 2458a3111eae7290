"""Where instruction examples come from: one source per file."""
