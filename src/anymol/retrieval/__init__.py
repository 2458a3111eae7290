"""Stores of what is known: searched for the answer itself, or for what is like the question."""
