"""Many questions in one message from a queue."""
