"""Asking a trained model: decoding, grammar constraints, confidence, and the Assistant that joins them."""
