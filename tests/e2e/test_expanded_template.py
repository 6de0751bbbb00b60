"""The templates as CloudFormation gets them: made in moto where it can, else looked at as JSON."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.parsing import get_model_map

from tests.expanded import PROJECT, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = (
    "template.yaml",
    *sorted(f"infra/{path.name}" for path in PROJECT.glob("infra/*.yaml")),
)
# What `infra/job.yaml` and its neighbours are told by the stack that nests them.
PARAMETERS = {
    "AlertsTopicArn": "arn:aws:sns:us-east-1:123456789012:alerts",
    "ApiStageArn": "arn:aws:apigateway:us-east-1::/restapis/api/stages/dev",
    "Architecture": "x86_64",
    "Bucket": "releases",
    "FailedInvocationsName": "failed",
    "FunctionLogsName": "/cartelera/dev/functions",
    "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/cartelera:1",
    "LayerArn": "arn:aws:lambda:us-east-1:123456789012:layer:shared:1",
    "LogLevel": "INFO",
    "LogRetentionDays": "30",
    "ReleaseMaxAgeDays": "35",
    "RequestsPerAddress": "1000",
    "S3Endpoint": "https://s3.us-east-1.amazonaws.com",
    "StackName": "cartelera-dev",
    "Stage": "dev",
}
# moto has their types, but not all that these resources ask of them.
BEYOND_MOTO: dict[str, str] = {
    "AWS::ApiGateway::Deployment": "moto deploys no API whose body it ignored",
    "AWS::ApiGateway::RestApi": "moto ignores the body, which is imported by itself",
    "AWS::CloudFormation::Stack": "each nested template is made by itself",
    "AWS::ECR::Repository": "moto gives it no name of its own",
    "AWS::Lambda::Permission": "moto knows no aliases to permit anything on",
    "AWS::Lambda::Version": "moto gives it no attributes",
}
# Conditions that the parameters' defaults do not meet.
OFF_BY_DEFAULT = {
    *("OnArm", "Scheduled", "WithAlarmEmail", "WithApiKey", "WithJob", "WithTasks"),
    *("WithResults", "WithSpark"),
}


def references(value: Any) -> Iterator[str]:
    """The logical ids, parameters and pseudo parameters that part of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for name, argument in value.items():
            if name == "Ref":
                yield argument
            elif name == "Fn::GetAtt":
                yield argument[0] if isinstance(argument, list) else argument.partition(".")[0]
            elif name == "Fn::Sub":
                text, variables = argument if isinstance(argument, list) else (argument, {})
                named = re.findall(r"\$\{([\w:]+)[^}]*\}", text)
                yield from (each for each in named if each not in variables)
                yield from references(variables)
            else:
                yield from references(argument)


