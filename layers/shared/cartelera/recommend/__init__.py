"""The model, and lists of films made with it."""
