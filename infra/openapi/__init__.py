"""The API's OpenAPI document: derived from the template, the handlers and their types."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "functions" / "docs" / "openapi.json"
