// oauth4webapi, which is certified by the OpenID Foundation, as a client that signs, registers itself, and checks every
// answer by the RFCs.

import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";

import { Browser, ISSUER } from "./browser.mjs";
import { BASE_URL, cases, load, run } from "./cases.mjs";

const oauth = load("oauth4webapi");
const { KEY_CLIENT, KEY_PKCS8, PUBLIC_CLIENT, POST_CLIENT, POST_SECRET } = process.env;
const CALLBACK = "https://app.example/cb";
const SCOPE = "openid email inference";
const insecure = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(ISSUER);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));

// The key that the operator registered for KEY_CLIENT.
const registered = await crypto.subtle.importKey(
  "jwk",
  createPrivateKey({ key: Buffer.from(KEY_PKCS8, "base64"), format: "der", type: "pkcs8" }).export({ format: "jwk" }),
  { name: "ECDSA", namedCurve: "P-256" },
  false,
  ["sign"],
);
const signer = { client: { client_id: KEY_CLIENT }, auth: oauth.PrivateKeyJwt(registered) };
const open = { client: { client_id: PUBLIC_CLIENT }, auth: oauth.None() };
const post = { client: { client_id: POST_CLIENT }, auth: oauth.ClientSecretPost(POST_SECRET) };

const models = (token) => fetch(`${BASE_URL}/v1/models`, { headers: { authorization: `Bearer ${token}` } });

// The code flow; everything is checked by the client.
async function flow({ client, auth }, { push = false, dpop, scope = SCOPE } = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const options = { ...insecure, ...(dpop && { DPoP: dpop }) };
  const url = new URL(as.authorization_endpoint);
  if (push) {
    const reply = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, options);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, reply);
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri });
  } else {
    url.search = parameters;
  }
  const callback = oauth.validateAuthResponse(as, client, await new Browser().allow(url), state);
  const reply = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, CALLBACK, verifier, options);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, reply, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  return { callback, verifier, tokens };
}

async function refresh({ client, auth }, token, options) {
  const reply = await oauth.refreshTokenGrantRequest(as, client, auth, token, { ...insecure, ...options });
  return oauth.processRefreshTokenResponse(as, client, reply);
}

async function introspect({ client, auth }, token) {
  const reply = await oauth.introspectionRequest(as, client, auth, token, insecure);
  return oauth.processIntrospectionResponse(as, client, reply);
}

async function revoke({ client, auth }, token) {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, insecure));
}

async function register(metadata) {
  const reply = await oauth.dynamicClientRegistrationRequest(as, { redirect_uris: [CALLBACK], ...metadata }, insecure);
  return oauth.processDynamicClientRegistrationResponse(reply);
}

