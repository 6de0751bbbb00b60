"""The API's OpenAPI document: derived from the template, the handlers and their types."""

from infra.local import PROJECT

DOCUMENT = PROJECT / "functions" / "docs" / "openapi.json"
