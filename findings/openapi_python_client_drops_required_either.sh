#!/usr/bin/env bash
# openapi-python-client 0.29.1: an object schema that has `properties` and says by `anyOf` that one
# of two of them is required (`anyOf: [{required: [a]}, {required: [b]}]`, which OpenAPI 3.1 takes
# from JSON Schema 2020-12) gets no model. Its fields are in no generated file, and where it is used
# the type says nothing. The same schema without `anyOf` gets a model with both fields. The
# generation ends with success.
#
# Two schemas that differ in `anyOf` alone are generated from one document, which
# openapi-spec-validator finds valid.
#
# Seen: models __init__.py, ask_body.py, plain.py; fields `plain: Plain | Unset`, `either: Any | Unset`
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'openapi-python-client==0.29.1' 'openapi-spec-validator==0.9.0'
cat >"$folder/document.json" <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "Films", "version": "1"},
  "paths": {
    "/films": {
      "post": {
        "operationId": "ask",
        "requestBody": {"content": {"application/json": {"schema": {
          "type": "object",
          "properties": {
            "plain": {"$ref": "#/components/schemas/Plain"},
            "either": {"$ref": "#/components/schemas/Either"}
          }
        }}}},
        "responses": {"204": {"description": "done"}}
      }
    }
  },
  "components": {"schemas": {
    "Plain": {
      "type": "object",
      "properties": {"title": {"type": "string"}, "number": {"type": "integer"}}
    },
    "Either": {
      "type": "object",
      "properties": {"title": {"type": "string"}, "number": {"type": "integer"}},
      "anyOf": [{"required": ["title"]}, {"required": ["number"]}]
    }
  }}
}
JSON
"$folder/venv/bin/openapi-spec-validator" "$folder/document.json"
"$folder/venv/bin/openapi-python-client" generate --meta none --path "$folder/document.json" \
	--output-path "$folder/client"
models=$(ls "$folder/client/models" | xargs)
fields=$(grep -hE '^    (plain|either):' "$folder/client/models/ask_body.py" | xargs)
echo "$models; $fields"
[[ $models == "__init__.py ask_body.py plain.py" ]]
[[ $fields == "plain: Plain | Unset = UNSET either: Any | Unset = UNSET" ]]
