"""The engines: each runs the steps of the plan, in this process with its workers, or on Spark."""
