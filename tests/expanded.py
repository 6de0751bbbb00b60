"""What CloudFormation gets: the templates as SAM expands them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

PROJECT = Path(__file__).parent.parent
# What `sam package` would put in place of what lies on this disk.
_PACKAGED = {
    "CodeUri": "s3://packages/code",
    "ContentUri": "s3://packages/code",
    "DefinitionUri": "s3://packages/definition",
    "Location": "https://packages.s3.amazonaws.com/template",
}


@cache
def expanded(name: str, **parameters: str) -> dict[str, Any]:
    """Return a template, `template.yaml` or one of `infra/`, as plain CloudFormation."""
    return translated(packaged(name), **parameters)


def packaged(name: str) -> dict[str, Any]:
    """Return a template as `sam package` leaves it, to be changed at will."""
    document: dict[str, Any] = yaml_parse((PROJECT / name).read_text())
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        for key in _PACKAGED.keys() & properties.keys():
            properties[key] = _PACKAGED[key]
    return document


def translated(document: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """Return what SAM makes of a packaged template, which it changes on the way."""
    # Policies are named by their ARNs here: none need be looked up by name.
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    document = translator.translate(document, parameters)
    # It gives types of its own; what is deployed is JSON.
    result: dict[str, Any] = json.loads(json.dumps(document))
    return result
