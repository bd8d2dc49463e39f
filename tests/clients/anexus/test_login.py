"""The command line: a person logs in in the browser, and asks for codes in the terminal."""

import os
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

CODE = re.compile(
    r"anx://(?P<target>[a-z0-9._-]+)/(?P<user>user_[a-z0-9]{16})\?exp=3600&ts=\d{10}"
    r"&n=[A-Za-z0-9_-]{22,}&k=[A-Za-z0-9_-]+&sig=[A-Za-z0-9_-]{86}"
)


@pytest.fixture()
def log_in(cli):
    def log_in():
        # Python's webbrowser runs $BROWSER; the person in it is Chromium.
        person = f"{os.environ['NODE']} {os.environ['PERSON']} login %s &"
        return cli("anexus_sdk", "login", BROWSER=person)

    return log_in


def test_login_whoami_status_and_codes(cli, log_in, home, demo):
    out = cli("anexus_sdk", "whoami")
    assert out.returncode == 1
    assert "Not logged in" in out.stdout

    out = log_in()
    assert out.returncode == 0, out.stdout + out.stderr
    assert "Logged in successfully" in out.stdout
    token = (home / ".anexus/token").read_text()
    assert re.fullmatch(r"ses_[A-Za-z0-9_-]{59}", token)
    # The program's session is its own, not the one that the person has elsewhere.
    assert token != demo.session_token

    for command in ("whoami", "status"):
        out = cli("anexus_sdk", command)
        assert out.returncode == 0, out.stderr
        for label, value in (
            ("Username", demo.username),
            ("User ID", demo.user_id),
            ("Email", demo.email),
            ("Role", "human"),
        ):
            assert re.search(rf"{label}: +{re.escape(value)}$", out.stdout, re.M)

    seen = set()
    for words in (
        ("anexus_sdk", "code", demo.target),
        ("anexus_sdk", "code", "--target", demo.target),
        ("anexus_sdk", "code", "-t", demo.target.upper()),
        ("anexus_sdk.code_gen", "--target", demo.target),
    ):
        out = cli(*words)
        assert out.returncode == 0, out.stdout + out.stderr
        code = CODE.search(out.stdout)
        assert (code["target"], code["user"]) == (demo.target, demo.user_id)
        assert len(code[0]) < 240
        assert "Expires: 1 hour" in out.stdout
        seen.add(code[0])
    assert len(seen) == 4


def test_ending_the_session_ends_the_program(cli, log_in, account):
    assert log_in().returncode == 0
    sessions = account("/dashboard/sessions")["sessions"]
    newest = max(sessions, key=lambda session: session["created_at"])
    account(f"/dashboard/sessions/{newest['id']}/end", {})
    for words in (("whoami",), ("code", "shop")):
        out = cli("anexus_sdk", *words)
        assert out.returncode == 1
        assert "Session expired or invalid" in out.stdout


def test_a_person_says_no_and_the_program_gets_nothing(person, demo):
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b"Missing session_token")
            threading.Thread(target=server.shutdown, daemon=True).start()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    person("login", f"{demo.auth_url}?redirect=http://127.0.0.1:{server.server_port}", "deny")
    thread.join(20)
    assert len(paths) == 1
    assert "session_token" not in paths[0]


@pytest.mark.parametrize(
    "words", [("anexus_sdk", "code"), ("anexus_sdk.code_gen",), ("anexus_sdk", "nonsense")]
)
def test_wrong_use_fails(cli, words):
    assert cli(*words).returncode == 1


def test_without_words_it_tells_its_use(cli):
    out = cli("anexus_sdk")
    assert (out.returncode, "login" in out.stdout) == (0, True)


@pytest.mark.parametrize(
    "redirect",
    [
        "http://127.0.0.1@evil.example:80",
        "http://127.0.0.1.evil.example:80",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_redirect_to_anywhere_else_is_refused(demo, redirect):
    answer = httpx.get(demo.auth_url, params={"redirect": redirect})
    assert answer.status_code == 400
    assert "location" not in answer.headers
