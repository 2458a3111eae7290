"""Recorded descriptions of molecules, and which of those of relatives fits a molecule that has none."""
