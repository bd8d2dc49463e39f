import pytest
from conftest import NEW
from grantex import GrantexApiError


def test_register_and_get(developer):
    made = developer.client.agents.register(
        name="Planner", scopes=["calendar:read", "email:send"], description="Plans trips"
    )
    assert made.id.startswith("ag_")
    assert made.did == f"did:grantex:{made.id}"
    assert (made.name, made.description) == ("Planner", "Plans trips")
    assert made.scopes == ("calendar:read", "email:send")
    assert made.status == "active"
    assert made.developer_id == developer.id
    assert developer.client.agents.get(made.id) == made


def test_list_is_newest_first_with_counters(developer):
    ids = [developer.agent(f"Agent {number}").id for number in range(3)]
    listed = developer.client.agents.list()
    assert [agent.id for agent in listed.agents] == ids[::-1]
    if not NEW:
        assert (listed.total, listed.page) == (3, 1)
        assert listed.page_size >= 3
    page = developer.raw.get("/v1/agents", params={"page": 2, "pageSize": 2}).json()
    assert [agent["id"] for agent in page["agents"]] == ids[:1]
    assert (page["total"], page["page"], page["pageSize"]) == (3, 2, 2)


def test_update_by_post_and_by_patch(developer):
    made = developer.agent()
    changed = developer.client.agents.update(
        made.id, name="Renamed", description="", scopes=["files:read"]
    )
    assert (changed.name, changed.description, changed.scopes) == ("Renamed", "", ("files:read",))
    assert changed.created_at == made.created_at
    assert changed.updated_at >= made.updated_at
    patched = developer.raw.patch(f"/v1/agents/{made.id}", json={"name": "Again"})
    assert patched.status_code == 200
    assert patched.json()["agentId"] == patched.json()["id"] == made.id
    assert developer.client.agents.get(made.id).name == "Again"


def test_update_of_nothing_is_refused(developer):
    with pytest.raises(GrantexApiError) as refused:
        developer.client.agents.update(developer.agent().id)
    assert refused.value.status_code == 400
    assert refused.value.body["code"] == "BAD_REQUEST"


def test_delete_takes_its_grants_along(developer):
    agent = developer.agent()
    grant = developer.grant(agent)
    assert developer.client.tokens.verify(grant.grant_token).valid
    assert developer.client.agents.delete(agent.id) is None
    assert not developer.client.tokens.verify(grant.grant_token).valid
    for call in (developer.client.agents.get, developer.client.agents.delete):
        with pytest.raises(GrantexApiError) as refused:
            call(agent.id)
        assert refused.value.status_code == 404
    with pytest.raises(GrantexApiError) as refused:
        developer.client.grants.get(grant.grant_id)
    assert refused.value.status_code == 404


def test_a_suspended_agent_asks_and_exchanges_in_vain_but_keeps_its_tokens(developer):
    agent = developer.agent()
    grant = developer.grant(agent)
    code = developer.code(agent)
    developer.raw.patch(f"/v1/agents/{agent.id}", json={"status": "suspended"}).raise_for_status()
    assert developer.client.agents.get(agent.id).status == "suspended"
    with pytest.raises(GrantexApiError) as refused:
        developer.ask(agent)
    assert refused.value.status_code == 404
    exchange = developer.raw.post("/v1/token", json={"code": code, "agentId": agent.id})
    assert exchange.status_code == 400
    assert developer.client.tokens.verify(grant.grant_token).valid
    developer.raw.patch(f"/v1/agents/{agent.id}", json={"status": "active"}).raise_for_status()
    # The refused attempt has not spent the code.
    exchange = developer.raw.post("/v1/token", json={"code": code, "agentId": agent.id})
    assert exchange.status_code == 201


def test_another_developers_agent_does_not_exist(developer, sign_up):
    theirs = sign_up().agent()
    for call in (developer.client.agents.get, developer.client.agents.delete):
        with pytest.raises(GrantexApiError) as refused:
            call(theirs.id)
        assert refused.value.status_code == 404
    assert developer.client.agents.list().agents == ()


@pytest.mark.parametrize("name", ["", "   "])
def test_a_name_is_required(developer, name):
    with pytest.raises(GrantexApiError) as refused:
        developer.client.agents.register(name=name, scopes=[])
    assert refused.value.status_code == 400
