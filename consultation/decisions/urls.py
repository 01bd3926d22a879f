"""The pages of the decisions room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
