"""What stores of reactions and the model propose, backwards and forwards, scored and ranked together."""
