"""MoRA: a LoRA written for each molecule by a generator (arXiv 2510.12245)."""
