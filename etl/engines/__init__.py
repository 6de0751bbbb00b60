"""The steps of the job, run on one machine or on Spark."""
