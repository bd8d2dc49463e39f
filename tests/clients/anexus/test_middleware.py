"""The middlewares: a service that lets known agents in, and reports who called."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest
from anexus_sdk.middleware import AnexusMiddleware
from anexus_sdk.middleware_mcp import AnexusMCPMiddleware
from anexus_sdk.middleware_openapi import AnexusOpenAPIMiddleware
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

STRANGER = "nxs6_" + "a" * 59


def service(middleware, **options):
    async def who(request):
        return JSONResponse(getattr(request.state, "ai_identity", None))

    app = Starlette(routes=[Route("/who", who), Route("/health", who)])
    app.add_middleware(middleware, **options)
    return TestClient(app)


@pytest.mark.parametrize("middleware", [AnexusMiddleware, AnexusOpenAPIMiddleware])
def test_agents_are_known_and_strangers_are_not(middleware, agent, base):
    client = agent("Planner")
    seen = []
    web = service(middleware, base_url=base, on_verified=lambda _, who: seen.append(who["id"]))
    answer = web.get("/who", headers={"X-Agent-ID": client.agent_id})
    assert answer.status_code == 200
    assert answer.json() == {
        "verified": True,
        "identity_type": "ai",
        "id": client.public_id,
        "name": "Planner",
        "role": "ai_agent",
    }
    assert seen == [client.public_id]
    assert web.get("/who", headers={"X-Agent-ID": STRANGER}).status_code == 401
    assert web.get("/who").json() is None
    assert web.get("/health", headers={"X-Agent-ID": STRANGER}).status_code == 200


def test_a_specification_asks_for_the_header(base):
    middleware = AnexusOpenAPIMiddleware(Starlette(), base_url=base)
    middleware._original_openapi = lambda: {"openapi": "3.1.0"}
    spec = middleware._patched_openapi()
    assert spec["components"]["securitySchemes"]["X-Agent-ID"]["in"] == "header"


def test_calls_are_reported_to_the_agents_history(agent, base, monkeypatch):
    """The reports arrive and are kept; those of strangers are passed over."""
    answers = []
    send = httpx.AsyncClient.send

    async def listen(self, request, **options):
        answer = await send(self, request, **options)
        if request.url.path.endswith("/call-history/record"):
            answers.append((answer.status_code, answer.json()))
        return answer

    monkeypatch.setattr(httpx.AsyncClient, "send", listen)
    client = agent("Planner")
    web = service(
        AnexusMiddleware,
        base_url=base,
        audit_logging=True,
        audit_level="full",
        service_provider="shop",
    )
    for headers in ({"X-Agent-ID": client.agent_id}, {}, {"X-Agent-ID": STRANGER}):
        web.get("/who", headers=headers)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert [(body["success"], body["recorded"]) for _, body in answers] == [
        (True, 1),
        (True, 0),
        (True, 0),
    ]


def test_the_mcp_middleware(agent, base):
    client = agent("Planner")
    run = asyncio.run
    open_door = AnexusMCPMiddleware(base_url=base)
    strict = AnexusMCPMiddleware(base_url=base, reject_unverified=True)
    known = {"headers": {"X-Agent-ID": client.agent_id}}
    by_metadata = {"metadata": {"agent_id": client.agent_id}}
    stranger = {"headers": {"X-Agent-ID": STRANGER}}
    for middleware in (open_door, strict):
        for context in (known, by_metadata):
            answer = run(middleware.intercept_request(context))
            assert answer["allowed"] is True
            assert answer["identity"]["id"] == client.public_id
    assert run(open_door.intercept_request({})) == {"allowed": True, "identity": None}
    assert run(open_door.intercept_request(stranger))["identity"] is None
    assert run(strict.intercept_request({}))["allowed"] is False
    assert run(strict.intercept_request(stranger))["allowed"] is False
    assert run(strict.verify_identity(""))["verified"] is False


def test_the_mcp_middleware_wraps_a_server(agent, base):
    client = agent("Planner")

    class Server:
        async def process_request(self, request):
            return request.ai_identity["name"]

    server = AnexusMCPMiddleware(base_url=base, reject_unverified=True).wrap_server(Server())
    request = SimpleNamespace(headers={"X-Agent-ID": client.agent_id}, metadata={})
    assert asyncio.run(server.process_request(request)) == "Planner"
    with pytest.raises(PermissionError):
        asyncio.run(server.process_request(SimpleNamespace(headers={}, metadata={})))
