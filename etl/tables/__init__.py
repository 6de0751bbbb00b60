"""The look-up tables, one a question."""
