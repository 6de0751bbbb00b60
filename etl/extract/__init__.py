"""The raw files: found, fetched and read."""
