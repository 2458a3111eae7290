"""The way to lm-evaluation-harness (EleutherAI): our models asked by its tasks, our rows as tasks for its models."""
