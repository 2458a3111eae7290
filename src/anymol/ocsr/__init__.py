"""Drawings of structures read back into molecules (optical chemical structure recognition)."""
