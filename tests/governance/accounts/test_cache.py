"""With Redis down nothing fails, and limits still count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client, override_settings
from django.urls import reverse

from governance.accounts.cache import ForgivingRedisCache

DEAD = "unix:///nowhere/valkey.sock?db=0"


@pytest.fixture
def dead_cache() -> Iterator[ForgivingRedisCache]:
    cache = ForgivingRedisCache(DEAD, {"KEY_PREFIX": "test"})
    cache._memory.clear()
    yield cache
    cache._memory.clear()
    ForgivingRedisCache.failed_at = None


def test_a_dead_server_is_replaced_by_the_memory(dead_cache: ForgivingRedisCache) -> None:
    assert dead_cache.get("a", "none") == "none"
    assert dead_cache.add("a", 1) is True
    assert dead_cache.add("a", 2) is False
    dead_cache.set("b", [1])

    assert dead_cache.get_many(["a", "b", "c"]) == {"a": 1, "b": [1]}
    assert dead_cache.incr("a") == 2
    assert dead_cache.has_key("a")
    assert dead_cache.touch("a", 60)
    assert dead_cache.delete("a")
    assert dead_cache.get_or_set("d", 4) == 4
    dead_cache.set_many({"e": 5})
    dead_cache.delete_many(["e"])
    assert dead_cache.get("e") is None
    dead_cache.clear()
    assert dead_cache.get("b") is None


def test_a_dead_server_is_left_alone_for_a_while(
    dead_cache: ForgivingRedisCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead_cache.get("a")
    asked = []
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *_a, **_k: asked.append(1))

    dead_cache.get("a")

    assert asked == []


def test_a_server_that_is_back_is_used_again(dead_cache: ForgivingRedisCache) -> None:
    dead_cache.get("a")
    ForgivingRedisCache.failed_at = -1000.0
    living = ForgivingRedisCache(caches["default"]._servers[0], {"KEY_PREFIX": "back"})

    living.set("a", 1, 5)

    assert ForgivingRedisCache.failed_at is None
    assert living.get("a") == 1


def test_missing_keys_fail_as_ever(dead_cache: ForgivingRedisCache) -> None:
    with pytest.raises(ValueError, match="not found"):
        dead_cache.incr("nothing")


@pytest.mark.django_db
def test_signing_in_works_and_is_limited_without_redis(dead_cache: ForgivingRedisCache) -> None:
    dead = {"default": {"BACKEND": "governance.accounts.cache.ForgivingRedisCache", "LOCATION": DEAD}}
    with override_settings(CACHES=dead):
        url = reverse("account_request_login_code")
        answers = [Client().post(url, {"phone": "13800138000"}).status_code for _ in range(4)]
        caches["default"]._memory.clear()

    assert answers == [302, 302, 302, 200]


@pytest.mark.parametrize("name", ["dead", "live"])
def test_counts_go_up_by_one_and_end_with_their_time(name: str, dead_cache: ForgivingRedisCache) -> None:
    cache = dead_cache if name == "dead" else caches["default"]
    cache.delete("counted")

    assert [cache.count("counted", 60) for _number in range(3)] == [1, 2, 3]
    cache.delete("counted")
    assert cache.count("counted", 60) == 1
