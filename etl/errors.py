"""What stops the job: errors that a person can act on, and the exit codes they end it with."""


class JobError(Exception):
    """The job cannot go on; the message says what to do."""

    exit_code = 1


class RawInputError(JobError):
    """The raw files are missing or not what they should be."""


class WorkerError(JobError):
    """A worker process died."""


class PublishError(JobError):
    """Storage could not be read or written: the place of releases, or where raw files lie."""


class UnsoundError(PublishError):
    """A release is not there, or not what was published."""


class ContractError(JobError):
    """The data are not what the contract says."""

    exit_code = 3


class GoldenError(ContractError):
    """The new release does not answer as it should."""


class OvertakenError(PublishError):
    """Another job has published meanwhile."""

    exit_code = 4
