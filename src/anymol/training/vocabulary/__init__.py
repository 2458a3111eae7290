"""A tokenizer trained by itself, before any model: its plan, its texts in equal shares, and what it makes of them."""
