"""Codes from the functions of both packages: asked for, shown, spent once."""

import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.request

import anexus_verify
import httpx
import pytest
from anexus_sdk import check_login, generate_code
from anexus_verify import verify_code

USED = "Code expired or already used"


@pytest.fixture()
def code(demo):
    answer = generate_code(demo.target, session_token=demo.session_token)
    assert answer["success"] is True, answer
    return answer["code"]


def test_the_published_verifier_is_the_one_under_test():
    assert anexus_verify.__version__ == "0.1.0"


def test_check_login_knows_the_person(demo, base):
    expected = {
        "logged_in": True,
        "user_id": demo.user_id,
        "username": demo.username,
        "email": demo.email,
        "role": "human",
    }
    for answer in (
        check_login(demo.session_token),
        check_login(session_token=demo.session_token, base_url=base + "/"),
    ):
        assert expected.items() <= answer.items()


@pytest.mark.parametrize("token", ["nonsense", "ses_" + "a" * 59])
def test_check_login_says_why_not(token):
    answer = check_login(token)
    assert answer["logged_in"] is False
    assert answer["error"] == "Session expired or invalid. Log in again."
    assert not check_login()["logged_in"]


def test_a_check_without_a_header_is_answered_in_json(base):
    with urllib.request.urlopen(base + "/api/v1/session/check") as answer:
        assert json.load(answer)["logged_in"] is False


def test_generate_code(demo):
    before = int(time.time())
    answer = generate_code(f" {demo.target.upper()} ", session_token=demo.session_token)
    assert answer["success"] is True
    assert answer["target"] == demo.target
    assert answer["expires_in"] == "1 hour"
    assert isinstance(answer["geo_location"], str)
    head, tail = answer["code"].split("&ts=")
    assert head == f"anx://{demo.target}/{demo.user_id}?exp=3600"
    assert before <= int(tail.split("&")[0]) <= time.time()
    assert len(answer["code"]) < 240


def test_codes_of_one_second_differ(demo):
    codes = {generate_code(demo.target, demo.session_token)["code"] for _ in range(10)}
    assert len(codes) == 10


@pytest.mark.parametrize("target", ["two words", "a" * 49, "sch/rägstrich", ".dot"])
def test_generate_code_delivers_the_reason(demo, target):
    answer = generate_code(target, demo.session_token)
    assert answer["success"] is False
    # Had the server not answered 200, the client would say only "Network error".
    assert answer["reason"] == "invalid_field"
    assert not answer["error"].startswith("Network error")


def test_generate_code_without_a_session():
    assert generate_code("shop", "ses_" + "a" * 59)["error"].startswith("Session expired")
    assert generate_code("", "x") == {"success": False, "error": "Target platform is required"}
    assert "No session token" in generate_code("shop")["error"]


def test_verify_code_spends_it_once(demo, code):
    answer = verify_code(code, demo.platform_api_key)
    assert answer["verified"] is True
    assert answer["username"] == demo.username
    assert answer["user_id"] == demo.user_id
    assert answer["name"] == "Demo Person"
    assert answer["target_platform"] == demo.target
    assert answer["identity_type"] == "human"
    assert answer["permissions"] == demo.permissions
    assert isinstance(answer["geo_location"], str)
    again = verify_code(code, demo.platform_api_key)
    assert (again["verified"], again["error"]) == (False, USED)


def test_verify_code_with_its_secret(demo, base, code):
    answer = verify_code(
        code, demo.platform_api_key, api_secret=demo.platform_api_secret, base_url=base
    )
    assert answer["verified"] is True


def test_a_wrong_secret_spends_nothing(demo, code):
    refused = verify_code(code, demo.platform_api_key, api_secret="not the secret")
    assert (refused["verified"], refused["reason"]) == (False, "signature_rejected")
    assert verify_code(code, demo.platform_api_key)["verified"] is True


def test_a_wrong_key_spends_nothing(demo, code):
    for key in ("nonsense", "nxs6_" + "a" * 59, demo.platform_api_key[:-1] + "~"):
        refused = verify_code(code, key)
        assert (refused["verified"], refused["error"]) == (False, "Invalid API key")
    assert verify_code(code, demo.platform_api_key)["verified"] is True


