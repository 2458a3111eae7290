"""Self-supervised pre-training of encoders: something of a molecule is hidden, and the encoder learns to restore it."""
