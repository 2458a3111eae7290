"""Pre-trained language models as decoders: where they come from, how they are found, how well they read plain text."""
