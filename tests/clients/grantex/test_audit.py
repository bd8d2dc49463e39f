import hashlib
import json

import pytest
from grantex import GrantexApiError, ListAuditParams


def digest(developer, entry):
    """The entry's hash, computed from the protocol's recipe and nothing of ours.

    For metadata of text and small integers, sorted compact JSON is its canonical form.
    """
    members = {
        "id": entry.entry_id,
        "agentId": entry.agent_id,
        "agentDid": entry.agent_did,
        "grantId": entry.grant_id,
        "principalId": entry.principal_id,
        "developerId": developer.id,
        "action": entry.action,
        "metadata": json.loads(json.dumps(entry.metadata, sort_keys=True)),
        "timestamp": entry.timestamp,
        "prevHash": entry.prev_hash,
        "status": entry.status,
    }
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_log_appends_to_a_chain_that_anyone_can_check(developer):
    agent = developer.agent()
    grant = developer.grant(agent)
    first = developer.log(agent, grant, "email.sent")
    second = developer.log(
        agent,
        grant,
        "file.read",
        metadata={"z": 1, "a": {"y": ["é✓", None, True], "x": 'quo"te'}},
        status="failure",
    )
    third = developer.log(agent, grant, "email.blocked", status="blocked")
    assert first.entry_id.startswith("alog_")
    assert (first.agent_did, first.principal_id) == (agent.did, "usr_1")
    assert (first.status, first.metadata, first.prev_hash) == ("success", {}, None)
    assert second.metadata == {"z": 1, "a": {"y": ["é✓", None, True], "x": 'quo"te'}}
    assert (second.prev_hash, third.prev_hash) == (first.hash, second.hash)
    for entry in (first, second, third):
        assert entry.hash == digest(developer, entry)
        assert developer.client.audit.get(entry.entry_id) == entry


def test_list_filters_and_pages_oldest_first(developer):
    one, two = developer.agent("One"), developer.agent("Two")
    first, second = developer.grant(one), developer.grant(two, user="bob")
    a = developer.log(one, first, "email.sent")
    b = developer.log(two, second, "email.sent", principal="bob")
    c = developer.log(one, first, "file.read")
    listed = lambda **filters: [
        entry.entry_id for entry in developer.client.audit.list(ListAuditParams(**filters)).entries
    ]
    everything = [a.entry_id, b.entry_id, c.entry_id]
    assert [entry.entry_id for entry in developer.client.audit.list().entries] == everything
    assert listed(agent_id=one.id) == [a.entry_id, c.entry_id]
    assert listed(grant_id=second.grant_id) == [b.entry_id]
    assert listed(principal_id="bob") == [b.entry_id]
    assert listed(action="email.sent") == [a.entry_id, b.entry_id]
    assert listed(since="2020-01-01T00:00:00.000Z") == everything
    assert listed(until="2020-01-01T00:00:00.000Z") == []
    assert listed(page=2, page_size=2) == [c.entry_id]
    page = developer.raw.get("/v1/audit/entries", params={"page": 1, "pageSize": 2}).json()
    assert (page["total"], page["page"], page["pageSize"]) == (3, 1, 2)


@pytest.mark.parametrize("more", [{"action": ""}, {"status": "perhaps"}, {"metadata": [1]}])
def test_what_log_refuses(developer, more):
    agent = developer.agent()
    grant = developer.grant(agent)
    body = {"agentId": agent.id, "grantId": grant.grant_id, "action": "a", "status": "success"}
    answer = developer.raw.post("/v1/audit/log", json=body | more)
    assert answer.status_code == 400
    assert developer.client.audit.list().entries == ()


def test_entries_cannot_be_changed_or_removed(developer, sign_up):
    agent = developer.agent()
    entry = developer.log(agent, developer.grant(agent), "email.sent")
    for method in ("PUT", "DELETE"):
        answer = developer.raw.request(method, f"/v1/audit/{entry.entry_id}", json={})
        assert answer.status_code in (404, 405)
    assert developer.client.audit.get(entry.entry_id) == entry
    with pytest.raises(GrantexApiError) as refused:
        sign_up().client.audit.get(entry.entry_id)
    assert refused.value.status_code == 404


def test_entries_outlive_their_agent(developer):
    agent = developer.agent()
    entry = developer.log(agent, developer.grant(agent), "email.sent")
    developer.client.agents.delete(agent.id)
    assert developer.client.audit.get(entry.entry_id) == entry