def test_an_old_timestamp_and_a_lone_half_are_refused(demo, base, code):
    def call(**more):
        body = {"code": code, "api_key": demo.platform_api_key} | more
        return httpx.post(base + "/api/v1/codes/verify", json=body).json()

    def signed(age):
        timestamp = str(int(time.time()) - age)
        message = f"POST:/api/v1/codes/verify:{timestamp}".encode()
        key = demo.platform_api_secret.encode()
        signature = hmac.new(key, message, hashlib.sha256).hexdigest()
        return {"timestamp": timestamp, "signature": signature}

    for age in (310, -310):
        assert call(**signed(age))["reason"] == "timestamp_rejected"
    good = signed(0)
    for name in good:
        assert call(**{name: good[name]})["verified"] is False
    assert call(**good)["verified"] is True


def test_altered_and_forged_codes_are_refused(demo, code):
    swapped = "B" if code[-2] == "A" else "A"
    for text in (
        code[:-2] + swapped + code[-1],
        code + "A",
        code.replace("exp=3600", "exp=9600"),
        code.replace(demo.user_id, "user_" + "0" * 16),
        code.split("&n=")[0],
        "nonsense",
        "anx://",
    ):
        assert verify_code(text, demo.platform_api_key)["verified"] is False, text
    assert verify_code(code, demo.platform_api_key)["verified"] is True


def test_another_platforms_key_spends_nothing(demo, account, code):
    other = account(
        "/dashboard/keys",
        {"target": f"other-{secrets.token_hex(4)}"},
        session=demo.platform_session_token,
    )
    refused = verify_code(code, other["api_key"])
    assert (refused["verified"], refused["error"]) == (False, USED)
    assert verify_code(code, demo.platform_api_key)["verified"] is True


def test_a_key_that_asks_for_signatures(demo, account, code):
    made = account(
        "/dashboard/keys",
        {"target": demo.target, "require_signature": True},
        session=demo.platform_session_token,
    )
    refused = verify_code(code, made["api_key"])
    assert (refused["verified"], refused["reason"]) == (False, "signature_required")
    assert verify_code(code, made["api_key"], made["api_secret"])["verified"] is True


def test_a_revoked_key_is_dead_at_once(demo, account, code):
    session = demo.platform_session_token
    made = account("/dashboard/keys", {"target": demo.target}, session=session)
    account(f"/dashboard/keys/{made['id']}/revoke", {}, session=session)
    assert verify_code(code, made["api_key"])["error"] == "Invalid API key"
    assert verify_code(code, demo.platform_api_key)["verified"] is True


def test_of_many_at_once_one_wins(demo, code):
    answers = []
    start = threading.Barrier(16)

    def race():
        start.wait()
        answers.append(verify_code(code, demo.platform_api_key, demo.platform_api_secret))

    racers = [threading.Thread(target=race) for _ in range(16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(answers) == 16
    assert sum(answer["verified"] for answer in answers) == 1


def test_a_lost_answer_may_be_asked_for_again(demo, base, code):
    def call(key):
        return httpx.post(
            base + "/api/v1/codes/verify",
            json={"code": code, "api_key": demo.platform_api_key},
            headers={"Idempotency-Key": key},
        ).json()

    first = call("order-1")
    assert (first["verified"], first["repeat"]) == (True, False)
    assert call("order-1") == first | {"repeat": True}
    assert call("order-2")["verified"] is False


def test_the_person_sees_what_became_of_their_codes(demo, account, code):
    verify_code(code, demo.platform_api_key)
    codes = account("/dashboard/codes")["codes"]
    # The newest, or one of the same second.
    assert "redeemed" in {each["fate"] for each in codes[:3]}
    assert codes[0]["target"] == demo.target


def test_missing_arguments_never_reach_the_server():
    assert verify_code("", "x")["error"] == "Auth code is required"
    assert verify_code("x", "")["error"].startswith("API Key is required")
