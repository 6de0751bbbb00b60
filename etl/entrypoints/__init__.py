"""How the job is started: from the command line, as a Lambda function, as a task."""
