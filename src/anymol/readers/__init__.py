"""Files people have, read into rows: one format per file, a bad record becomes a row with an error."""
