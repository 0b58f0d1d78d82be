"""Reading request bodies: strictly, once, and with errors that name the field."""

import re
from collections.abc import Generator
from typing import Any, ClassVar, Final

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from stepaside.api.map_keys import with_keys
from stepaside.api.problems import NotJson, UnparsableBody
from stepaside.api.wording import KEY, allowed_at, in_words
from stepaside.core.errors import InvalidField

_AT: Final = re.compile(
    r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>.*)`)?$", re.DOTALL
)
_STEP: Final = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_VALUE: Final = re.compile(r"^Invalid enum value '(.*)'$")
_NAMED: Final = re.compile(r"^Object (?P<what>.*) field `(?P<name>.+)`$")
_JSON: Final = ("application/json", "")
_NUL: Final = b"\\u0000"


class StrictJson(AbstractDTO[Any]):
    """Decodes `data` as its own type: nothing is coerced, nothing unknown accepted.

    Litestar's own way turns "5" into 5, and reads the body twice.
    """

    config: ClassVar[DTOConfig] = DTOConfig()
    model_type = object
    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Every type can be decoded."""
        return True

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Never asked: nothing is taken apart."""
        return False

    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition]:
        """Never asked: nothing is taken apart."""
        yield from ()

    @classmethod
    def create_for_field_definition(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        backend_cls: Any = None,
    ) -> None:
        """Make the decoder of one handler, at the start."""
        if field_definition.name == "data":
            decoder = msgspec.json.Decoder(field_definition.annotation)
            cls._decoders[handler_id] = decoder

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        schema_creator: SchemaCreator,
    ) -> Reference | Schema:
        """Describe the type itself."""
        return schema_creator.for_field_definition(field_definition)

    def decode_bytes(self, value: bytes) -> Any:
        """Read a body that is not empty.

        Raises:
            NotJson: it says that it is something else.
            UnparsableBody: it is not JSON.
            InvalidField: JSON of another shape; names the first field that is wrong.
        """
        connection = self.asgi_connection
        media_type = connection.headers.get("content-type", "").partition(";")[0]
        if media_type.strip().lower() not in _JSON:
            raise NotJson(media_type)
        decoder = self._decoders[connection.route_handler.handler_id]
        return decode(decoder, value)


def decode(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any:
    """Read JSON with a decoder of ours, refusing in our words.

    Raises:
        UnparsableBody: it is not JSON.
        InvalidField: JSON of another shape; names the first field that is wrong.
    """
    try:
        decoded = decoder.decode(value)
        if _NUL in value:
            _refuse_nul(msgspec.json.decode(value), "")
    except msgspec.ValidationError as error:
        raise _invalid(str(error), decoder, value) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnparsableBody(f"The body is not valid JSON: {error}") from None
    return decoded


def _refuse_nul(value: Any, path: str) -> None:
    """PostgreSQL stores every character but this one."""
    match value:
        case str() if "\0" in value:
            raise InvalidField(path, "may not contain the character U+0000")
        case list():
            for place, item in enumerate(value):
                _refuse_nul(item, f"{path}[{place}]")
        case dict():
            for name, item in value.items():
                _refuse_nul(name, path)
                _refuse_nul(item, f"{path}.{name}" if path else name)
        case _:
            pass


def _invalid(
    message: str, decoder: msgspec.json.Decoder[Any], value: bytes
) -> InvalidField:
    found = _AT.match(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    steps = _STEP.findall(path)
    if named := _NAMED.match(what):
        steps.append(named["name"])
        what = "required" if "missing" in named["what"] else "unknown field"
    allowed = allowed_at(decoder.type, steps)
    if found and found["key"]:
        allowed = allowed_at(decoder.type, [*steps, KEY])
        steps += _VALUE.findall(what)
    steps = with_keys(decoder, value, steps)
    return InvalidField(_joined(steps) or "body", in_words(what, allowed))


def _joined(steps: list[str]) -> str:
    path = "".join(step if step.startswith("[") else f".{step}" for step in steps)
    return path.lstrip(".")
