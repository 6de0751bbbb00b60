"""What one does with a deployed stack: publish a first catalogue, and take everything down."""
