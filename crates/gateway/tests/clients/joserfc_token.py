"""The judge `joserfc`: another implementation of JOSE agrees with access tokens, the key set and DPoP proofs.

    joserfc_token.py key FILE ALGORITHM     makes a DPoP key, prints its thumbprint
    joserfc_token.py judge FILE ALGORITHM   judges the gateway at BASE_URL by ACCESS_TOKEN, and BOUND_TOKEN with that key
"""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey

SIGNATURES = ["Ed25519", "EdDSA", "ES256"]


def make(file, algorithm):
    key = OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else ECKey.generate_key("P-256")
    with open(file, "w", encoding="utf-8") as out:
        json.dump(key.as_dict(private=True), out)
    print(key.thumbprint())


def load(file):
    with open(file, encoding="utf-8") as text:
        members = json.load(text)
    return OKPKey.import_key(members) if members["kty"] == "OKP" else ECKey.import_key(members)


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def judge(file, algorithm):
    base, token, bound = (os.environ[name] for name in ("BASE_URL", "ACCESS_TOKEN", "BOUND_TOKEN"))
    status, body = get(f"{base}/.well-known/jwks.json")
    assert status == 200, status
    keys = KeySet.import_key_set(json.loads(body))
    for key in keys.keys:
        assert key.kid == key.thumbprint(), "a key is named by its thumbprint"
        assert not key.is_private, "the key set is public"
    read = jwt.decode(token, keys, algorithms=SIGNATURES)
    assert read.header["typ"] == "at+jwt", read.header
    names = ["iss", "aud", "sub", "client_id", "exp", "iat", "jti"]
    jwt.JWTClaimsRegistry(**{name: {"essential": True} for name in names}).validate(read.claims)
    print("ok joserfc verifies an access token by the key set")
    signed, signature = token.rsplit(".", 1)
    turned = ("B" if signature[0] == "A" else "A") + signature[1:]
    try:
        jwt.decode(f"{signed}.{turned}", keys, algorithms=SIGNATURES)
        print("FAIL joserfc takes a changed signature")
    except BadSignatureError:
        print("ok joserfc refuses a changed signature")
    key = load(file)
    header = {"typ": "dpop+jwt", "alg": algorithm, "jwk": key.as_dict(private=False)}
    header["jwk"].pop("kid", None)
    ath = base64.urlsafe_b64encode(hashlib.sha256(bound.encode()).digest()).rstrip(b"=").decode()
    claims = {"jti": str(uuid.uuid4()), "htm": "GET", "htu": f"{base}/v1/models", "iat": int(time.time()), "ath": ath}
    proof = jwt.encode(header, claims, key, algorithms=SIGNATURES)
    status, body = get(f"{base}/v1/models", Authorization=f"DPoP {bound}", DPoP=proof)
    print(f"{'ok' if status == 200 else 'FAIL'} the gateway takes a proof of joserfc with {algorithm}: {status} {body[:200]}")
    status, _ = get(f"{base}/v1/models", Authorization=f"DPoP {bound}", DPoP=proof)
    print(f"{'ok' if status == 401 else 'FAIL'} and takes it once: {status}")


if __name__ == "__main__":
    try:
        {"key": make, "judge": judge}[sys.argv[1]](*sys.argv[2:])
    except (AssertionError, JoseError) as error:
        print(f"FAIL {error!r}")
        sys.exit(1)
