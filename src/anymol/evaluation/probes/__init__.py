"""What a trained model does inside: rank of its updates, agreement of its tasks, use of its molecules."""
