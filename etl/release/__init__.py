"""A release: its files, publishing it, checking it, removing it."""