def without(value: Any, gone: set[str]) -> Any:
    """A part of a template with placeholders for what was left out of it."""
    if isinstance(value, list):
        return [without(item, gone) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() & {"Ref", "Fn::GetAtt"} and gone.intersection(references(value)):
        return "left-out"
    if "Fn::Sub" in value:
        return {
            "Fn::Sub": json.loads(
                re.sub(
                    r"\$\{(\w+)[^}]*\}",
                    lambda found: "left-out" if found[1] in gone else found[0],
                    json.dumps(value["Fn::Sub"]),
                )
            )
        }
    return {name: without(item, gone) for name, item in value.items()}


def supported(resource: dict[str, Any]) -> bool:
    return resource["Type"] in get_model_map() and resource["Type"] not in BEYOND_MOTO


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", "")
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="packages")
        for key in ("code", "definition"):
            s3.put_object(Bucket="packages", Key=key, Body=package.getvalue())
        yield


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_resource_that_moto_knows_is_made(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    template = expanded(name)
    gone = {each for each, resource in template["Resources"].items() if not supported(resource)}
    made = {
        each: without(resource, gone)
        for each, resource in template["Resources"].items()
        if each not in gone
    }
    known = template.get("Parameters", {})

    cloudformation = boto3.client("cloudformation")
    if made:
        cloudformation.create_stack(
            StackName="cartelera",
            TemplateBody=json.dumps({**template, "Resources": made, "Outputs": {}}),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in PARAMETERS.items()
                if key in known and "Default" not in known[key]
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        described = cloudformation.describe_stack_resources(StackName="cartelera")
        # What a condition left out is listed, too, without anything about it.
        there = Counter(
            each["ResourceType"] for each in described["StackResources"] if "ResourceType" in each
        )
        assert there == Counter(
            resource["Type"]
            for resource in made.values()
            if resource.get("Condition") not in OFF_BY_DEFAULT
        )
    with capsys.disabled():
        print_types(f"{name}: made in moto", made)
        print_types(
            f"{name}: looked at as JSON",
            {each: template["Resources"][each] for each in gone},
        )


def print_types(title: str, resources: dict[str, Any]) -> None:
    types = sorted(resource["Type"] for resource in resources.values())
    print(f"\n  {title}:", end="")  # noqa: T201 (what a run is to show)
    for kind in dict.fromkeys(types):
        print(f" {types.count(kind)} {kind.removeprefix('AWS::')},", end="")  # noqa: T201


@pytest.mark.parametrize("name", TEMPLATES)
def test_whatever_is_referred_to_is_there(name: str) -> None:
    template = expanded(name)
    known = {*template["Resources"], *template.get("Parameters", {})}

    for part in (template["Resources"], template.get("Outputs", {})):
        for each in references(part):
            assert each in known or each.startswith("AWS::"), each
    for resource in template["Resources"].values():
        assert resource.get("Condition") in {None, *template.get("Conditions", {})}


@pytest.mark.usefixtures("aws")
def test_the_api_can_be_imported_and_holds_every_route() -> None:
    body = expanded("template.yaml")["Resources"]["Api"]["Properties"]["Body"]
    # As CloudFormation fills it in; moto asks for descriptions.
    document = json.loads(
        json.dumps(without(body, set())), object_hook=lambda each: each.get("Fn::Sub", each)
    )
    document["info"] |= {"title": "cartelera", "description": "imported"}
    for response in document["x-amazon-apigateway-gateway-responses"].values():
        for header, value in response["responseParameters"].items():
            if isinstance(value, dict):
                response["responseParameters"][header] = value["Fn::If"][1]

    for methods in document["paths"].values():
        for method in methods.values():
            method["responses"]["default"] = {"description": "the function's"}

    gateway = boto3.client("apigateway")
    api = gateway.import_rest_api(body=json.dumps(document).encode(), failOnWarnings=True)

    found = gateway.get_resources(restApiId=api["id"], limit=500)["items"]
    assert {each["path"] for each in found if "resourceMethods" in each} == document["paths"].keys()


def test_every_route_leads_to_a_function_that_lets_it_in() -> None:
    resources = expanded("template.yaml")["Resources"]
    paths = resources["Api"]["Properties"]["Body"]["paths"]
    permissions = [
        (each["Properties"]["FunctionName"]["Ref"], json.dumps(each["Properties"]["SourceArn"]))
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::Permission"
    ]

    assert paths
    for path, methods in paths.items():
        for method in methods.values():
            uri = method["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            (alias,) = re.findall(r"functions/\$\{(\w+)\}/invocations", uri)
            assert resources[alias]["Type"] == "AWS::Lambda::Alias"
            function = resources[alias]["Properties"]["FunctionName"]["Ref"]
            assert resources[function]["Type"] == "AWS::Lambda::Function"
            at_path = re.sub(r"\{[^}]*\}", "*", path)
            assert any(to == alias and f'/*{at_path}"' in source for to, source in permissions)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_rule_has_a_target_every_role_a_policy_and_every_permission_a_function(
    name: str,
) -> None:
    resources = expanded(name)["Resources"]

    for each in resources.values():
        properties = each.get("Properties", {})
        if each["Type"] == "AWS::Events::Rule":
            assert properties["Targets"]
            for target in properties["Targets"]:
                assert set(references(target["Arn"])) <= resources.keys()
        if each["Type"] == "AWS::Scheduler::Schedule":
            assert set(references(properties["Target"]["Arn"])) <= resources.keys()
        if each["Type"] == "AWS::IAM::Role":
            assert properties.get("Policies") or properties.get("ManagedPolicyArns")
        if each["Type"] == "AWS::Lambda::Permission":
            (function,) = references(properties["FunctionName"])
            assert resources[function]["Type"] in ("AWS::Lambda::Function", "AWS::Lambda::Alias")
        if each["Type"] == "AWS::Lambda::Function":
            (role,) = references(properties["Role"])
            assert resources[role]["Type"] == "AWS::IAM::Role"
