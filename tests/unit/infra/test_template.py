"""The template and the folders it names belong together."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import LOOK_UPS
from infra.local.sam import FUNCTIONS_ENDPOINT
from tests.expanded import expanded

if TYPE_CHECKING:
    import pytest

    from infra.local.template import Template


def test_every_function_folder_is_deployed_and_every_function_has_a_folder(
    template: Template, pytestconfig: pytest.Config
) -> None:
    functions = pytestconfig.rootpath / "functions"
    folders = {path.parent.resolve() for path in functions.glob("*/app.py")}
    bulk = expanded("infra/bulk.yaml")["Resources"]["ConsultasEnLoteFunction"]["Properties"]
    in_bulk = functions / bulk["Handler"].partition("/")[0]

    assert {function.code.resolve() for function in template.functions} | {in_bulk} == folders


def test_every_function_answers_at_the_route_it_is_called_after(template: Template) -> None:
    folders = {function.name: function.code.name for function in template.functions}

    for name, folder in folders.items():
        by_query, *others = sorted(
            {route.path for route in template.routes if route.function == name}
        )
        assert by_query == ("/" if folder == "pagina" else f"/{folder}")
        for path in others:
            assert re.fullmatch(rf"/{folder}/{{\w+\+}}|/openapi\.json", path)


def test_what_a_name_is_looked_up_in_can_be_asked_with_the_name_in_the_path(
    template: Template,
) -> None:
    paths = {route.path.partition("{")[0] for route in template.routes if "+}" in route.path}

    assert {f"/{schema.route}/" for schema in LOOK_UPS} <= paths


def test_what_the_template_itself_knows_reaches_the_functions(template: Template) -> None:
    shared = {
        "CARTELERA_ALLOWED_ORIGINS": "*",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "cartelera",
    }
    own = {
        "RecomendacionFunction": {"OPENBLAS_NUM_THREADS": "1"},
        "DocsFunction": {"CARTELERA_API_KEY": ""},
    }

    for function in template.functions:
        assert function.environment == shared | own.get(function.name, {})


def test_sam_local_can_lead_every_function_to_another_s3() -> None:
    functions = {
        name: resource["Properties"]["Environment"]["Variables"]
        for name, resource in expanded("template.yaml")["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }

    assert functions
    for name, variables in functions.items():
        assert {RELEASES_VARIABLE, FUNCTIONS_ENDPOINT} <= variables.keys(), name


def test_the_configuration_has_an_environment_for_each_stage(pytestconfig: pytest.Config) -> None:
    configuration = tomllib.loads((pytestconfig.rootpath / "samconfig.toml").read_text())

    assert {"default", "dev", "prod"} <= configuration.keys()
    for stage in ("dev", "prod"):
        assert (
            f'Stage="{stage}"'
            in configuration[stage]["deploy"]["parameters"]["parameter_overrides"]
        )


def test_what_the_gateway_refuses_itself_is_a_problem_body_that_browsers_may_read(
    template: Template,
) -> None:
    for name, response in template.gateway_responses.items():
        # As API Gateway fills it in.
        problem = json.loads(response.body.replace("$context.error.messageString", '"because"'))
        # An unknown route has a name that says so; API Gateway's does not.
        kind = "NoSuchRouteError" if name == "MISSING_AUTHENTICATION_TOKEN" else name
        assert problem["type"] == f"urn:cartelera:{kind}"
        assert problem["title"]
        assert problem["detail"]
        assert problem.get("status") == response.status
        assert response.headers["Content-Type"].startswith("application/problem+json")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    body = expanded("template.yaml")["Resources"]["Api"]["Properties"]["Body"]
    for expanded_response in body["x-amazon-apigateway-gateway-responses"].values():
        allowed = expanded_response["responseParameters"][
            "gatewayresponse.header.Access-Control-Allow-Origin"
        ]
        assert allowed["Fn::If"][:2] == ["WithOrigins", "'*'"]


def test_a_key_is_asked_for_at_every_route_only_where_it_is_required() -> None:
    def secured(api_key: str) -> list[bool]:
        body = expanded("template.yaml", ApiKey=api_key)["Resources"]["Api"]["Properties"]["Body"]
        return [
            method.get("security") == [{"api_key": []}]
            for methods in body["paths"].values()
            for method in methods.values()
        ]

    assert not any(secured(""))
    assert all(secured("required"))


def test_a_new_version_can_be_tried_on_some_of_the_requests_before_it_takes_over() -> None:
    resources = expanded("template.yaml", Rollout="Canary10Percent5Minutes")["Resources"]

    groups = [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    ]
    aliases = [each for each in resources.values() if each["Type"] == "AWS::Lambda::Alias"]
    assert len(groups) == len(aliases) > 0
    for group in groups:
        _, variables = group["DeploymentConfigName"]["Fn::Sub"]
        assert variables == {"ConfigName": "Canary10Percent5Minutes"}
        assert len(group["AlarmConfiguration"]["Alarms"]) == 3
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    for alias in aliases:
        assert "CodeDeployLambdaAliasUpdate" in alias["UpdatePolicy"]
