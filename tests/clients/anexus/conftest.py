"""What the tests of the published `anexus-sdk` and `anexus-verify` stand on.

`DEMO` is what `make demo` prints. The packages read their environment at import, and keep
their files below the home directory: both are set before anything of theirs is imported.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

DEMO = json.loads(os.environ["DEMO"])
os.environ |= {
    "HOME": tempfile.mkdtemp(prefix="anexus-home-"),
    "ANEXUS_BASE_URL": DEMO["anexus_base_url"],
    "ANEXUS_AUTH_URL": DEMO["auth_url"],
    "PERSON_USERNAME": DEMO["username"],
    "PERSON_PASSWORD": DEMO["password"],
}

import httpx  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture(scope="session")
def demo():
    return SimpleNamespace(**DEMO)


@pytest.fixture(scope="session")
def base():
    return DEMO["anexus_base_url"]


@pytest.fixture()
def account():
    """The account API, as a person's own program uses it."""

    def account(path, body=None, session=DEMO["session_token"]):
        headers = {"accept": "application/json", "authorization": f"Bearer {session}"}
        method = "GET" if body is None else "POST"
        answer = httpx.request(method, DEMO["base"] + path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    return account


@pytest.fixture()
def home(tmp_path):
    """The home directory of a machine on which nobody has logged in."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture()
def cli(home):
    """Runs a command of the package in a process of its own."""

    def cli(*words, **variables):
        return subprocess.run(
            [sys.executable, "-m", *words],
            env=os.environ | {"HOME": str(home)} | variables,
            capture_output=True,
            text=True,
            timeout=90,
        )

    return cli


@pytest.fixture(scope="session")
def person():
    """Has the demo person do something in Chromium."""

    def person(*task):
        ran = subprocess.run(
            [os.environ["NODE"], os.environ["PERSON"], *task],
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert ran.returncode == 0, ran.stderr
        return SimpleNamespace(**json.loads(ran.stdout))

    return person


@pytest.fixture()
def agent(tmp_path):
    """A client of its own, with its own identity file; registered where it has a name."""
    from anexus_sdk import AnexusClient, IdentityStore

    def agent(name=None, **profile):
        store = IdentityStore(str(tmp_path / secrets.token_hex(4) / "identity.json"))
        client = AnexusClient(base_url=DEMO["anexus_base_url"], identity_store=store)
        if name is not None:
            answer = client.register(name, **profile)
            assert answer["success"] is True, answer
            client.public_id = answer["agent_id"]
        return client

    return agent