cases({
  async code_with_pkce_and_the_id_token_verified_by_the_key_set() {
    const { tokens } = await flow(open);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    assert.equal(claims.aud, PUBLIC_CLIENT);
    const reply = await oauth.userInfoRequest(as, open.client, tokens.access_token, insecure);
    const info = await oauth.processUserInfoResponse(as, open.client, claims.sub, reply);
    assert.equal(info.email, process.env.EMAIL);
  },

  async private_key_jwt_for_code_push_refresh_introspection_and_revocation() {
    const { tokens } = await flow(signer, { push: true });
    const second = await refresh(signer, tokens.refresh_token);
    assert.equal((await introspect(signer, second.access_token)).active, true);
    await revoke(signer, second.refresh_token);
    assert.equal((await introspect(signer, second.access_token)).active, false);
    assert.equal((await models(second.access_token)).status, 401);
  },

  async private_key_jwt_for_client_credentials() {
    const { client, auth } = signer;
    const reply = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: "inference" }, insecure);
    const tokens = await oauth.processClientCredentialsResponse(as, client, reply);
    assert.equal((await models(tokens.access_token)).status, 200);
  },

  async private_key_jwt_of_another_key_is_refused() {
    const { privateKey } = await oauth.generateKeyPair("ES256");
    const stranger = { client: signer.client, auth: oauth.PrivateKeyJwt(privateKey) };
    await assert.rejects(introspect(stranger, "x"), { error: "invalid_client" });
  },

  async registration_with_keys_of_every_algorithm() {
    for (const algorithm of ["ES256", "Ed25519", "PS256", "RS256"]) {
      const { publicKey, privateKey } = await oauth.generateKeyPair(algorithm, { extractable: true });
      const jwk = { ...(await crypto.subtle.exportKey("jwk", publicKey)), alg: algorithm, use: "sig", kid: "a" };
      const client = await register({
        client_name: `Signer ${algorithm}`,
        token_endpoint_auth_method: "private_key_jwt",
        grant_types: ["authorization_code", "refresh_token"],
        jwks: { keys: [jwk] },
      });
      const { tokens } = await flow({ client, auth: oauth.PrivateKeyJwt({ key: privateKey, kid: "a" }) });
      assert.equal((await models(tokens.access_token)).status, 200, algorithm);
    }
  },

  async registration_of_a_public_client_and_one_with_a_secret() {
    const open = await register({ token_endpoint_auth_method: "none" });
    assert((await flow({ client: open, auth: oauth.None() })).tokens.access_token);
    const secret = await register({ token_endpoint_auth_method: "client_secret_basic" });
    assert((await flow({ client: secret, auth: oauth.ClientSecretBasic(secret.client_secret) })).tokens.access_token);
  },

  async dpop_with_push_and_refresh() {
    const dpop = oauth.DPoP(open.client, await oauth.generateKeyPair("ES256"));
    const { tokens } = await flow(open, { push: true, dpop });
    assert.equal(tokens.token_type, "dpop");
    const url = new URL(`${ISSUER}/v1/models`);
    const get = (options) => oauth.protectedResourceRequest(tokens.access_token, "GET", url, undefined, null, options);
    assert.equal((await get({ ...insecure, DPoP: dpop })).status, 200);
    assert.equal((await models(tokens.access_token)).status, 401);
    const refreshed = await refresh(open, tokens.refresh_token, { DPoP: dpop });
    assert.equal(refreshed.token_type, "dpop");
    await assert.rejects(refresh(open, refreshed.refresh_token), { error: "invalid_grant" });
  },

  async refresh_with_rotation_and_reuse() {
    const { tokens } = await flow(post);
    const second = await refresh(post, tokens.refresh_token);
    const third = await refresh(post, second.refresh_token);
    assert.equal(new Set([tokens, second, third].map((set) => set.refresh_token)).size, 3);
    await assert.rejects(refresh(post, tokens.refresh_token), { error: "invalid_grant" });
    await assert.rejects(refresh(post, third.refresh_token), { error: "invalid_grant" });
  },

  async device() {
    const { client, auth } = open;
    const parameters = new URLSearchParams({ scope: SCOPE });
    const begun = await oauth.deviceAuthorizationRequest(as, client, auth, parameters, insecure);
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, begun);
    const poll = async () => {
      const reply = await oauth.deviceCodeGrantRequest(as, client, auth, codes.device_code, insecure);
      return oauth.processDeviceCodeResponse(as, client, reply);
    };
    await assert.rejects(poll(), { error: "authorization_pending" });
    const browser = new Browser();
    const page = await browser.submit(await browser.fetch(codes.verification_uri), { user_code: codes.user_code });
    await browser.finish(page);
    await new Promise((done) => setTimeout(done, codes.interval * 1000));
    assert.equal((await models((await poll()).access_token)).status, 200);
  },

  async mix_up_and_a_wrong_state_are_noticed() {
    const callback = (text) => () => oauth.validateAuthResponse(as, open.client, new URL(`${CALLBACK}?${text}`), "s");
    assert.throws(callback("code=x&state=s&iss=https%3A%2F%2Fevil.example"));
    assert.throws(callback("code=x&state=s"), "an answer of ours names its issuer");
    assert.throws(callback(`code=x&state=t&iss=${encodeURIComponent(ISSUER)}`));
  },
});

await run();
