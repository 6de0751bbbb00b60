"""What the SAM CLI and CloudFormation's registry make of the templates, without an account."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.local.sam import SAM
from tests.expanded import PROJECT, packaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-south-2",
}
# Nothing listens there.
NOWHERE = "tcp://127.0.0.1:9"
PATIENCE_SECONDS = 120

# Prints, by the SAM CLI's own reading with one set of parameters after the other, the nested stacks
# and the functions whose images it would build or push. A guided deployment asks for a repository
# for each of these, and then for Docker.
_READ = """
import json, sys
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

for parameters in json.loads(sys.argv[2]):
    stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1], parameter_overrides=parameters)
    functions = SamFunctionProvider(stacks, ignore_code_extraction_warnings=True).get_all()
    images = [function.full_path for function in functions if function.packagetype == "Image"]
    print(json.dumps({"stacks": [stack.stack_path for stack in stacks], "images": images}))
"""


def test_no_image_is_the_sam_clis_to_build_or_push() -> None:
    image = "123456789012.dkr.ecr.eu-south-2.amazonaws.com/cartelera:1"
    parameters = json.dumps([{}, {"JobImageUri": ""}, {"JobImageUri": image}])

    done = subprocess.run(  # noqa: S603 (the command is ours)
        [SAM.with_name("python"), "-c", _READ, PROJECT / "template.yaml", parameters],
        capture_output=True,
        text=True,
        check=True,
    )

    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(read) == len(json.loads(parameters))
    for each in read:
        assert "Job" in each["stacks"]
        assert each["images"] == []


# Prints what of a type of resource cannot be changed in place, by CloudFormation's registry, which
# the linter brings along.
_REPLACING = """
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", sys.argv[1]).schema
print(json.dumps(schema["createOnlyProperties"]))
"""


def test_another_description_is_another_version_to_cloudformation() -> None:
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [SAM.with_name("python"), "-c", _REPLACING, "AWS::Lambda::Version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "/properties/Description" in json.loads(done.stdout)


@pytest.fixture
def aws() -> Iterator[str]:
    """Serve moto's AWS with the bucket that the SAM CLI keeps its uploads in; return its address.

    moto does not make the CLI's own template of it to its satisfaction.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    session = boto3.Session(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
    bucket = {
        "Resources": {"Uploads": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {"SourceBucket": {"Value": {"Ref": "Uploads"}}},
    }
    session.client(
        "cloudformation", endpoint_url=url, region_name=KEYS["AWS_DEFAULT_REGION"]
    ).create_stack(
        StackName="aws-sam-cli-managed-default",
        TemplateBody=json.dumps(bucket),
        Tags=[{"Key": "ManagedStackSource", "Value": "AwsSamCli"}],
    )
    yield url
    server.stop()


def test_a_first_guided_deployment_asks_for_no_image_and_no_docker(
    aws: str, tmp_path: Path
) -> None:
    # The stack, the region, the parameters, and three questions on how to deploy: by default.
    # Then whether to save it all, and what else may be asked.
    answers = "\n" * (2 + len(packaged("template.yaml")["Parameters"]) + 3) + "n\n" * 5

    done = subprocess.run(  # noqa: S603 (the command is ours)
        [SAM, "deploy", "--guided", "--template", PROJECT / "template.yaml"],
        input=answers,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        cwd=tmp_path,
        env=os.environ
        | KEYS
        | {"AWS_ENDPOINT_URL": aws, "DOCKER_HOST": NOWHERE, "SAM_CLI_TELEMETRY": "0"},
    )

    # What it uploads is what it goes on to deploy; moto does not expand the template.
    assert "Initiating deployment" in done.stdout, done.stderr
    assert "Uploading to cartelera/" in done.stderr
    for word in ("ECR", "Image repositor", "container runtime"):
        assert word not in done.stdout
        assert word not in done.stderr.replace("ECR registry image for ImageUri", "")
