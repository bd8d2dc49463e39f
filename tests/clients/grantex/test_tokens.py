import base64
import json

import httpx
import jwt
import pytest
from conftest import NEW, needs_new
from grantex import (
    GrantexApiError,
    GrantexTokenError,
    verify_grant_token,
)


def tampered(token, part, change):
    parts = token.split(".")
    text = base64.urlsafe_b64decode(parts[part] + "==")
    body = change(json.loads(text))
    parts[part] = base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()
    return ".".join(parts)


def test_verify_online_tells_who_may_do_what(developer):
    agent = developer.agent()
    granted = developer.grant(agent)
    verified = developer.client.tokens.verify(granted.grant_token)
    assert verified.valid is True
    assert verified.grant_id == granted.grant_id
    assert verified.scopes == ("calendar:read", "email:send")
    assert (verified.principal, verified.agent) == ("usr_1", agent.did)
    assert verified.expires_at[:19] == granted.expires_at[:19]


def test_verify_online_says_false_to_all_else(developer, sign_up):
    granted = developer.grant(developer.agent())
    altered = tampered(granted.grant_token, 1, lambda claims: claims | {"scp": ["admin"]})
    for token in ("garbage", "a.b.c", altered, granted.grant_token + "x"):
        assert developer.client.tokens.verify(token).valid is False
    answer = developer.raw.post("/v1/tokens/verify", json={"token": "garbage"})
    assert (answer.status_code, answer.json()) == (200, {"valid": False})
    assert sign_up().client.tokens.verify(granted.grant_token).valid is False
    for body in ({}, {"token": ""}, {"token": 5}):
        assert developer.raw.post("/v1/tokens/verify", json=body).status_code == 400


def test_verify_offline(developer):
    agent = developer.agent()
    granted = developer.grant(agent)
    verified = verify_grant_token(
        granted.grant_token, developer.options(required_scopes=["email:send"])
    )
    assert verified.grant_id == granted.grant_id
    assert verified.token_id.startswith("tok_")
    assert (verified.principal_id, verified.agent_did) == ("usr_1", agent.did)
    assert verified.developer_id == developer.id
    assert tuple(verified.scopes) == ("calendar:read", "email:send")
    assert verified.delegation_depth is None
    assert verified.expires_at - verified.issued_at == 24 * 3600


@needs_new
def test_verify_offline_by_standard_claims_alone(developer):
    granted = developer.grant(developer.agent())
    verified = verify_grant_token(
        granted.grant_token, developer.options(legacy_claims=False, issuer=developer.base)
    )
    assert verified.grant_id == granted.grant_id
    assert tuple(verified.scopes) == ("calendar:read", "email:send")
    assert verified.developer_id == developer.id


@needs_new
def test_verify_offline_with_a_bounded_fetch(developer):
    granted = developer.grant(developer.agent())
    verified = verify_grant_token(granted.grant_token, developer.options(bounded_jwks_fetch=True))
    assert verified.grant_id == granted.grant_id


def test_verify_offline_refuses(developer):
    granted = developer.grant(developer.agent())
    more_scopes = tampered(granted.grant_token, 1, lambda claims: claims | {"scp": ["admin"]})
    no_algorithm = tampered(granted.grant_token, 0, lambda header: header | {"alg": "none"})
    for token in (more_scopes, no_algorithm, granted.grant_token[:-8] + "AAAAAAAA", "garbage"):
        with pytest.raises(GrantexTokenError):
            verify_grant_token(token, developer.options())
    for options in (
        developer.options(required_scopes=["files:write"]),
        developer.options(audience="https://api.example.com"),
    ):
        with pytest.raises(GrantexTokenError):
            verify_grant_token(granted.grant_token, options)


def test_pyjwt_verifies_it_from_the_published_keys(developer):
    """A view from outside: nothing but RFC 7515, 7517 and 7519."""
    granted = developer.grant(developer.agent())
    key = jwt.PyJWKClient(f"{developer.base}/.well-known/jwks.json").get_signing_key_from_jwt(
        granted.grant_token
    )
    claims = jwt.decode(
        granted.grant_token,
        key.key,
        algorithms=["RS256"],
        issuer=developer.base,
        options={"require": ["iss", "sub", "iat", "exp", "jti"]},
    )
    header = jwt.get_unverified_header(granted.grant_token)
    assert header["typ"] == "at+jwt"
    assert claims["scp"] == claims["scope"].split(" ") == ["calendar:read", "email:send"]
    assert claims["grnt"] == granted.grant_id
    assert "aud" not in claims


