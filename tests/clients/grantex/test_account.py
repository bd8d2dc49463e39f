import re
import secrets

import pytest
from grantex import Grantex, GrantexAuthError, GrantexNetworkError, SignupParams

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_signup_gives_a_live_key(base):
    email = f"Dev.{secrets.token_hex(6)}@Example.com"
    made = Grantex.signup(SignupParams(name="Acme", email=email), base_url=base)
    assert made.mode == "live"
    assert made.name == "Acme"
    assert made.email == email.lower()
    assert made.developer_id.startswith("dev_")
    assert re.fullmatch(r"gx_live_[A-Za-z0-9_-]{43,}", made.api_key)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made.created_at)
    with Grantex(api_key=made.api_key, base_url=base) as client:
        assert client.agents.list().agents == ()


def test_signup_refuses_an_email_twice_in_any_case(base):
    email = f"twice.{secrets.token_hex(6)}@example.com"
    Grantex.signup(SignupParams(name="First", email=email), base_url=base)
    with pytest.raises(ValueError) as refused:
        Grantex.signup(SignupParams(name="Second", email=email.upper()), base_url=base)
    # Its message is the body's, not the bare status.
    assert not str(refused.value).startswith("HTTP")


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_signup_refuses_a_bad_name(base, name):
    with pytest.raises(ValueError):
        Grantex.signup(SignupParams(name=name), base_url=base)


def test_demo_keys_are_live_and_sandbox(demo, base):
    live = Grantex(api_key=demo["grantex_live_key"], base_url=base)
    sandbox = Grantex(api_key=demo["grantex_sandbox_key"], base_url=base)
    assert demo["grantex_live_key"].startswith("gx_live_")
    assert demo["grantex_sandbox_key"].startswith("gx_test_")
    live.agents.list()
    sandbox.agents.list()


def test_rotate_key_kills_the_old_one_at_once(developer):
    old = developer.client
    rotated = old.rotate_key()
    assert rotated.api_key.startswith("gx_live_")
    assert rotated.api_key != developer.key
    with pytest.raises(GrantexAuthError):
        old.agents.list()
    with Grantex(api_key=rotated.api_key, base_url=developer.base) as new:
        assert new.agents.list().agents == ()


def test_a_wrong_key_is_an_auth_error_with_a_request_id(developer):
    wrong = developer.key[:-4] + ("aaaa" if developer.key[-4:] != "aaaa" else "bbbb")
    for key in (wrong, "gx_live_short", "nonsense" * 8):
        with pytest.raises(GrantexAuthError) as refused:
            Grantex(api_key=key, base_url=developer.base).agents.list()
        assert refused.value.status_code == 401
        assert refused.value.body["code"] == "UNAUTHORIZED"
        assert UUID.fullmatch(refused.value.request_id)
        assert refused.value.body["requestId"] == refused.value.request_id


def test_nobody_at_the_other_end_is_a_network_error(base):
    more = {"max_retries": 0} if "max_retries" in Grantex.__init__.__kwdefaults__ else {}
    with pytest.raises(GrantexNetworkError):
        Grantex(api_key="gx_live_" + "x" * 43, base_url="http://127.0.0.1:9", **more).agents.list()
