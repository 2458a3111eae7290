"""The server: one process that listens, and worker processes that answer."""
