"""What a free question contains and asks for, before anything is chosen that answers it."""
