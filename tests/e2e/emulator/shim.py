"""The emulator, and what it lacks of AWS that the templates rest on; runs in `.venv-emulator`.

Each of these is there because a deploy or a question ended without it. What stands for a service
does as little as lets the rest be walked; what can reach users does what AWS documents.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import apigateway_v1 as api
from ministack.services import cloudformation, lambda_svc, stepfunctions
from ministack.services.cloudformation import (
    changesets,
    engine,
    handlers,
    provisioners,
    stacks,
)
from samtranslator.translator.transform import transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    type Properties = Mapping[str, Any]
    type Made = tuple[str, dict[str, str]]

PROJECT = Path(__file__).parents[3]
_HANDLERS = provisioners._RESOURCE_HANDLERS
_NAMED_ACROSS_STACKS = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
}


def expand(template: dict[str, Any], given: Any = None, previous: Any = None) -> dict[str, Any]:
    """Apply the SAM transform, which CloudFormation gives the parameters' values; it does not."""
    if "AWS::Serverless-2016-10-31" not in engine.declared_transforms(template):
        return template
    values = engine._transform_parameters(template, given, previous)
    os.environ["AWS_DEFAULT_REGION"] = engine.get_region()
    expanded: dict[str, Any] = transform(template, values, engine._NO_IAM_POLICY_LOADER)
    return expanded


def deploy_nested(deploy: Callable[..., Made]) -> Callable[..., Made]:
    """Expand nested templates, too, with what their stack is given."""
    parse = engine._parse_template

    def deploy_expanded(name: str, properties: Properties, *rest: Any, **options: Any) -> Made:
        given = [
            {"Key": key, "Value": str(value)}
            for key, value in (properties.get("Parameters") or {}).items()
        ]
        engine._parse_template = lambda body: expand(parse(body), given)
        try:
            return deploy(name, properties, *rest, **options)
        finally:
            engine._parse_template = parse

    return deploy_expanded


def keep_attributes(update: Callable[..., Made]) -> Callable[..., Made]:
    """Let a nested stack's resource have after an update what it had before, and what is new."""

    def update_and_keep(kind: str, id_: str, *properties: Any) -> Made:
        *_, stack, name = properties
        before = cloudformation._stacks[stack]["_resources"].get(name, {}).get("Attributes", {})
        made, attributes = update(kind, id_, *properties)
        return made, {**before, **attributes} if made == id_ else attributes

    return update_and_keep


def refuse_taken_names(provision: Callable[..., Made]) -> Callable[..., Made]:
    """Refuse what another stack has made of that name, as the services do."""

    def provision_or_refuse(kind: str, name: str, properties: Any, stack: str) -> Made:
        made, attributes = provision(kind, name, properties, stack)
        if kind in _NAMED_ACROSS_STACKS:
            for other in cloudformation._stacks.values():
                if other["StackName"] == stack:
                    continue
                for each in other["_resources"].values():
                    taken = each["PhysicalResourceId"].partition("|")[0]
                    if (each["ResourceType"], taken) == (kind, made.partition("|")[0]):
                        raise ValueError(f"{taken} already exists in stack {other['StackName']}")
        return made, attributes

    return provision_or_refuse


def nothing(name: str, _properties: Properties, stack: str) -> Made:
    """Make a resource of which only the name is ever asked, and the ARN."""
    return f"{stack}-{name}", {"Arn": f"arn:aws:emulated:{engine.get_region()}::{stack}-{name}"}


def single_metric(record: Callable[[str, Properties], Any]) -> Callable[[str, Properties], Any]:
    """Take the first metric of an expression for the alarm's own: it never rings here."""

    def record_first(name: str, properties: Properties) -> Any:
        metrics = [
            each["MetricStat"] for each in properties.get("Metrics", ()) if "MetricStat" in each
        ]
        if metrics:
            first, *_ = metrics
            kept = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**kept, **first["Metric"], "Period": first["Period"]}
        return record(name, properties)

    return record_first


def import_body(import_: Callable[..., str]) -> Callable[..., str]:
    """Read what SAM writes into an API's body: methods of any name, and the gateway's answers."""

    def import_all(spec: dict[str, Any], data: Any = None) -> str:
        paths = {
            path: {
                "any" if method == "x-amazon-apigateway-any-method" else method: operation
                for method, operation in item.items()
            }
            for path, item in spec["paths"].items()
        }
        api_id = import_({**spec, "paths": paths}, data)
        for kind, response in spec.get("x-amazon-apigateway-gateway-responses", {}).items():
            api._put_gateway_response(api_id, kind, response)
        return api_id

    return import_all


def update_api(update: Callable[..., Made]) -> Callable[..., Made]:
    """Import a changed body into the API that is there, which keeps its address."""

    def update_in_place(api_id: str, old: Properties, new: Properties, *rest: Any) -> Made:
        if new.get("Body") != old.get("Body"):
            other = api._import_rest_api(new["Body"])
            for store in (api._resources, api._gateway_responses):
                store[api_id] = store.pop(other, {})
            api._delete_rest_api(other)
        return update(api_id, {**old, "Body": new.get("Body")}, new, *rest)

    return update_in_place


