"""`AnexusClient`, through everything that it can do."""

import json
import re
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from anexus_sdk import AnexusClient, IdentityStore


def test_register_persists_an_identity_that_is_restored(agent, base):
    client = agent()
    answer = client.register("Planner", title="Planner", description="Plans trips", ai_type="llm")
    assert answer["success"] is True
    assert answer["api_key"].startswith("nxs6_")
    assert answer["agent_id"].startswith("ai_")
    again = AnexusClient(base_url=base, identity_store=IdentityStore(client._store.path))
    assert (again.agent_id, again.agent_name) == (answer["api_key"], "Planner")


def test_register_delivers_the_reason(agent):
    client = agent()
    assert client.register("  ")["error"] == "Agent name is required"
    refused = client.register("x" * 201)
    assert (refused["success"], refused["reason"]) == (False, "invalid_field")
    assert client.agent_id is None


def test_verify_and_get_identity(agent):
    client = agent("Planner")
    expected = {
        "verified": True,
        "identity_type": "ai",
        "id": client.public_id,
        "name": "Planner",
        "role": "ai_agent",
    }
    assert client.verify(client.agent_id) == expected
    assert expected.items() <= client.get_identity().items()
    assert client.verify("nxs6_" + "a" * 59)["verified"] is False
    assert client.verify("")["verified"] is False


def test_done_ends_the_key(agent):
    client = agent("Planner")
    key = client.agent_id
    assert client.done()["success"] is True
    assert client.agent_id is None
    assert client._store.load() is None
    assert client.verify(key)["verified"] is False
    assert client.done()["success"] is False


def test_discover_agents(agent):
    word = f"zephyr{secrets.token_hex(4)}"
    client = agent(f"Planner {word}", description="Plans trips", ai_type="llm")
    agent(f"Painter {word}", ai_type="diffusion")
    found = client.discover_agents(word)
    assert found["success"] is True
    assert len(found["agents"]) == 2
    of_type = client.discover_agents(word, ai_type="llm")["agents"]
    assert [each["agent_id"] for each in of_type] == [client.public_id]
    # Whoever finds an agent does not hold its key.
    assert client.agent_id not in json.dumps(found)
    assert client.discover_agents(word, min_trust=1)["agents"] == []
    assert isinstance(client.discover_agents()["agents"], list)
    client.done()
    assert len(agent().discover_agents(word)["agents"]) == 1


def test_trust_and_its_network(agent):
    client, other = agent("One"), agent("Two")
    # An api_key is as good as an id.
    for target, level in ((other.public_id, 80), (other.agent_id, 90)):
        assert client.trust_agent(target, level)["success"] is True
    network = client.get_trust_network()
    assert network["success"] is True
    assert other.public_id in json.dumps(network)
    assert other.agent_id not in json.dumps(network)
    assert client.trust_agent("ai_" + "0" * 24, 1)["success"] is False
    assert client.trust_agent(other.public_id, 101)["success"] is False


def test_claim_shows_the_key_to_any_endpoint(agent):
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            seen.append((self.command, self.path, self.headers["X-Agent-ID"]))
            body = b'{"claimed":true}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = agent("Planner")
    endpoint = f"http://127.0.0.1:{server.server_port}/do"
    for method in ("POST", "GET"):
        answer = client.claim(endpoint, {"a": 1}, method)
        assert (answer["success"], answer["data"]) == (True, {"claimed": True})
    server.shutdown()
    assert seen == [("POST", "/do", client.agent_id), ("GET", "/do?a=1", client.agent_id)]


DEVICE = """
import json, sys
from anexus_sdk import AnexusClient, IdentityStore
client = AnexusClient(base_url=sys.argv[1], identity_store=IdentityStore(sys.argv[2]))
print("ANSWER", json.dumps(client.auth("Terminal agent")))
"""


def device(base, path):
    """`AnexusClient.auth` in a process of its own, and the code that it shows."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", DEVICE, base, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = ""
    for line in process.stdout:
        shown += line
        if "expires in" in line:
            break
    uri = re.search(r"(http://\S+/device)$", shown, re.M)[1]
    code = re.search(r"\x1b\[1;36m(\S+)\x1b\[0m", shown)[1]
    return process, uri, code


def answer_of(process):
    out, _ = process.communicate(timeout=60)
    return json.loads(next(line for line in out.splitlines() if line.startswith("ANSWER"))[7:])


def test_auth_by_a_person_who_approves_in_the_browser(base, person, tmp_path, account):
    path = tmp_path / "identity.json"
    process, uri, code = device(base, path)
    assert "Terminal agent" in person("device", uri, code, "approve").text
    assert answer_of(process)["success"] is True
    identity = json.loads(path.read_text())
    assert identity["api_key"].startswith("nxs6_")
    assert identity["agent_id"].startswith("ai_")
    assert identity["agent_secret"].startswith("as_")
    client = AnexusClient(base_url=base, identity_store=IdentityStore(str(path)))
    assert client.get_identity()["verified"] is True
    # It belongs to the person, who can end it.
    mine = [each["id"] for each in account("/dashboard/agents")["agents"]]
    assert identity["agent_id"] in mine
    account(f"/dashboard/agents/{identity['agent_id']}/remove", {})
    assert client.verify(identity["api_key"])["verified"] is False


def test_auth_by_a_person_who_denies(base, person, tmp_path):
    process, uri, code = device(base, tmp_path / "identity.json")
    person("device", uri, code, "deny")
    assert answer_of(process)["success"] is False
    assert not (tmp_path / "identity.json").exists()


def test_an_unknown_device_code_ends_the_wait(base):
    answer = httpx.post(base + "/api/v1/device/poll", json={"device_code": "nonsense"})
    assert answer.json()["status"] == "expired"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing"])
def test_an_unknown_path_answers_in_json(base, path):
    answer = httpx.post(base + path, json={})
    assert answer.status_code == 404
    assert answer.json()["success"] is False
