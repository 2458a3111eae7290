"""Metrics: pure functions from predictions and references to figures. Text and numbers load without RDKit."""
