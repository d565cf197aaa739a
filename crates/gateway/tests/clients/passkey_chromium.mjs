// Chromium with a virtual authenticator, as a person with a passkey: another implementation of both sides of WebAuthn than
// the tests' own. It uses the pages as they are, under their own policy, and has axe-core judge them.
//
// Screenshots go to the folder SCREENSHOTS, when it is named.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { cases, load, run } from "./cases.mjs";

const { chromium } = load("playwright-core");
const AXE = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const { ISSUER, PASSWORD, CLIENT, SCREENSHOTS } = process.env;
const ARGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";
const CALLBACK = "http://127.0.0.1/cb";
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

// A person with a browser and an authenticator of their own.
async function person(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) page.refused = message.text();
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options: AUTHENTICATOR });
  const key = (name, more = {}) => devtools.send(`WebAuthn.${name}`, { authenticatorId, ...more });
  return { page, context, devtools, key };
}

const heading = (page) => page.textContent("h1");
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const titled = (page, title) => page.locator("h1", { hasText: title }).waitFor();

async function enter(page, email) {
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await press(page, "Log in");
}

// What axe-core finds, on the page as it is, in light and dark and on a phone. It is run past the page's policy.
async function judge({ page, devtools }, name) {
  assert.equal(page.refused, undefined, name);
  const { frameTree } = await devtools.send("Page.getFrameTree");
  const world = { frameId: frameTree.frame.id, worldName: "axe" };
  const { executionContextId: contextId } = await devtools.send("Page.createIsolatedWorld", world);
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 320]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      const expression = `${AXE}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
        violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" ")))`;
      const asked = { expression, contextId, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", asked);
      assert.deepEqual(result.value, [], `${name} ${colorScheme} ${width} ${exceptionDetails?.text}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(wide <= width, `${name}: ${wide} pixels at ${width}`);
    }
  }
}

// The session as the gateway sees it.
async function session(page) {
  const { current, sessions } = await page.evaluate(async () => (await fetch("/auth/v1/sessions")).json());
  return sessions.find(({ id }) => id === current);
}

// `/account` has no script and lets none speak; `/login` lets its own.
async function shown(page) {
  await page.goto(`${ISSUER}/account/passkey`);
  const { amr, acr, id } = await session(page);
  await page.goto(`${ISSUER}/account`);
  return { amr, acr, id };
}

async function alerted(page, text) {
  const alert = page.locator("form[data-passkey] [role=alert]");
  await alert.filter({ hasText: text }).waitFor();
  assert.equal(await page.textContent("form[data-passkey] [role=status]"), "");
}

const ada = await person();

cases({
  async a_passkey_is_added_on_the_account_page() {
    const { page, key } = ada;
    await page.goto(`${ISSUER}/login`);
    await judge(ada, "login");
    await enter(page, "ada@example.com");
    await judge(ada, "account");
    await page.getByRole("link", { name: "Add a passkey" }).click();
    assert.equal(await page.locator("[data-passkey-needed]").isVisible(), false);
    await judge(ada, "passkey");
    await page.fill("#name", "chromium");
    await press(page, "Add a passkey");
    await titled(page, "Your recovery codes");
    assert.equal(await page.locator("ol li").count(), 10);
    await page.getByRole("link", { name: "I have saved them" }).click();
    assert.equal((await key("getCredentials")).credentials.length, 1);
    assert.match(await page.textContent("main"), /chromium.*Passkey, on one device only.*not used yet/s);
  },

  async a_step_up_by_passkey_and_the_same_authenticator_not_twice() {
    const { page } = ada;
    // One factor was shown in this session, where there are two now.
    await page.getByRole("link", { name: "Add a passkey" }).click();
    assert.equal(await heading(page), "Confirm that it is you");
    await judge(ada, "confirm");
    await press(page, "Use a passkey");
    await page.waitForURL(`${ISSUER}/account/passkey`);
    await page.fill("#name", "again");
    await press(page, "Add a passkey");
    await alerted(page, "has a passkey for your account already");
    await judge(ada, "passkey-known");
    const { amr, acr } = await shown(page);
    assert.deepEqual([amr, acr], [["pop", "user", "mfa"], "aal2"]);
  },

  async it_is_renamed() {
    const { page } = ada;
    await page.goto(`${ISSUER}/account`);
    await page.getByLabel("Rename: chromium").click();
    await judge(ada, "account-rename");
    await page.getByLabel("New name").fill("my laptop");
    await press(page, "Rename");
    assert.match(await page.textContent("main"), /my laptop.*last used \d{4}-/s);
    await press(page, "Log out");
  },

  async it_logs_in_alone() {
    const { page, context } = ada;
    for (let round = 0; round < 2; round++) {
      await page.goto(`${ISSUER}/login`);
      await page.focus("form[data-passkey] button");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${ISSUER}/account`);
      if (round === 0) await press(page, "Log out");
    }
    const cookies = (await context.cookies()).map(({ name }) => name);
    assert(cookies.includes("__Host-device") && !cookies.includes("__Host-portcullis-passkey"), cookies.join(" "));
    const { acr } = await shown(page);
    assert.equal(acr, "aal2");
    await press(page, "Log out");
  },

  async it_goes_on_to_the_app_that_waits() {
    const { page } = ada;
    const code_challenge = createHash("sha256").update(randomBytes(32).toString("hex")).digest("base64url");
    const asked = {
      client_id: CLIENT, redirect_uri: CALLBACK, response_type: "code", scope: "openid email", state: "s",
      code_challenge, code_challenge_method: "S256",
    };
    await page.goto(`${ISSUER}/oauth2/authorize?${new URLSearchParams(asked)}`);
    await judge(ada, "oauth-login");
    await press(page, "Log in with a passkey");
    await titled(page, "Allow access?");
    await page.route(`${CALLBACK}?**`, (route) => route.fulfill({ body: "The app has its answer." }));
    await press(page, "Allow");
    await page.waitForURL(`${CALLBACK}?code=*`);
    await page.goto(`${ISSUER}/account`);
    await press(page, "Log out");
  },

  async it_is_a_second_factor() {
    const { page } = ada;
    await page.goto(`${ISSUER}/login`);
    await enter(page, "ada@example.com");
    assert.equal(await heading(page), "Second factor");
    await judge(ada, "factor");
    await press(page, "Use a passkey");
    await page.waitForURL(`${ISSUER}/account`);
    const { amr } = await shown(page);
    assert.deepEqual(amr, ["pwd", "pop", "user", "mfa"]);
    await press(page, "Log out");
  },

  async who_cancels_is_told_and_can_go_on() {
    const { page, key } = ada;
    await key("setUserVerified", { isUserVerified: false });
    for (const start of ["/login", "/login/factor"]) {
      if (start === "/login/factor") await enter(page, "ada@example.com");
      else await page.goto(`${ISSUER}${start}`);
      await page.locator("form[data-passkey] button").click();
      await alerted(page, "You can try again");
      await judge(ada, `cancelled${start.replaceAll("/", "-")}`);
      assert.equal(await page.evaluate(() => document.activeElement.type), "submit", "the focus stays");
    }
    await key("setUserVerified", { isUserVerified: true });
    await press(page, "Use a passkey");
    await page.waitForURL(`${ISSUER}/account`);
    await press(page, "Log out");
  },

  async a_challenge_that_is_over_says_so() {
    const { page, context } = ada;
    await page.goto(`${ISSUER}/login`);
    await enter(page, "ada@example.com");
    // The cookie comes with the page that asks for the factor.
    await page.getByRole("button", { name: "Use a passkey", exact: true }).waitFor();
    await context.clearCookies({ name: "__Host-portcullis-factor" });
    await press(page, "Use a passkey");
    // The page before has such a link too; this one has nothing else.
    await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("form"));
    await page.getByRole("link", { name: "Begin again" }).waitFor();
  },

  async a_role_that_needs_a_factor_sets_one_up_on_the_way() {
    const bob = await person();
    const { page } = bob;
    await page.goto(`${ISSUER}/login`);
    await enter(page, "bob@example.com");
    assert.equal(await heading(page), "Set up a second factor");
    await judge(bob, "enrolment");
    await press(page, "Set up a passkey");
    await titled(page, "Your recovery codes");
    assert.equal(await page.locator("ol li").count(), 10);
    await page.getByRole("link", { name: "I have saved them" }).click();
    assert.equal(await heading(page), "Your account");
    await press(page, "Remove: passkey");
    assert.match(await page.textContent("[role=alert]"), /Your role needs a second factor/);
  },

  async a_copy_that_counts_behind_is_refused() {
    const { page, key } = ada;
    const { credentials } = await key("getCredentials");
    await key("clearCredentials");
    await key("addCredential", { credential: { ...credentials[0], signCount: 0 } });
    await page.goto(`${ISSUER}/login`);
    await press(page, "Log in with a passkey");
    await page.locator("[role=alert]", { hasText: "The passkey was not taken" }).waitFor();
    await judge(ada, "login-passkey-refused");
    await key("clearCredentials");
    await key("addCredential", { credential: { ...credentials[0], signCount: 1000 } });
  },

  async it_is_removed() {
    const { page } = ada;
    await page.goto(`${ISSUER}/login`);
    await press(page, "Log in with a passkey");
    await page.waitForURL(`${ISSUER}/account`);
    await press(page, "Remove: my laptop");
    assert.match(await page.textContent("main"), /There is none yet/);
    await press(page, "Log out");
    await page.goto(`${ISSUER}/login`);
    await press(page, "Log in with a passkey");
    await page.locator("[role=alert]", { hasText: "The passkey was not taken" }).waitFor();
  },

  async without_script_and_in_an_old_browser_the_login_page_is_as_before() {
    for (const javaScriptEnabled of [false, true]) {
      const old = await person({ javaScriptEnabled });
      await old.context.addInitScript(() => delete window.PublicKeyCredential.parseRequestOptionsFromJSON);
      await old.page.goto(`${ISSUER}/login`);
      assert.equal(await old.page.getByRole("button").count(), 1);
      await enter(old.page, "ada@example.com");
      assert.equal(await heading(old.page), "Your account");
      await old.page.getByRole("link", { name: "Add a passkey" }).click();
      assert(await old.page.locator("[data-passkey-needed]").isVisible());
      if (javaScriptEnabled) await judge(old, "passkey-needed");
    }
  },

  async german() {
    const { page, ...other } = await person({ locale: "de-DE" });
    await page.goto(`${ISSUER}/login`);
    assert(await page.getByRole("button", { name: "Mit einem Passkey anmelden" }).isVisible());
    await judge({ page, ...other }, "german-login");
  },
});

await run();
await browser.close();
