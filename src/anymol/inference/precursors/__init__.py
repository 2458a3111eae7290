"""One step back from a molecule: what stores and the model propose, scored and ranked together."""
