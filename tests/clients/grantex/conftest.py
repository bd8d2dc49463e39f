"""What the tests of both published generations of `grantex` stand on.

`DEMO` is what `make demo` prints; every test that changes a developer signs up its own.
"""

import itertools
import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from types import SimpleNamespace

import httpx
import pytest
from grantex import (
    AuthorizeParams,
    ExchangeTokenParams,
    Grantex,
    VerifyGrantTokenOptions,
    generate_pkce,
)

VERSION = tuple(int(part) for part in version("grantex").split("."))
NEW = VERSION >= (0, 7)

needs_new = pytest.mark.skipif(not NEW, reason="this generation of the client has no such call")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def demo():
    return json.loads(os.environ["DEMO"])


@pytest.fixture(scope="session")
def base(demo):
    return demo["grantex_base_url"]


@dataclass
class Developer:
    """A developer of the test's own, and what their programs do all day."""

    id: str
    key: str
    base: str

    def __post_init__(self):
        self.client = Grantex(api_key=self.key, base_url=self.base)
        self.raw = httpx.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )

    def agent(self, name="Planner", scopes=("calendar:read", "email:send")):
        return self.client.agents.register(name=name, scopes=list(scopes), description="Plans")

    def ask(self, agent, scopes=("calendar:read", "email:send"), user="usr_1", **more):
        return self.client.authorize(
            AuthorizeParams(agent_id=agent.id, user_id=user, scopes=list(scopes), **more)
        )

    def decide(self, request, decision="approve"):
        """What the consent page's own script does."""
        return httpx.post(f"{self.base}/v1/consent/{request.request_id}/{decision}")

    def code(self, agent, **more):
        answer = self.decide(self.ask(agent, **more))
        assert answer.status_code == 200, answer.text
        return answer.json()["code"]

    def grant(self, agent, **more):
        code = self.code(agent, **more)
        return self.client.tokens.exchange(ExchangeTokenParams(code=code, agent_id=agent.id))

    def log(self, agent, grant, action, principal="usr_1", **more):
        """An audit entry, in the words of each generation."""
        if NEW:
            more |= {"agent_did": agent.did, "principal_id": principal}
        return self.client.audit.log(
            agent_id=agent.id, grant_id=grant.grant_id, action=action, **more
        )

    def options(self, **more):
        return VerifyGrantTokenOptions(jwks_uri=f"{self.base}/.well-known/jwks.json", **more)


@pytest.fixture(scope="session")
def sign_up(base):
    def sign_up(mode="live", **more):
        name = f"Tests {next(_numbers)} {secrets.token_hex(4)}"
        answer = httpx.post(f"{base}/v1/signup", json={"name": name, "mode": mode, **more})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Developer(id=body["developerId"], key=body["apiKey"], base=base)

    return sign_up


@pytest.fixture()
def developer(sign_up):
    return sign_up()


@pytest.fixture()
def sandbox(sign_up):
    return sign_up("sandbox")


@pytest.fixture()
def pkce():
    return generate_pkce()


@pytest.fixture(scope="session")
def person(demo):
    """Has the demo person do something in Chromium; returns where the browser ended."""

    def person(*task):
        ran = subprocess.run(
            [os.environ["NODE"], os.environ["PERSON"], *task],
            env=os.environ
            | {"PERSON_USERNAME": demo.get("username", ""), "PERSON_PASSWORD": demo.get("password", "")},
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert ran.returncode == 0, ran.stderr
        return SimpleNamespace(**json.loads(ran.stdout))

    return person
