"""What a field takes besides its type, written at the field, for pydantic to hold it to.

pydantic reads these from a dataclass's ``Annotated`` fields, as it does annotated-types' `MaxLen` and `Interval`. They
import it only when it asks: shapes are read by everybody, and pydantic, 10 MB of memory, is needed only by a process
that checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class After:
    """A rule for a value of the right type.

    ``rule`` gives back the value to take, and raises ValueError with what is wrong, in words.
    """

    rule: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.rule, handler(source))


@dataclass(frozen=True)
class Before:
    """A rule for a value of any type, whose type is then looked at; otherwise as `After`."""

    rule: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.rule, handler(source))


@dataclass(frozen=True)
class Stripped:
    """A string, and nothing that only could be made one, without white space around it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.str_schema(strip_whitespace=True, strict=True)
