"""What a field takes besides its type, written at the field, for pydantic to hold it to.

pydantic reads these from a dataclass's ``Annotated`` fields. They import it only when it asks: shapes are read by
everybody, and pydantic, 10 MB of memory, is needed only by a process that checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class After:
    """A rule for a value of the right type.

    ``rule`` gives back the value to take, and raises ValueError with what is wrong, in words.
    """

    def __init__(self, rule: Callable[[Any], Any]) -> None:
        self.rule = rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.rule, handler(source))


class Before:
    """A rule for a value of any type, whose type is then looked at; otherwise as `After`."""

    def __init__(self, rule: Callable[[Any], Any]) -> None:
        self.rule = rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.rule, handler(source))


class Stripped:
    """A string, and nothing that only could be made one, without white space around it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.str_schema(strip_whitespace=True, strict=True)


class Between:
    """A whole number from ``low`` to ``high``; digits are taken for one."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.int_schema(ge=self.low, le=self.high)


class AtMost(After):
    """So many characters."""

    def __init__(self, limit: int) -> None:
        def rule(value: str) -> str:
            if len(value) > limit:
                from pydantic_core import PydanticKnownError

                raise PydanticKnownError("string_too_long", {"max_length": limit})
            return value

        super().__init__(rule)


class NotEmpty(After):
    """A list with an entry at least."""

    def __init__(self) -> None:
        def rule(value: tuple[Any, ...]) -> tuple[Any, ...]:
            if not value:
                from pydantic_core import PydanticKnownError

                raise PydanticKnownError("too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": 0})
            return value

        super().__init__(rule)
