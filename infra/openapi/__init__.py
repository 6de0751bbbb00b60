"""The API's OpenAPI documents: derived from the template, the handlers and their types."""

from infra.local import PROJECT

DOCUMENT = PROJECT / "functions" / "docs" / "openapi.json"
ENGLISH_DOCUMENT = DOCUMENT.with_suffix(".en.json")
