import pytest
from conftest import NEW
from grantex import (
    GrantexApiError,
    GrantexAuthError,
    GrantexTokenError,
    ListGrantsParams,
    verify_grant_token,
)


def test_get(developer):
    agent = developer.agent()
    granted = developer.grant(agent)
    grant = developer.client.grants.get(granted.grant_id)
    assert (grant.id, grant.agent_id, grant.agent_did) == (granted.grant_id, agent.id, agent.did)
    assert (grant.principal_id, grant.developer_id) == ("usr_1", developer.id)
    assert (grant.status, grant.revoked_at) == ("active", None)
    # A token counts in whole seconds, rounded down.
    assert grant.expires_at[:19] == granted.expires_at[:19]
    assert tuple(grant.scopes) == ("calendar:read", "email:send")


def test_list_filters_and_pages_newest_first(developer):
    one, two = developer.agent("One"), developer.agent("Two")
    first = developer.grant(one, user="alice")
    second = developer.grant(two, user="alice")
    third = developer.grant(one, user="bob")
    listed = lambda **filters: [
        grant.id for grant in developer.client.grants.list(ListGrantsParams(**filters)).grants
    ]
    newest_first = [third.grant_id, second.grant_id, first.grant_id]
    assert [grant.id for grant in developer.client.grants.list().grants] == newest_first
    assert listed(agent_id=one.id) == [third.grant_id, first.grant_id]
    assert listed(principal_id="alice") == [second.grant_id, first.grant_id]
    assert listed(page=2, page_size=2) == [first.grant_id]
    developer.client.grants.revoke(second.grant_id)
    assert listed(status="revoked") == [second.grant_id]
    assert listed(status="active") == [third.grant_id, first.grant_id]
    if not NEW:
        page = developer.client.grants.list(ListGrantsParams(page=1, page_size=2))
        assert (page.total, page.page, page.page_size) == (3, 1, 2)


def test_revoke_ends_the_grant_and_its_tokens_at_the_next_request(developer):
    granted = developer.grant(developer.agent())
    assert developer.client.tokens.verify(granted.grant_token).valid
    assert developer.client.grants.revoke(granted.grant_id) is None
    assert not developer.client.tokens.verify(granted.grant_token).valid
    grant = developer.client.grants.get(granted.grant_id)
    assert grant.status == "revoked"
    assert grant.revoked_at is not None
    with pytest.raises(GrantexApiError) as refused:
        developer.client.grants.revoke(granted.grant_id)
    assert refused.value.status_code == 404


def test_verify_takes_active_and_refuses_revoked_grants(developer):
    agent = developer.agent()
    granted = developer.grant(agent)
    verified = developer.client.grants.verify(granted.grant_token)
    assert verified.grant_id == granted.grant_id
    assert verified.agent_did == agent.did
    developer.client.grants.revoke(granted.grant_id)
    # The older generation looks at nothing but `token` in the answer.
    with pytest.raises(GrantexTokenError):
        developer.client.grants.verify(granted.grant_token)
    answer = developer.raw.post("/v1/grants/verify", json={"token": granted.grant_token}).json()
    assert (answer["active"], answer["reason"]) == (False, "revoked")


def test_verify_of_another_developers_grant(developer, sign_up):
    other = sign_up()
    granted = other.grant(other.agent())
    answer = developer.raw.post("/v1/grants/verify", json={"token": granted.grant_token})
    assert answer.status_code == 200
    assert (answer.json()["active"], answer.json()["reason"]) == (False, "wrong_developer")


def test_another_developers_grant_does_not_exist(developer, sign_up):
    other = sign_up()
    granted = other.grant(other.agent())
    for call in (developer.client.grants.get, developer.client.grants.revoke):
        with pytest.raises(GrantexApiError) as refused:
            call(granted.grant_id)
        assert refused.value.status_code == 404


def delegate(developer, parent, agent, scopes=("calendar:read",), **more):
    return developer.client.grants.delegate(
        parent_grant_token=parent, sub_agent_id=agent.id, scopes=list(scopes), **more
    )


def test_delegate_narrows(developer):
    agent, helper = developer.agent(), developer.agent("Helper")
    root = developer.grant(agent, expires_in="30m")
    child = delegate(developer, root.grant_token, helper, expires_in="8h")
    assert child["scopes"] == ["calendar:read"]
    # It asked for longer than its parent lives.
    assert child["expiresAt"][:19] == root.expires_at[:19]
    verified = verify_grant_token(child["grantToken"], developer.options())
    assert verified.grant_id == child["grantId"]
    assert verified.principal_id == "usr_1"
    assert verified.agent_did == helper.did
    assert verified.parent_agent_did == agent.did
    assert verified.parent_grant_id == root.grant_id
    assert verified.delegation_depth == 1
    assert developer.client.tokens.verify(child["grantToken"]).valid


def test_delegate_refuses_more_than_the_parent_has(developer, sign_up):
    agent, helper = developer.agent(), developer.agent("Helper")
    root = developer.grant(agent)
    with pytest.raises(GrantexApiError) as refused:
        delegate(developer, root.grant_token, helper, scopes=["calendar:read", "files:write"])
    assert refused.value.status_code == 400
    stranger = sign_up()
    with pytest.raises(GrantexApiError) as refused:
        delegate(developer, root.grant_token, stranger.agent())
    assert refused.value.status_code == 404
    with pytest.raises(GrantexAuthError) as refused:
        delegate(stranger, root.grant_token, stranger.agent())
    assert (refused.value.status_code, refused.value.body["code"]) == (403, "FORBIDDEN")
    for token in ("garbage", root.grant_token[:-8] + "AAAAAAAA"):
        with pytest.raises(GrantexApiError) as refused:
            delegate(developer, token, helper)
        assert refused.value.status_code == 400


def test_depth_ends_at_three_and_revocation_cascades(developer):
    agent = developer.agent()
    root = developer.grant(agent)
    tokens = [root.grant_token]
    for depth in (1, 2, 3):
        child = delegate(developer, tokens[-1], agent)
        tokens.append(child["grantToken"])
        verified = verify_grant_token(child["grantToken"], developer.options())
        assert verified.delegation_depth == depth
    with pytest.raises(GrantexAuthError) as refused:
        delegate(developer, tokens[-1], agent)
    assert refused.value.body["code"] == "DELEGATION_DEPTH_EXCEEDED"
    valid = lambda: [developer.client.tokens.verify(token).valid for token in tokens]
    assert valid() == [True] * 4
    second = verify_grant_token(tokens[2], developer.options()).grant_id
    developer.client.grants.revoke(second)
    assert valid() == [True, True, False, False]
    developer.client.grants.revoke(root.grant_id)
    assert valid() == [False] * 4
    with pytest.raises(GrantexApiError) as refused:
        delegate(developer, tokens[0], agent)
    assert refused.value.status_code == 400
