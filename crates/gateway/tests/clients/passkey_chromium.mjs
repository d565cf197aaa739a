// Chromium with a virtual authenticator, as a person with a passkey: another implementation of both sides of WebAuthn than
// the tests' own. It runs the script of the pages on a page of the gateway.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { cases, load, run } from "./cases.mjs";

const { chromium } = load("playwright-core");
const { ISSUER, EMAIL, PASSWORD } = process.env;
const SCRIPT = readFileSync(new URL("../../src/http/page/passkey.js", import.meta.url), "utf8");
const ARGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";
const AUTHENTICATOR = {
  protocol: "ctap2",
  ctap2Version: "ctap2_1",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGS.split(" ") });
// The page that is there allows no script; the pages with passkeys allow this one.
const context = await browser.newContext({ bypassCSP: true });
const page = await context.newPage();
const devtools = await context.newCDPSession(page);
await devtools.send("WebAuthn.enable");
const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options: AUTHENTICATOR });

// Calls the gateway from the page, as its script does.
const call = (method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const csrf = /__Host-portcullis-csrf=([^;]+)/.exec(document.cookie)?.[1];
      const headers = { "content-type": "application/json", ...(csrf && { "x-csrf-token": csrf }) };
      const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      return response.json();
    },
    [method, path, body],
  );

// Clicks a button of the page's script and says what the gateway, or the page, answered.
async function click(kind, dataset = {}) {
  await page.goto(`${ISSUER}/device`);
  await page.evaluate(SCRIPT);
  return page.evaluate(
    ([kind, dataset]) =>
      new Promise((resolve) => {
        const button = document.createElement("button");
        const message = document.createElement("p");
        message.dataset.passkeyMessage = "";
        button.type = "button";
        Object.assign(button.dataset, dataset, { passkey: kind });
        document.body.append(button, message);
        document.addEventListener("passkey", (event) => {
          event.preventDefault();
          resolve({ answer: event.detail });
        });
        new MutationObserver(() => message.textContent && resolve({ message: message.textContent })).observe(message, {
          childList: true,
        });
        button.click();
      }),
    [kind, dataset],
  );
}

const logIn = () => call("POST", "/auth/v1/login", { email: EMAIL, password: PASSWORD });
const logOut = () => call("POST", "/auth/v1/logout");

async function session() {
  const { current, sessions } = await call("GET", "/auth/v1/sessions");
  return sessions.find(({ id }) => id === current);
}

cases({
  async a_passkey_is_added() {
    await page.goto(`${ISSUER}/device`);
    assert((await logIn()).session_id);
    const { answer, message } = await click("add", { name: "chromium" });
    assert.equal(answer?.recovery_codes?.length, 10, message);
    const { factors } = await call("GET", "/auth/v1/factors");
    assert.deepEqual(
      factors.map(({ kind, name }) => [kind, name]),
      [["passkey", "chromium"]],
    );
    await logOut();
  },

  async it_logs_in_alone() {
    for (let round = 0; round < 2; round++) {
      const { answer, message } = await click("login");
      assert(answer?.session_id && !answer.access_token, message);
      const { amr, acr } = await session();
      assert.deepEqual([amr, acr], [["pop", "user", "mfa"], "aal2"]);
      if (round === 0) await logOut();
    }
  },

  async it_steps_up() {
    const before = await session();
    const { answer, message } = await click("step-up");
    assert.equal(answer?.acr, "aal2", message);
    assert.notEqual((await session()).id, before.id);
  },

  async the_same_authenticator_is_not_added_twice() {
    const { answer, message } = await click("add");
    assert(!answer && message, "excludeCredentials");
    await logOut();
  },

  async it_is_a_second_factor() {
    const { challenge, methods } = await logIn();
    assert.deepEqual(methods, ["passkey", "recovery_code"]);
    const { answer, message } = await click("factor", { challenge });
    assert(answer?.session_id, message);
    assert.deepEqual((await session()).amr, ["pwd", "pop", "user", "mfa"]);
    await logOut();
  },

  async without_its_user_verified_it_does_not_log_in() {
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    const { answer, message } = await click("login", { failed: "not taken" });
    assert.deepEqual([answer, message], [undefined, "not taken"]);
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  },

  async a_copy_that_counts_behind_is_refused() {
    const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
    await devtools.send("WebAuthn.clearCredentials", { authenticatorId });
    const copy = { ...credentials[0], signCount: 0 };
    await devtools.send("WebAuthn.addCredential", { authenticatorId, credential: copy });
    const { answer, message } = await click("login");
    assert(!answer && message.includes("was not taken"), message);
  },

  async an_old_browser_is_told() {
    await page.addInitScript(() => delete window.PublicKeyCredential.parseRequestOptionsFromJSON);
    const { message } = await click("login");
    assert(message.includes("too old"), message);
  },
});

await run();
await browser.close();
