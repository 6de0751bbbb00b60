"""The cleaned films, and the names of what they refer to."""
