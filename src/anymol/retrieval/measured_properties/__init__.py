"""Measured properties: the values themselves, those of similar molecules, and predictors fitted to them."""
