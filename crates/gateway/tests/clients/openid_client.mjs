// openid-client, which is certified by the OpenID Foundation, as a client of the OAuth provider. The pages are driven by
// plain HTTP: fetched, filled in, posted.

import assert from "node:assert/strict";

import { Browser, ISSUER } from "./browser.mjs";
import { BASE_URL, cases, load, run } from "./cases.mjs";

const oidc = load("openid-client");
const { EMAIL, PUBLIC_CLIENT, POST_CLIENT, POST_SECRET, BASIC_CLIENT, BASIC_SECRET } = process.env;
const CALLBACK = "https://app.example/cb";
const SCOPE = "openid email inference";

const insecure = { execute: [oidc.allowInsecureRequests] };
const discover = (id, secret, auth) => oidc.discovery(new URL(ISSUER), id, secret, auth, insecure);
const publicClient = () => discover(PUBLIC_CLIENT, undefined, oidc.None());
const postClient = () => discover(POST_CLIENT, POST_SECRET, oidc.ClientSecretPost(POST_SECRET));
const basicClient = () => discover(BASIC_CLIENT, BASIC_SECRET, oidc.ClientSecretBasic(BASIC_SECRET));

// The code flow, with everything that the client checks by itself.
async function flow(config, { push = false, dpop } = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), maxAge: 300 };
  const parameters = {
    redirect_uri: CALLBACK,
    scope: SCOPE,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: "300",
    resource: ISSUER,
  };
  const options = dpop && { DPoP: dpop };
  const url = push
    ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, options)
    : oidc.buildAuthorizationUrl(config, parameters);
  const callback = await new Browser().allow(url);
  const tokens = await oidc.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true }, undefined, options);
  return { callback, checks, tokens };
}

const models = (token) => fetch(`${BASE_URL}/v1/models`, { headers: { authorization: `Bearer ${token}` } });

cases({
  async discovery() {
    const metadata = (await publicClient()).serverMetadata();
    assert.equal(metadata.issuer, ISSUER);
    assert(metadata.supportsPKCE());
  },

  async discovery_by_rfc_8414() {
    const options = { ...insecure, algorithm: "oauth2" };
    const config = await oidc.discovery(new URL(ISSUER), PUBLIC_CLIENT, undefined, oidc.None(), options);
    assert.equal(config.serverMetadata().token_endpoint, `${ISSUER}/oauth2/token`);
  },

  async code_with_pkce_and_user_info() {
    const config = await publicClient();
    const { tokens } = await flow(config);
    assert.equal(tokens.claims().aud, PUBLIC_CLIENT);
    assert.equal((await models(tokens.access_token)).status, 200);
    const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(info.email, EMAIL);
  },

  async code_of_a_client_with_basic() {
    assert((await flow(await basicClient())).tokens.id_token);
  },

  async refresh_with_rotation_and_reuse() {
    const config = await publicClient();
    const { tokens } = await flow(config);
    const second = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    const third = await oidc.refreshTokenGrant(config, second.refresh_token);
    assert.notEqual(second.refresh_token, third.refresh_token);
    await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: "invalid_grant" });
    await assert.rejects(oidc.refreshTokenGrant(config, third.refresh_token), { error: "invalid_grant" });
    assert.equal((await models(third.access_token)).status, 401);
  },

  async code_replay_revokes() {
    const config = await publicClient();
    const { callback, checks, tokens } = await flow(config);
    await assert.rejects(oidc.authorizationCodeGrant(config, callback, checks), { error: "invalid_grant" });
    assert.equal((await models(tokens.access_token)).status, 401);
  },

  async mix_up_is_noticed() {
    const config = await publicClient();
    const callback = new URL(`${CALLBACK}?code=x&state=s&iss=https%3A%2F%2Fevil.example`);
    const call = oidc.authorizationCodeGrant(config, callback, { expectedState: "s", pkceCodeVerifier: "v".repeat(43) });
    await assert.rejects(call, { code: "OAUTH_INVALID_RESPONSE" });
  },

  async pushed_request() {
    assert((await flow(await postClient(), { push: true })).tokens.access_token);
  },

  async dpop() {
    const config = await publicClient();
    const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
    const { tokens } = await flow(config, { dpop });
    assert.equal(tokens.token_type, "dpop");
    const url = new URL(`${ISSUER}/v1/models`);
    const get = (options) => oidc.fetchProtectedResource(config, tokens.access_token, url, "GET", null, null, options);
    assert.equal((await get({ DPoP: dpop })).status, 200);
    assert.equal((await models(tokens.access_token)).status, 401);
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: dpop });
    assert.equal(refreshed.token_type, "dpop");
    await assert.rejects(oidc.refreshTokenGrant(config, refreshed.refresh_token), { error: "invalid_grant" });
  },

  async pushed_request_binds_the_code_to_the_key() {
    const config = await publicClient();
    const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
    assert.equal((await flow(config, { push: true, dpop })).tokens.token_type, "dpop");
  },

  async client_credentials_introspection_and_revocation() {
    const config = await postClient();
    const tokens = await oidc.clientCredentialsGrant(config, { scope: "inference" });
    const seen = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.sub, POST_CLIENT);
    await oidc.tokenRevocation(config, tokens.access_token);
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
    assert.equal((await models(tokens.access_token)).status, 401);
  },

  async revocation_of_a_refresh_token() {
    const config = await basicClient();
    const { tokens } = await flow(config);
    assert.equal((await oidc.tokenIntrospection(config, tokens.refresh_token)).active, true);
    await oidc.tokenRevocation(config, tokens.refresh_token);
    assert.equal((await oidc.tokenIntrospection(config, tokens.refresh_token)).active, false);
    assert.equal((await models(tokens.access_token)).status, 401);
  },

  async device() {
    const config = await publicClient();
    const begun = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE });
    const browser = new Browser();
    const page = await browser.submit(await browser.fetch(begun.verification_uri), { user_code: begun.user_code });
    await browser.finish(page);
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, begun);
    assert.equal((await models(tokens.access_token)).status, 200);
  },

  async logout() {
    const config = await publicClient();
    const { tokens } = await flow(config);
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: "https://app.example/out", state: "s" };
    const page = await new Browser().fetch(oidc.buildEndSessionUrl(config, parameters));
    assert.equal(page.location, "https://app.example/out?state=s");
    assert.equal((await models(tokens.access_token)).status, 401);
  },
});

await run();
