"""Commands on a deployed stack: publish a catalogue, and delete the stack with all its data."""
