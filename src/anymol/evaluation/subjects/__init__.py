"""What can be evaluated: a model, the whole assistant, an endpoint, a file of predictions."""
