"""What a release knows of its films and of their people, and the lists they are in."""
