import time

import httpx
from conftest import NEW
from grantex import ExchangeTokenParams


def test_honest_use_is_served_without_a_wait(developer):
    """30 authorize calls and 200 others within ten seconds, none of them refused."""
    agent = developer.agent()
    granted = developer.grant(agent)
    started = time.monotonic()
    for _ in range(30):
        developer.ask(agent)
    for _ in range(200):
        assert developer.client.tokens.verify(granted.grant_token).valid
    assert time.monotonic() - started < 10


def test_budgets_are_told_in_integers(developer):
    for answer in (
        developer.raw.get("/v1/agents"),
        developer.raw.post("/v1/agents", json={"name": "a"}),
    ):
        limit, remaining, reset = (
            int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")
        )
        assert 0 <= remaining <= limit
        assert reset >= 0
    if NEW:
        developer.client.agents.list()
        assert developer.client.last_rate_limit.limit == limit


def test_health(base):
    answer = httpx.get(f"{base}/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")


def test_bodies_that_are_not_json_are_refused(developer):
    headers = {"content-type": "application/json"}
    answer = developer.raw.post("/v1/agents", content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
    answer = developer.raw.get("/v1/no/such/path")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    answer = httpx.get(f"{developer.base}/v1/no/such/path")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
