"""Training of the specialists that ship beside the language model: the drawing detector and the networks of engines."""
