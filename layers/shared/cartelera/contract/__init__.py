"""What the job writes and the functions read, defined once for both."""
