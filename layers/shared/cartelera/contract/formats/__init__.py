"""The formats of what a release holds beside parquet: written by the job, read by functions."""
