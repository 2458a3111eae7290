"""Yields of two screens by robots: what was measured, and trees for the combinations that were not."""