def test_the_published_keys_are_rsa_signing_keys_only(developer):
    answer = httpx.get(f"{developer.base}/.well-known/jwks.json")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["cache-control"]
    assert "x-ratelimit-limit" not in answer.headers
    keys = answer.json()["keys"]
    assert keys
    for key in keys:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        assert set(key) == {"kty", "n", "e", "alg", "use", "kid"}
        assert len(base64.urlsafe_b64decode(key["n"] + "==")) == 256


def test_revoke_ends_that_token_at_the_next_request(developer):
    granted = developer.grant(developer.agent())
    token_id = verify_grant_token(granted.grant_token, developer.options()).token_id
    assert developer.client.tokens.verify(granted.grant_token).valid
    assert developer.client.tokens.revoke(token_id) is None
    assert not developer.client.tokens.verify(granted.grant_token).valid
    # The token, not the grant.
    assert developer.client.grants.get(granted.grant_id).status == "active"
    for jti in (token_id, "tok_00000000000000000000000000"):
        with pytest.raises(GrantexApiError) as refused:
            developer.client.tokens.revoke(jti)
        assert refused.value.status_code == 404


def test_another_developers_token_cannot_be_revoked(developer, sign_up):
    granted = developer.grant(developer.agent())
    token_id = verify_grant_token(granted.grant_token, developer.options()).token_id
    with pytest.raises(GrantexApiError) as refused:
        sign_up().client.tokens.revoke(token_id)
    assert refused.value.status_code == 404
    assert developer.client.tokens.verify(granted.grant_token).valid


@needs_new
def test_refresh_rotates_and_the_old_one_is_dead(developer):
    from grantex import RefreshTokenParams

    agent = developer.agent()
    granted = developer.grant(agent)
    renewed = developer.client.tokens.refresh(
        RefreshTokenParams(refresh_token=granted.refresh_token, agent_id=agent.id)
    )
    assert renewed.grant_id == granted.grant_id
    assert renewed.refresh_token != granted.refresh_token
    assert renewed.expires_at[:19] == granted.expires_at[:19]
    assert developer.client.tokens.verify(renewed.grant_token).valid
    with pytest.raises(GrantexApiError) as refused:
        developer.client.tokens.refresh(
            RefreshTokenParams(refresh_token=granted.refresh_token, agent_id=agent.id)
        )
    assert refused.value.status_code == 400


@needs_new
def test_refresh_repeated_with_its_key_gives_the_same_answer(developer):
    from grantex import RefreshTokenParams

    agent = developer.agent()
    granted = developer.grant(agent)
    params = RefreshTokenParams(
        refresh_token=granted.refresh_token, agent_id=agent.id, idempotency_key="lost-answer-1"
    )
    first = developer.client.tokens.refresh(params)
    assert developer.client.tokens.refresh(params) == first
    other = RefreshTokenParams(
        refresh_token=granted.refresh_token, agent_id=agent.id, idempotency_key="another"
    )
    with pytest.raises(GrantexApiError):
        developer.client.tokens.refresh(other)


@needs_new
def test_refresh_by_another_agent_or_of_a_revoked_grant_is_refused(developer):
    from grantex import RefreshTokenParams

    agent, other = developer.agent(), developer.agent("Other")
    granted = developer.grant(agent)
    refresh = developer.client.tokens.refresh
    with pytest.raises(GrantexApiError):
        refresh(RefreshTokenParams(refresh_token=granted.refresh_token, agent_id=other.id))
    renewed = refresh(RefreshTokenParams(refresh_token=granted.refresh_token, agent_id=agent.id))
    developer.client.grants.revoke(granted.grant_id)
    with pytest.raises(GrantexApiError) as refused:
        refresh(RefreshTokenParams(refresh_token=renewed.refresh_token, agent_id=agent.id))
    assert refused.value.status_code == 400


@needs_new
def test_enforce_asks_here_and_sees_a_revocation_at_once(developer):
    from grantex import Permission, ToolManifest

    agent = developer.agent()
    granted = developer.grant(agent, scopes=("tool:crm:read",))
    developer.client.load_manifest(ToolManifest(connector="crm", tools={"look": Permission.READ}))

    def enforce():
        return developer.client.enforce(granted.grant_token, "crm", "look")

    assert enforce().allowed, enforce().reason
    developer.client.grants.revoke(granted.grant_id)
    assert (enforce().allowed, enforce().reason_code) == (False, "grant_revoked")


def test_a_scope_with_a_space_verifies_offline(developer):
    granted = developer.grant(developer.agent(), scopes=("read mail", "send"))
    verified = verify_grant_token(granted.grant_token, developer.options(required_scopes=["read mail"]))
    assert tuple(verified.scopes) == ("read mail", "send")
