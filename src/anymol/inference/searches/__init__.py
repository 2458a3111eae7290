"""How answers are looked for: each search follows one prompt, a step at a time, beside others in the same batch."""
