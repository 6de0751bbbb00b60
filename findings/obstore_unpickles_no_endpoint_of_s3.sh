#!/usr/bin/env bash
# obstore 0.12.1: an S3Store that was given the endpoint of S3 alone (aws_endpoint_url_s3) is pickled
# without a word, and cannot be unpickled.
#
# A store's config names its keys without "aws_", and a pickle holds that config. For other keys the
# constructor takes both names; "endpoint_url_s3" it does not know. So a store of such an endpoint,
# as of a stand-in for S3, does not reach another process, and S3Store(config=store.config) fails in
# the same way, while one of aws_endpoint_url can do both.
#
# Output seen:
#   aws_endpoint_url: config has endpoint, unpickled
#   aws_endpoint_url_s3: config has endpoint_url_s3, UnknownConfigurationKeyError
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check obstore==0.12.1
"$work/venv/bin/python" - <<'PYTHON'
import pickle

from obstore.store import S3Store

said = []
for key in ("aws_endpoint_url", "aws_endpoint_url_s3"):
    config = {key: "http://127.0.0.1:9", "aws_region": "us-east-1"}
    store = S3Store("bucket", config=config, client_options={"allow_http": True})
    pickled = pickle.dumps(store)
    (named,) = (name for name in store.config if name.startswith("endpoint"))
    try:
        pickle.loads(pickled)
    except Exception as error:
        outcome = type(error).__name__
    else:
        outcome = "unpickled"
    said.append(f"{key}: config has {named}, {outcome}")
print("\n".join(said))
assert said == [
    "aws_endpoint_url: config has endpoint, unpickled",
    "aws_endpoint_url_s3: config has endpoint_url_s3, UnknownConfigurationKeyError",
]
PYTHON
