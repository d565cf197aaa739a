// The MCP authorization profile: the conformance suite in its `authorization` mode for each kind of client, and the client
// of the official SDK, which finds everything by itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { dirname, join } from "node:path";

import { Browser, ISSUER } from "./browser.mjs";
import { BASE_URL, cases, load, run } from "./cases.mjs";

const { PUBLIC_CLIENT, POST_CLIENT, POST_SECRET } = process.env;
const SUITE = join(dirname(load.resolve("@modelcontextprotocol/conformance/package.json")), "dist/index.js");
const { auth } = load("@modelcontextprotocol/sdk/client/auth.js");

// A port that nobody listens on.
const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

// Runs the suite; the page that it wants opened is opened by a browser of ours. Nothing may fail, warn or be left out.
async function suite(clientId, secret) {
  const port = await freePort();
  const words = ["authorization", "--url", ISSUER, "--client-id", clientId, "--port", String(port), "--resource", ISSUER];
  if (secret) words.push("--client-secret", secret);
  const child = spawn(process.execPath, [SUITE, ...words, "--verbose"]);
  let said = "";
  let opened;
  const read = (chunk) => {
    said += chunk;
    const url = new RegExp(`${ISSUER}/oauth2/authorize\\S+`).exec(said)?.[0];
    if (!url || opened) return;
    opened = new Browser().allow(url).then((callback) => fetch(callback));
    opened.catch((error) => (said += `\n${error.message}`)).finally(() => setTimeout(() => child.kill(), 10_000).unref());
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const code = await new Promise((done) => child.on("close", done));
  const bad = /FAILURE|SKIPPED|WARNING/.exec(said);
  assert(code === 0 && !bad && said.includes("authorization-code-grant"), said);
}

// What the SDK asks of an application: memory, and a browser.
class Application {
  redirectUrl = "http://127.0.0.1:9999/callback";
  clientMetadata = {
    client_name: "Agent",
    redirect_uris: [this.redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };

  constructor(information) {
    this.information = information;
  }

  clientInformation = () => this.information;
  saveClientInformation = (information) => (this.information = information);
  tokens = () => this.known;
  saveTokens = (tokens) => (this.known = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier) => (this.verifier = verifier);
  redirectToAuthorization = (url) => (this.url = url);
}

// From nothing but the address of the server to a token that opens it.
async function discovered(application) {
  const unauthorized = await fetch(`${BASE_URL}/v1/models`);
  assert.equal(unauthorized.status, 401);
  const resourceMetadataUrl = /resource_metadata="([^"]+)"/.exec(unauthorized.headers.get("www-authenticate"))[1];
  const server = { serverUrl: ISSUER, resourceMetadataUrl: new URL(resourceMetadataUrl) };
  assert.equal(await auth(application, server), "REDIRECT");
  assert.equal(application.url.searchParams.get("code_challenge_method"), "S256");
  assert.equal(application.url.searchParams.get("resource").replace(/\/$/, ""), ISSUER);
  const callback = await new Browser().allow(application.url);
  const authorizationCode = callback.searchParams.get("code");
  assert.equal(await auth(application, { ...server, authorizationCode }), "AUTHORIZED");
  const headers = { authorization: `Bearer ${application.known.access_token}` };
  assert.equal((await fetch(`${BASE_URL}/v1/models`, { headers })).status, 200);
  return server;
}

cases({
  async conformance_for_a_registered_public_client() {
    await suite(PUBLIC_CLIENT);
  },

  async conformance_for_a_client_that_registers_itself() {
    const body = JSON.stringify({
      client_name: "Conformance",
      redirect_uris: ["http://127.0.0.1/callback"],
      token_endpoint_auth_method: "none",
    });
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${ISSUER}/oauth2/register`, { method: "POST", body, headers });
    assert.equal(reply.status, 201);
    await suite((await reply.json()).client_id);
  },

  async conformance_for_a_client_whose_id_is_a_document() {
    const site = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      const document = { client_id: id, client_name: "Conformance", redirect_uris: ["http://127.0.0.1/callback"] };
      response.end(JSON.stringify(document));
    });
    await new Promise((done) => site.listen(0, "127.0.0.1", done));
    const id = `http://127.0.0.1:${site.address().port}/client.json`;
    await suite(id).finally(() => site.close());
  },

  async sdk_that_registers_and_refreshes() {
    const application = new Application();
    const server = await discovered(application);
    const first = application.known;
    assert.equal(await auth(application, server), "AUTHORIZED");
    assert.notEqual(application.known.refresh_token, first.refresh_token);
    assert.equal(first.scope, "inference", "never `admin`");
  },

  async sdk_of_a_client_that_is_known() {
    const method = (token_endpoint_auth_method) => ({ token_endpoint_auth_method });
    await discovered(new Application({ client_id: PUBLIC_CLIENT, ...method("none") }));
    const secret = { client_id: POST_CLIENT, client_secret: POST_SECRET, ...method("client_secret_post") };
    await discovered(new Application(secret));
  },
});

await run();
