"""Whether inputs that are said to be of one molecule are: what chemistry tells of each pair, as a probability."""
