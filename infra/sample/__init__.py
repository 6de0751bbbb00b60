"""Raw folders to try the job on: a small embedded catalogue and a generator for volume."""
