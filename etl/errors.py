"""What stops the job: errors that a person can act on, shown as one line."""


class JobError(Exception):
    """The job cannot go on; the message says what to do."""


class RawInputError(JobError):
    """The raw files are missing or not what they should be."""


class PublishError(JobError):
    """The release could not be written."""
