"""A cache that forgives: when Redis is down, nothing is cached and nothing fails."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, with every failure of the server turned into a miss (pages work without Redis)."""

    def _forgive(self, name: str, fallback: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            logger.warning("cache unavailable", extra={"operation": name, "error": type(error).__name__})
            return fallback

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Pretend that the key was free."""
        return self._forgive("add", 1, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Miss."""
        return self._forgive("get", default, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""
        self._forgive("set", None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Find nothing to touch."""
        return self._forgive("touch", 0, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Find nothing to delete."""
        return self._forgive("delete", 0, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """Miss all."""
        return self._forgive("get_many", {}, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Store none."""
        return self._forgive("set_many", [], *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Miss."""
        return self._forgive("has_key", 0, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """Count from nothing."""
        return self._forgive("incr", delta, key, delta, version)
