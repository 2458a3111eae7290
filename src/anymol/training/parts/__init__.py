"""Training of the parts that ship beside the language model: the drawing detector, and the engines' networks."""
