"""Training on verifiable rewards: a model answers, the answers are checked, and what was right becomes likelier."""
