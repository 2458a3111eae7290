"""Public sets in the formats that their authors published them in, one converter per file."""
