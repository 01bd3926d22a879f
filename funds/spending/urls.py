"""The pages of the spending room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
