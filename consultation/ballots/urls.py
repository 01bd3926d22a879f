"""The pages of the ballots room."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
