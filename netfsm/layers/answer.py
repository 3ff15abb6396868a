"""What rows say to the one who asked."""

from __future__ import annotations

from typing import Any

from attrs import define

__all__ = ["Answer"]


@define
class Answer:
    """What a row said to the one who asked: a value, or why not."""

    value: Any = None
    error: Exception | None = None

    def result(self) -> Any:
        """The value. Raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return self.value
