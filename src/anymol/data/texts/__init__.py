"""Texts that a tokenizer is trained on and measured by, one file per kind of source."""
