"""Authlib as a client of the OAuth provider. The pages are driven by plain HTTP: fetched, filled in, posted."""

import base64
import os
import re
import time

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from cases import case, equal, run

ISSUER = os.environ["ISSUER"]
CALLBACK = "https://app.example/cb"
SCOPE = "openid email inference"
METADATA = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=10).json()
SECRETS = {
    "none": ("PUBLIC_CLIENT", "PUBLIC_SECRET"),
    "client_secret_post": ("POST_CLIENT", "POST_SECRET"),
    "client_secret_basic": ("BASIC_CLIENT", "BASIC_SECRET"),
}


def client(method):
    name, secret = SECRETS[method]
    return OAuth2Session(
        os.environ[name],
        os.environ[secret] or None,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=METADATA["token_endpoint"],
    )


class Browser:
    """Keeps cookies, follows redirects within the site, fills in forms."""

    def __init__(self):
        self.cookies = {}

    def fetch(self, url, form=None):
        url = url if url.startswith("http") else ISSUER + url
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "origin": ISSUER}
        method = "GET" if form is None else "POST"
        reply = requests.request(method, url, data=form, headers=headers, allow_redirects=False, timeout=20)
        self.cookies |= {cookie.name: cookie.value for cookie in reply.cookies}
        location = reply.headers.get("location", "")
        return self.fetch(location) if location.startswith("/") else reply

    def submit(self, page, **fields):
        action = re.search('action="([^"]+)"', page.text)[1]
        hidden = dict(re.findall('<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
        return self.fetch(action, hidden | fields)

    def allow(self, url):
        page = self.fetch(url)
        if 'name="password"' in page.text:
            page = self.submit(page, email=os.environ["EMAIL"], password=os.environ["PASSWORD"])
        if 'value="allow"' in page.text:
            page = self.submit(page, decision="allow")
        return page.headers["location"]


def flow(method):
    session, verifier = client(method), generate_token(48)
    url, state = session.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=verifier, nonce="n1"
    )
    assert create_s256_code_challenge(verifier) in url
    callback = Browser().allow(url)
    session.fetch_token(authorization_response=callback, state=state, code_verifier=verifier)
    return session


def models(token):
    reply = requests.get(f"{ISSUER}/v1/models", headers={"authorization": f"Bearer {token}"}, timeout=10)
    return reply.status_code


@case
def metadata():
    AuthorizationServerMetadata({**METADATA, "issuer": "https://ai.example"}).validate_issuer()
    equal(METADATA["issuer"], ISSUER)


@case
def code_with_pkce_and_id_token():
    for method in SECRETS:
        session = flow(method)
        equal(models(session.token["access_token"]), 200)
        keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=10).json())
        algorithms = METADATA["id_token_signing_alg_values_supported"]
        claims = jwt.decode(session.token["id_token"], keys, algorithms=algorithms).claims
        equal((claims["iss"], claims["aud"], claims["nonce"]), (ISSUER, session.client_id, "n1"))


@case
def refresh_with_rotation():
    session = flow("client_secret_basic")
    first = session.token["refresh_token"]
    session.refresh_token(METADATA["token_endpoint"], refresh_token=first)
    assert session.token["refresh_token"] != first
    equal(models(session.token["access_token"]), 200)


@case
def introspection_and_revocation():
    session = flow("client_secret_post")
    token = session.token["access_token"]
    equal(session.introspect_token(METADATA["introspection_endpoint"], token=token).json()["active"], True)
    equal(session.revoke_token(METADATA["revocation_endpoint"], token=token).status_code, 200)
    equal(models(token), 401)


def signer(life_s):
    der = base64.b64decode(os.environ["KEY_PKCS8"])
    pem = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"
    session = OAuth2Session(
        os.environ["KEY_CLIENT"], ECKey.import_key(pem), token_endpoint_auth_method="private_key_jwt", scope="inference"
    )
    claims = {"exp": int(time.time()) + life_s}
    session.register_client_auth_method(PrivateKeyJWT(METADATA["token_endpoint"], claims=claims, alg="ES256"))
    return session


@case
def private_key_jwt():
    token = signer(60).fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
    equal(models(token["access_token"]), 200)


@case
def private_key_jwt_is_taken_once_and_not_for_an_hour():
    session = signer(60)
    session.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
    # Given claims, Authlib signs the same `jti` again. Its own life of an assertion is an hour.
    for session in (session, signer(3600)):
        try:
            session.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
        except OAuthError as error:
            equal(error.error, "invalid_client")
        else:
            raise AssertionError("it was taken")


@case
def client_credentials():
    session = client("client_secret_basic")
    token = session.fetch_token(grant_type="client_credentials", scope="inference")
    equal(models(token["access_token"]), 200)


run()
