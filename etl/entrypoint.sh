#!/bin/sh
# The image's one entry: Lambda gives it the handler's name, people and schedulers what they
# would give `python -m etl`.
set -eu

if [ "$*" = etl.entrypoints.lambda_handler.handler ]; then
    exec /lambda-entrypoint.sh "$@"
fi
# The working folder may be another one, where somebody's files are mounted.
PYTHONPATH=/var/task exec python3.13 -m etl "$@"