def deploy_size(create: Callable[..., Any]) -> Callable[..., Any]:
    """Let a deployment hold the size from which answers are compressed, as it holds the rest."""

    def create_with_size(api_id: str, data: Any) -> Any:
        status, headers, body = create(api_id, data)
        if api_id in api._rest_apis:
            made = api._deployments_v1[api_id][json.loads(body)["id"]]
            made["compressed_from"] = api._rest_apis[api_id].get("minimumCompressionSize")
        return status, headers, body

    return create_with_size


def compress(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Compress answers as the stage's deployment says."""

    async def execute_compressed(
        api_id: str, stage: str, method: str, path: str, headers: dict[str, str], *rest: Any
    ) -> Any:
        status, answered, body = await execute(api_id, stage, method, path, headers, *rest)
        # It cannot send what a function may answer, no body at all.
        body = body or b""
        deployed = api.stages_for_api(api_id).get(stage, {}).get("deploymentId")
        size = api._deployments_v1.get(api_id, {}).get(deployed, {}).get("compressed_from")
        if (
            size is None
            or not body
            or len(body) < int(size)
            or "gzip" not in headers.get("accept-encoding", "")
        ):
            return status, answered, body
        kept = {key: value for key, value in answered.items() if key.lower() != "content-length"}
        return status, {**kept, "Content-Encoding": "gzip"}, gzip.compress(body, 1)

    return execute_compressed


def over_tls(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Take what comes by loopback for what on AWS comes by TLS, which policies demand."""
    said = {"aws:securetransport": "true", "s3:tlsversion": "1.3"}

    def resolve_as_by_tls(key: str, context: Any) -> Any:
        return said.get(key.lower()) or resolve(key, context)

    return resolve_as_by_tls


def start_once(start: Callable[..., Any]) -> Callable[..., Any]:
    """Tell a state machine of a second start by the error's name in Step Functions."""

    def start_or_refuse(resource: str, given: Any) -> Any:
        try:
            return start(resource, given)
        except stepfunctions._ExecutionError as error:
            if error.error == "ExecutionAlreadyExists":
                error.error = "StepFunctions.ExecutionAlreadyExistsException"
            raise

    return start_or_refuse


@cache
def unpacked(layer: bytes) -> bytes:
    """Unpack a layer once, and return one that leads there: it is large, and every function's."""
    folder = Path(mkdtemp(prefix="layer-"))
    with zipfile.ZipFile(io.BytesIO(layer)) as archive:
        archive.extractall(folder)
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        # Before the emulator's own packages, as a layer's are before Lambda's.
        line = f"import sys; sys.path.insert(0, {str(folder / 'python')!r})\n"
        archive.writestr("python/lib/python3.13/site-packages/layer.pth", line)
    return link.getvalue()


def resolve_layer(resolve: Callable[..., bytes | None]) -> Callable[..., bytes | None]:
    """Give functions layers that are already unpacked."""

    def resolve_unpacked(attachment: Any) -> bytes | None:
        layer = resolve(attachment)
        return unpacked(layer) if layer else layer

    return resolve_unpacked


def run_image(function: dict[str, Any], event: Any, _request: str) -> dict[str, Any]:
    """Run the job that is here for the one in its image: there is no Docker, and no registry."""
    config = function.get("config", function)
    environment = {
        **os.environ,
        **config.get("Environment", {}).get("Variables", {}),
        **lambda_runtime.execution_credentials(config),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        "AWS_REGION": lambda_svc.REGION,
    }
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [PROJECT / ".venv" / "bin" / "python", "-m", "tests.e2e.emulator.job"],
        cwd=PROJECT,
        env=environment,
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
    )
    *log, last = done.stdout.splitlines() or [""]
    try:
        answer: dict[str, Any] = json.loads(last)
    except ValueError:
        answer = {
            "body": {"errorType": "Runtime.ExitError", "errorMessage": done.stderr},
            "error": True,
        }
    return {**answer, "log": "\n".join([*log, done.stderr])}


def install() -> None:
    """Put all of it in place."""
    for module in (engine, changesets, handlers):
        module._apply_transforms = expand
    provisioners._cfn_nested_stack_deploy = deploy_nested(provisioners._cfn_nested_stack_deploy)
    iam_evaluator._resolve_condition_key = over_tls(iam_evaluator._resolve_condition_key)
    for module in (provisioners, stacks):
        module._provision_resource = refuse_taken_names(module._provision_resource)
    provisioners._update_resource = keep_attributes(provisioners._update_resource)
    provisioners._cw_metric_alarm_record = single_metric(provisioners._cw_metric_alarm_record)
    for kind in (
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::EMRServerless::Application",
        "AWS::WAFv2::WebACLAssociation",
    ):
        _HANDLERS[kind] = {"create": nothing, "delete": lambda *_: None}
    _HANDLERS["AWS::ApiGateway::RestApi"]["update"] = update_api(
        _HANDLERS["AWS::ApiGateway::RestApi"]["update"]
    )
    stepfunctions._invoke_nested_start_execution = start_once(
        stepfunctions._invoke_nested_start_execution
    )
    api._OPENAPI_HTTP_METHODS.add("any")
    api._import_rest_api = import_body(api._import_rest_api)
    api._create_deployment = deploy_size(api._create_deployment)
    api.handle_execute = compress(api.handle_execute)
    lambda_svc._resolve_layer_zip = resolve_layer(lambda_svc._resolve_layer_zip)
    lambda_svc._execute_function_docker = run_image


if __name__ == "__main__":
    install()
    app.main()
