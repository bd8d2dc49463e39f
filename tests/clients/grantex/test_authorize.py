from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import NEW, needs_new
from grantex import ExchangeTokenParams, GrantexApiError


def when(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def refused(call, *arguments, **more):
    with pytest.raises(GrantexApiError) as caught:
        call(*arguments, **more)
    return caught.value


def test_authorize_says_all_that_the_client_reads(developer):
    agent = developer.agent()
    asked = developer.ask(agent, expires_in="2h")
    assert asked.request_id.startswith("areq_")
    # Section 3: below the base address.
    assert asked.consent_url == f"{developer.base}/consent?req={asked.request_id}"
    assert (asked.agent_id, asked.principal_id) == (agent.id, "usr_1")
    assert asked.scopes == ("calendar:read", "email:send")
    assert (asked.expires_in, asked.status) == ("2h", "pending")
    assert when(asked.expires_at) - when(asked.created_at) == timedelta(minutes=15)


def test_approved_the_code_is_exchanged_once(developer):
    agent = developer.agent()
    code = developer.code(agent, expires_in="2h")
    params = ExchangeTokenParams(code=code, agent_id=agent.id)
    before = datetime.now(timezone.utc)
    granted = developer.client.tokens.exchange(params)
    assert granted.scopes == ("calendar:read", "email:send")
    assert granted.grant_id.startswith("grnt_")
    lifetime = when(granted.expires_at) - before
    assert timedelta(hours=2, seconds=-5) < lifetime < timedelta(hours=2, seconds=5)
    again = refused(developer.client.tokens.exchange, params)
    assert (again.status_code, again.body["code"]) == (400, "BAD_REQUEST")


def test_the_default_lifetime_is_a_day(developer):
    asked = developer.ask(developer.agent())
    assert asked.expires_in == "24h"


def test_pkce_binds_the_code_and_a_wrong_verifier_spends_nothing(developer, pkce):
    agent = developer.agent()
    code = developer.code(
        agent,
        code_challenge=pkce.code_challenge,
        code_challenge_method=pkce.code_challenge_method,
    )
    exchange = developer.client.tokens.exchange
    for verifier in (None, "w" * 43, "short"):
        params = ExchangeTokenParams(code=code, agent_id=agent.id, code_verifier=verifier)
        assert refused(exchange, params).status_code == 400
    params = ExchangeTokenParams(code=code, agent_id=agent.id, code_verifier=pkce.code_verifier)
    assert exchange(params).grant_token


@pytest.mark.parametrize(
    "more",
    [
        {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
        {"code_challenge_method": "S256"},
        {
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "plain",
        },
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"expires_in": "tomorrow"},
        {"expires_in": "0h"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://user:pass@example.com/"},
        {"redirect_uri": "/relative"},
        {"scopes": ()},
        {"scopes": (" ",)},
        {"user": ""},
    ],
)
def test_what_authorize_refuses(developer, more):
    error = refused(developer.ask, developer.agent(), **more)
    assert (error.status_code, error.body["code"]) == (400, "BAD_REQUEST")


def test_another_agent_cannot_exchange_the_code_and_spends_nothing(developer, sign_up):
    agent, other = developer.agent(), developer.agent("Other")
    code = developer.code(agent)
    exchange = developer.client.tokens.exchange
    assert refused(exchange, ExchangeTokenParams(code=code, agent_id=other.id)).status_code == 400
    stranger = sign_up()
    theirs = ExchangeTokenParams(code=code, agent_id=stranger.agent().id)
    assert refused(stranger.client.tokens.exchange, theirs).status_code == 400
    assert exchange(ExchangeTokenParams(code=code, agent_id=agent.id)).grant_token


def test_an_unknown_agent_asks_in_vain(developer, sign_up):
    error = refused(developer.ask, sign_up().agent())
    assert (error.status_code, error.body["code"]) == (404, "NOT_FOUND")


def test_denied_there_is_no_code_and_no_second_decision(developer):
    asked = developer.ask(developer.agent(), redirect_uri="https://app.example.com/back")
    denied = developer.decide(asked, "deny")
    assert denied.status_code == 200
    assert denied.json() == {"redirectUri": "https://app.example.com/back"}
    assert developer.decide(asked, "approve").status_code == 410
    assert developer.decide(asked, "deny").status_code == 404
    shown = developer.raw.get(f"/v1/consent/{asked.request_id}")
    assert (shown.status_code, shown.json()["code"]) == (410, "GONE")


def test_consent_details_are_sentences(developer):
    asked = developer.ask(developer.agent(), scopes=["calendar:read", "acme:frobnicate"])
    shown = developer.raw.get(f"/v1/consent/{asked.request_id}").json()
    assert shown["agentName"] == "Planner"
    assert shown["agentDid"].startswith("did:grantex:ag_")
    assert shown["status"] == "pending"
    assert len(shown["scopeDescriptions"]) == 2
    assert all(" " in sentence for sentence in shown["scopeDescriptions"])
    unknown = developer.raw.get("/v1/consent/areq_00000000000000000000000000")
    assert unknown.status_code == 404


@needs_new
def test_state_and_audience_travel(developer):
    agent = developer.agent()
    asked = developer.ask(
        agent,
        state="a state & more",
        audience="https://api.example.com",
        redirect_uri="https://app.example.com/back?x=1",
    )
    decided = developer.decide(asked).json()
    assert decided["state"] == "a state & more"
    assert decided["redirectUri"] == "https://app.example.com/back?x=1"
    granted = developer.client.tokens.exchange(
        ExchangeTokenParams(code=decided["code"], agent_id=agent.id)
    )
    from grantex import GrantexTokenError, verify_grant_token

    options = developer.options(audience="https://api.example.com")
    assert verify_grant_token(granted.grant_token, options).grant_id == granted.grant_id
    with pytest.raises(GrantexTokenError):
        verify_grant_token(granted.grant_token, developer.options(audience="https://other.example"))


def test_a_sandbox_developer_is_approved_at_once(sandbox):
    agent = sandbox.agent()
    asked = sandbox.ask(agent)
    assert asked.status == "approved"
    if NEW:
        assert asked.sandbox is True
        code = asked.code
    else:
        # This generation drops the code; the consent call gives it again.
        code = sandbox.decide(asked).json()["code"]
    granted = sandbox.client.tokens.exchange(ExchangeTokenParams(code=code, agent_id=agent.id))
    assert sandbox.client.tokens.verify(granted.grant_token).valid


class Callback(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        body = b"<!doctype html><title>Back</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture()
def application():
    server = HTTPServer(("127.0.0.1", 0), Callback)
    server.paths = []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def returned(application):
    back = [path for path in application.paths if path.startswith("/back")]
    assert len(back) == 1, application.paths
    return {name: values[0] for name, values in parse_qs(urlsplit(back[0]).query).items()}


def test_a_person_approves_in_the_browser(developer, person, application, pkce):
    agent = developer.agent()
    more = {"state": "s&t"} if NEW else {}
    asked = developer.ask(
        agent,
        redirect_uri=f"http://127.0.0.1:{application.server_port}/back?kept=1",
        code_challenge=pkce.code_challenge,
        code_challenge_method=pkce.code_challenge_method,
        **more,
    )
    seen = person("consent", asked.consent_url, "approve")
    assert "Planner" in seen.text
    back = returned(application)
    assert back["kept"] == "1"
    if NEW:
        assert back["state"] == "s&t"
    granted = developer.client.tokens.exchange(
        ExchangeTokenParams(
            code=back["code"], agent_id=agent.id, code_verifier=pkce.code_verifier
        )
    )
    assert developer.client.tokens.verify(granted.grant_token).valid


def test_a_person_denies_in_the_browser(developer, person, application):
    asked = developer.ask(
        developer.agent(), redirect_uri=f"http://127.0.0.1:{application.server_port}/back"
    )
    person("consent", asked.consent_url, "deny")
    assert returned(application)["error"] == "access_denied"
    assert developer.decide(asked).status_code == 410


def test_where_it_is_asked_for_a_person_signs_in_before_they_approve(developer, demo, person):
    agent = developer.agent()
    switched = developer.raw.patch("/v1/me", json={"requirePrincipalSignIn": True})
    assert switched.status_code == 200
    asked = developer.ask(agent, user=demo["username"])
    # Whoever knows the request's id alone decides nothing.
    refused = developer.decide(asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "CONSENT_REQUIRED")
    seen = person("consent", asked.consent_url, "approve")
    assert "Planner" in seen.text
    assert any("sign in" in heading.lower() for heading in seen.headings), seen.headings
    assert developer.decide(asked).status_code == 410
