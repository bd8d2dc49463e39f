"""PyJWT on the cases of peers.mjs: prints a JSON list of what it accepts."""

import datetime
import json
import sys
import warnings

import jwt
from jwt import api_jwt

warnings.simplefilter("ignore")


class Clock(datetime.datetime):
    """PyJWT asks the clock; the cases say what it shows."""

    shows = 0

    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(cls.shows, tz)


api_jwt.datetime = Clock


def accepts(case):
    expect = case["expect"]
    Clock.shows = expect["now"]
    try:
        kid = jwt.get_unverified_header(case["input"]).get("kid")
        keys = case["keys"]["keys"]
        named = [key for key in keys if key.get("kid") == kid] if kid is not None or len(keys) > 1 else keys
        jwt.decode(
            case["input"],
            jwt.PyJWK(named[0]),
            algorithms=["ES256", "RS256"],
            issuer=expect["issuer"],
            audience=expect["audiences"],
            leeway=expect.get("clock_tolerance") or 0,
            options={"require": ["exp", "iss", "aud"]},
        )
        return True
    except Exception:
        return False


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([accepts(case) for case in json.load(file)]))
