"""Routes of several steps from building blocks to a molecule: stock, constraints, search, alternatives, drawings."""
