"""The pages of the volunteering room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
