#!/usr/bin/env bash
# obstore 0.12.1: `S3Store(…, endpoint=…)` writes to the server of the environment's
# AWS_ENDPOINT_URL_S3, and not to the one that the argument names. AWS_ENDPOINT_URL gives way to the
# argument. A caller who names the place cannot be sure of it while that variable is set.
# Nothing is raised: the object is there, in the other place.
#
# Two S3 servers run here, each with a bucket of the same name. One object is written for each
# variable, and asked for at both.
#
# Seen: AWS_ENDPOINT_URL     → at the server of the argument
#       AWS_ENDPOINT_URL_S3  → at the server of the variable
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'obstore==0.12.1' 'moto[s3,server]==5.2.5' 'boto3==1.43.106'
cat >"$folder/run.py" <<'PY'
import os
import subprocess
import sys

import boto3

BUCKET = "films"
WRITE = """
import sys
from obstore.store import S3Store
S3Store(sys.argv[1], endpoint=sys.argv[2], allow_http=True).put(sys.argv[3], b"1")
"""
SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
"""
keys = {
    "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
}
own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | keys
servers = [
    subprocess.Popen([sys.executable, "-c", SERVE], env=own, text=True,
                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _ in range(2)
]
argument, variable = (f"http://{server.stdout.readline().strip()}" for server in servers)


def client(url):
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1",
                        aws_access_key_id="x", aws_secret_access_key="x")


for url in (argument, variable):
    client(url).create_bucket(Bucket=BUCKET)
seen = {}
for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
    subprocess.run([sys.executable, "-c", WRITE, BUCKET, argument, name],
                   env=own | {name: variable}, check=True)
    seen[name] = [
        where for where, url in (("argument", argument), ("variable", variable))
        if any(each["Key"] == name
               for each in client(url).list_objects_v2(Bucket=BUCKET).get("Contents", []))
    ]
    print(f"{name}: at the server of the {' and the '.join(seen[name])}")
for server in servers:
    server.stdin.close()
    server.wait()
if seen != {"AWS_ENDPOINT_URL": ["argument"], "AWS_ENDPOINT_URL_S3": ["variable"]}:
    sys.exit("it is another way now")
PY
"$folder/venv/bin/python" "$folder/run.py"
