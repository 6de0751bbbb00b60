"""Docker where there is none, and the image that functions run in where it cannot be pulled.

Nothing but the end-to-end tests, `make sam-local` and the job's image needs Docker.
"""
