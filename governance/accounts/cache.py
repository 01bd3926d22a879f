"""A cache that forgives: when Redis is down, nothing fails, and limits still count."""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
"""How long a server that failed is left alone, so that a dead host costs one timeout and not one per call."""


class _CountingMemory(LocMemCache):
    """The process's own memory, which counts as the server does."""

    def _count(self, key: str, seconds: int) -> int:
        self.add(key, 0, seconds)
        return self.incr(key)


class _CountingRedis(RedisCache):
    """Django's cache, with a count in one round trip."""

    @cached_property
    def _counter(self) -> Any:
        """Keep one client: each new one costs more than the count."""
        return self._cache.get_client(None, write=True)

    def _count(self, key: str, seconds: int) -> int:
        pipeline = self._counter.pipeline(transaction=False)
        name = self.make_and_validate_key(key)
        number: int = pipeline.set(name, 0, ex=seconds, nx=True).incr(name).execute()[-1]
        return number


class ForgivingRedisCache(_CountingRedis):
    """Django's Redis cache, with the process's own memory in its place while the server does not answer.

    Attempts to sign in and requests of partners are counted here: with Redis down each process counts for itself, which
    is looser by the number of processes and still a limit. What the memory holds is not carried over.
    """

    failed_at: float | None = None

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = _CountingMemory("while-redis-is-down", {**params, "OPTIONS": {"MAX_ENTRIES": 10_000}})

    def _forgive(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Ask the server, or the memory while the server does not answer."""
        kind = type(self)
        if kind.failed_at is None or time.monotonic() - kind.failed_at >= PAUSE_SECONDS:
            try:
                answer = getattr(super(), name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                logger.warning("cache unavailable", extra={"operation": name, "error": type(error).__name__})
                kind.failed_at = time.monotonic()
            else:
                kind.failed_at = None
                return answer
        return getattr(self._memory, name)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Set a key that is free."""
        return self._forgive("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Read a key."""
        return self._forgive("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Set a key."""
        self._forgive("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Give a key more time."""
        return self._forgive("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete a key."""
        return self._forgive("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """Read several keys."""
        return self._forgive("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Set several keys."""
        return self._forgive("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        """Delete several keys."""
        return self._forgive("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Tell whether a key is there."""
        return self._forgive("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        """Count up a key that is there."""
        return self._forgive("incr", *args, **kwargs)

    def count(self, key: str, seconds: int) -> int:
        """Count one more under a key that lives so long from its first count, and return the count; one round trip."""
        number: int = self._forgive("_count", key, seconds)
        return number

    def clear(self) -> Any:
        """Empty the cache."""
        return self._forgive("clear")
