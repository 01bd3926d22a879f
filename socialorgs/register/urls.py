"""The pages of the register room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
