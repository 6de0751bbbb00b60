"""A published release, looked into: one film, what differs from another, the films as CSV."""
