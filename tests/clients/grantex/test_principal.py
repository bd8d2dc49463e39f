"""The principal's own view, opened by the developer."""

import httpx
import pytest
from conftest import needs_new
from grantex import GrantexApiError


@needs_new
def test_a_principal_sees_what_acts_for_them_and_cuts_it_off(developer):
    from grantex import CreatePrincipalSessionParams

    agent = developer.agent()
    granted = developer.grant(agent)
    developer.grant(agent, user="somebody else")
    entry = developer.log(agent, granted, "email.sent")
    opened = developer.client.principal_sessions.create(
        CreatePrincipalSessionParams(principal_id="usr_1", expires_in="10m")
    )
    assert opened.dashboard_url == f"{developer.base}/permissions#session={opened.session_token}"
    principal = httpx.Client(
        base_url=developer.base, headers={"Authorization": f"Bearer {opened.session_token}"}
    )
    held = principal.get("/v1/principal/grants").json()
    assert held["principalId"] == "usr_1"
    assert [grant["grantId"] for grant in held["grants"]] == [granted.grant_id]
    assert held["grants"][0]["agentName"] == "Planner"
    entries = principal.get("/v1/principal/audit").json()["entries"]
    assert [each["entryId"] for each in entries] == [entry.entry_id]
    assert principal.delete(f"/v1/principal/grants/{granted.grant_id}").status_code == 204
    assert principal.delete(f"/v1/principal/grants/{granted.grant_id}").status_code == 404
    assert not developer.client.tokens.verify(granted.grant_token).valid
    assert principal.get("/v1/principal/grants").json()["grants"] == []


@needs_new
def test_no_session_for_a_principal_without_a_grant(developer):
    from grantex import CreatePrincipalSessionParams

    with pytest.raises(GrantexApiError) as refused:
        developer.client.principal_sessions.create(CreatePrincipalSessionParams(principal_id="x"))
    assert refused.value.status_code == 404


def test_without_a_session_there_is_nothing_to_see(developer):
    for token in ("", "garbage", developer.key, developer.grant(developer.agent()).grant_token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.get(f"{developer.base}/v1/principal/grants", headers=headers)
        assert answer.status_code == 401
