"""Evaluation sets by name: what each asks, where its rows come from, and under which terms."""
