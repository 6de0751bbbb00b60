"""The job: from the raw files to a release."""
