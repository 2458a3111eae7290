"""Who may answer a question: programs, readers, stores and the model, each a source of its own; `order` lists them."""
