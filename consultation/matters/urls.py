"""The pages of the matters room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
