"""Replies in JSON of a schema: how they are asked for, and how they are found in what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from openai.types.shared_params import ResponseFormatJSONSchema


def response_format(name: str, reply: type[BaseModel]) -> ResponseFormatJSONSchema:
    """What asks an endpoint for nothing but JSON of *reply*'s schema."""
    schema = _strict(reply.model_json_schema())
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def json_part(text: str) -> str:
    """The outermost object in *text*: some models wrap it in a fence or in words."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _strict(schema: dict[str, Any]) -> dict[str, Any]:  # a JSON schema
    """The schema as strict structured output wants it: all properties required, no others."""
    for value in schema.values():
        for nested in value if isinstance(value, list) else [value]:
            if isinstance(nested, dict):
                _strict(nested)
    if schema.get("type") == "object" and isinstance(properties := schema.get("properties"), dict):
        schema["required"] = list(properties)
        schema["additionalProperties"] = False
        for prop in properties.values():
            prop.pop("default", None)
    return schema
