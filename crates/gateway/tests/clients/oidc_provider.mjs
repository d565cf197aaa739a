// oidc-provider, which is certified by the OpenID Foundation, as the outside provider that people log in with. It runs here;
// the browser in between is plain HTTP, with the provider's own login and consent pages filled in.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { BASE_URL, cases, load, run } from "./cases.mjs";

const { Provider } = load("oidc-provider");
const { OUTSIDE_ISSUER, PUBLIC_URL, CLIENT_SECRET } = process.env;
const groups = { ada: ["ops", "all"], eve: ["all"] };
const people = { ada: { name: "Ada Lovelace", email: "ada@example.com" }, eve: { name: "Eve" } };

const key = (kid, kind, options, alg) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), kid, alg, use: "sig",
});
const rsa = (kid, alg = "RS256") => key(kid, "rsa", { modulusLength: 2048 }, alg);
const ed25519 = (kid) => key(kid, "ed25519", {}, "EdDSA");

// The provider with these keys; another one takes its place at the same address.
let server;
async function serve(keys, client = {}) {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve()));
  const provider = new Provider(OUTSIDE_ISSUER, {
    clients: [{
      client_id: "gateway", client_secret: CLIENT_SECRET, redirect_uris: [`${PUBLIC_URL}/auth/v1/outside/callback/corp`],
      ...client,
    }],
    jwks: { keys },
    cookies: { keys: ["a key for the cookies of a test"] },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({
      accountId: id, claims: () => ({ sub: id, groups: groups[id], ...people[id], email_verified: id === "ada" }),
    }),
  });
  server = createServer(provider.callback());
  await new Promise((resolve) => server.listen(new URL(OUTSIDE_ISSUER).port, "127.0.0.1", resolve));
}

// A browser: cookies by origin, redirects followed by hand. What is sent to the public address reaches the gateway.
class Browser {
  jars = new Map();

  jar(url) {
    if (!this.jars.has(url.origin)) this.jars.set(url.origin, new Map());
    return this.jars.get(url.origin);
  }

  async fetch(target, init = {}) {
    const url = new URL(String(target).replace(PUBLIC_URL, BASE_URL));
    const jar = this.jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, headers: { cookie, ...init.headers }, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    const location = response.headers.get("location");
    if (location) return this.fetch(new URL(location, url));
    return { status: response.status, url, text: await response.text() };
  }

  // Leaves for the provider, logs in and agrees there, comes back.
  async login(person) {
    let page = await this.fetch(`${BASE_URL}/auth/v1/outside/start/corp`);
    while (page.url.origin === OUTSIDE_ISSUER) {
      const [, prompt] = /name="prompt" value="([a-z]+)"/.exec(page.text) ?? assert.fail(page.text);
      const body = new URLSearchParams({ prompt, login: person, password: "any" });
      page = await this.fetch(page.url, { method: "POST", body });
    }
    return page;
  }

  async session() {
    const { sessions = [], current } = JSON.parse((await this.fetch(`${BASE_URL}/auth/v1/sessions`)).text);
    return sessions.find(({ id }) => id === current);
  }
}

async function comesIn(person) {
  const browser = new Browser();
  const page = await browser.login(person);
  assert.equal(page.status, 200, page.text);
  const session = await browser.session();
  assert(session?.user.startsWith("usr_"), page.text);
  return session;
}

cases({
  async login() {
    await serve([rsa("one")]);
    const first = await comesIn("ada");
    const again = await comesIn("ada");
    assert.equal(again.user, first.user);
    assert.notEqual((await comesIn("eve")).user, first.user);
    assert.deepEqual(first.amr, ["fed"]);
  },

  async rotated_keys() {
    const before = await comesIn("ada");
    await serve([rsa("two")]);
    assert.equal((await comesIn("ada")).user, before.user);
  },

  async other_algorithms() {
    for (const [kid, made] of [["three", ed25519], ["four", (kid) => rsa(kid, "PS256")]]) {
      const one = made(kid);
      await serve([one], { id_token_signed_response_alg: one.alg });
      await comesIn("ada");
    }
  },

  async groups_become_roles() {
    await serve([rsa("five")]);
    const scopes = async (person) => (await comesIn(person)).scopes;
    const [ada, eve] = [await scopes("ada"), await scopes("eve")];
    assert(ada.length > eve.length, `${ada} ${eve}`);
    groups.ada = ["all"];
    assert.deepEqual((await scopes("ada")).sort(), eve.sort());
  },

  async cancelled() {
    const browser = new Browser();
    let page = await browser.fetch(`${BASE_URL}/auth/v1/outside/start/corp`);
    page = await browser.fetch(`${page.url}/abort`);
    assert.equal(page.status, 400);
    assert(page.text.includes("The login was cancelled."), page.text);
  },

  async wrong_secret() {
    await serve([rsa("six")], { client_secret: "another secret" });
    const page = await new Browser().login("ada");
    assert.equal(page.status, 403, page.text);
  },
});

await run();
server.closeAllConnections();
server.close();
