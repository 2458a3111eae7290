"""How a decoder is run token by token: what it keeps of earlier tokens, and who computes the next."""
