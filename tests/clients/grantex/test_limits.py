import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from conftest import NEW


def test_honest_use_is_served_without_a_wait(developer):
    """30 authorize calls and 200 others within ten seconds: none refused, none told to wait.

    Past the client, as its newer generation would wait and repeat in silence.
    """
    agent = developer.agent()
    granted = developer.grant(agent)
    ask = {"agentId": agent.id, "principalId": "usr_1", "scopes": ["calendar:read"]}
    entry = {"agentId": agent.id, "grantId": granted.grant_id, "action": "email.sent"}
    child = {"parentGrantToken": granted.grant_token, "subAgentId": agent.id, "scopes": ["email:send"]}
    others = [
        ("POST", "/v1/tokens/verify", {"token": granted.grant_token}),
        ("POST", "/v1/audit/log", entry),
        ("GET", "/v1/grants", None),
        ("POST", "/v1/grants/delegate", child),
        ("POST", "/v1/agents", {"name": "Another"}),
    ]
    calls = [("POST", "/v1/authorize", ask)] * 30 + others * 40

    def call(each):
        method, path, body = each
        return developer.raw.request(method, path, json=body)

    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, calls))
    took = time.monotonic() - started
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert not any("retry-after" in answer.headers for answer in answers)
    assert took < 10


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
