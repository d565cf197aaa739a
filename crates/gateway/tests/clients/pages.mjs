// Chromium as a person uses it: every page with script switched off; then the same page judged by axe-core in light and dark,
// wide and 320 pixels narrow. And what other sites try on a browser that is logged in.
//
// Screenshots go to the folder SCREENSHOTS, when it is named.

import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cases, load, run } from "./cases.mjs";

const { chromium } = load("playwright-core");
const AXE = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const { ISSUER, LETTERS, PASSWORD, PUBLIC_CLIENT, INVITATION, VERIFICATION, SCREENSHOTS } = process.env;
const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const NEW_PASSWORD = "granite pelican sonnet";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

// An app, and a site that is up to something. One is on 127.0.0.1 like the gateway, the other one on localhost.
const answers = new Map();
const server = createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(answers.get(request.url.split("?")[0]) ?? "<!doctype html><title>app</title><p>The app has its answer.");
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const PORT = server.address().port;
const CALLBACK = `http://127.0.0.1:${PORT}/cb`;
const EVIL = `http://localhost:${PORT}`;

const profile = mkdtempSync(join(tmpdir(), "pages-"));
const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, `--crash-dumps-dir=${profile}`] });
const judged = new Set();

// One page for each of the ways in which a page can be seen.
const views = [];
for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 320]) {
    const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 900 } });
    const view = { page: await context.newPage(), width, name: `${colorScheme}-${width}`, body: "" };
    await view.page.route("**", (route) => route.fulfill({ body: view.body, contentType: "text/html; charset=utf-8" }));
    views.push(view);
  }
}

// A person with a browser of their own, who has script switched off.
async function person(options = {}) {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "en-GB", ...options });
  const page = await context.newPage();
  // A policy that stands in the way of our own pages is said here.
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) page.refused = message.text();
  });
  return page;
}

const heading = (page) => page.textContent("h1");
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

// Judges what a page shows, in each of the ways in which it can be seen.
async function judge(page, name) {
  assert.equal(page.refused, undefined, name);
  const [body, url] = [await page.content(), page.url().split("#")[0]];
  assert(!body.includes("<script"), name);
  for (const view of views) {
    view.body = body;
    await view.page.goto(url);
    if (SCREENSHOTS) await view.page.screenshot({ path: join(SCREENSHOTS, `${name}-${view.name}.png`), fullPage: true });
    const wide = await view.page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= view.width, `${name}: ${wide} pixels at ${view.width}`);
    await view.page.evaluate(AXE);
    const { violations } = await view.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(found, [], `${name} ${view.name}`);
  }
  judged.add(name);
}

// What has to hold of a page that says what is wrong with a field.
async function says(page, id, focus = id) {
  assert.equal(await page.getAttribute(`#${id}`, "aria-invalid"), "true");
  assert((await page.getAttribute(`#${id}`, "aria-describedby")).split(" ").includes(`${id}-error`));
  assert.equal(await page.getAttribute("[role=alert] a", "href"), `#${id}`);
  assert.equal(await page.evaluate(() => document.activeElement.id), focus, "the focus is where to go on");
  assert.match(await page.title(), /^Error: /);
}

// An authenticator app (RFC 6238), which waits for no clock: a code of the next step counts too.
class Phone {
  last = 0;

  constructor(secret) {
    const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  }

  code() {
    this.last = Math.max(this.last + 1, Math.floor(Date.now() / 30_000));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.last));
    const tag = createHmac("sha1", this.key).update(counter).digest();
    return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }

  static async read(page) {
    const key = (await page.textContent("main p code")).replaceAll(" ", "");
    assert.match(key, /^[A-Z2-7]{32}$/);
    return new Phone(key);
  }
}

// The token of the newest letter with a link for this.
async function letter(purpose) {
  for (let tries = 0; tries < 200; tries++) {
    const names = readdirSync(LETTERS).filter((name) => name.endsWith(".eml")).sort().reverse();
    for (const name of names) {
      const text = readFileSync(join(LETTERS, name), "utf8").replaceAll("=\r\n", "").replaceAll("=3D", "=");
      const found = new RegExp(`${ISSUER}/${purpose}\\?token=([\\w-]+)`).exec(text);
      if (found) return found[1];
    }
    await new Promise((waited) => setTimeout(waited, 25));
  }
  assert.fail(`no letter for ${purpose}`);
}

async function enter(page, email, password = PASSWORD) {
  await page.fill("#email", email);
  await page.fill("#password", password);
  await press(page, "Log in");
}

function asks() {
  const challenge = createHash("sha256").update(randomBytes(32).toString("hex")).digest("base64url");
  const parameters = {
    client_id: PUBLIC_CLIENT, redirect_uri: CALLBACK, response_type: "code", scope: "openid email inference", state: "s",
    code_challenge: challenge, code_challenge_method: "S256",
  };
  return `${ISSUER}/oauth2/authorize?${new URLSearchParams(parameters)}`;
}

async function allow(page, name) {
  assert.equal(await heading(page), "Allow access?");
  if (name) await judge(page, name);
  await press(page, "Allow");
  await page.waitForURL(`${CALLBACK}?code=*`);
}

let phone;
let codes;

cases({
  async account_with_a_second_factor_added() {
    const page = await person();
    await page.goto(`${ISSUER}/account`);
    assert.equal(page.url(), `${ISSUER}/login`);
    assert.equal(await page.evaluate(() => document.activeElement.id), "email");
    await judge(page, "login");
    await enter(page, "ada@example.com", "wrong");
    await says(page, "password");
    await judge(page, "login-refused");
    await enter(page, "ada@example.com");
    assert.equal(page.url(), `${ISSUER}/account`);
    await judge(page, "account");
    await page.getByRole("link", { name: "Add an authenticator app" }).click();
    await judge(page, "authenticator-name");
    await page.fill("#name", "my phone");
    await press(page, "Continue");
    await judge(page, "authenticator");
    phone = await Phone.read(page);
    await page.fill("#code", "000000");
    await press(page, "Confirm");
    await says(page, "code");
    await judge(page, "authenticator-refused");
    await page.fill("#code", phone.code());
    await press(page, "Confirm");
    await judge(page, "recovery-codes");
    codes = await page.locator("ol li").allTextContents();
    assert.equal(codes.length, 10);
    await page.getByRole("link", { name: "I have saved them" }).click();
    await judge(page, "account-with-factor");
    await press(page, "Make new recovery codes");
    assert.equal(await heading(page), "Confirm that it is you");
    await judge(page, "confirm");
    await page.fill("#password", PASSWORD);
    await press(page, "Confirm");
    await says(page, "code", "password");
    await judge(page, "confirm-refused");
    await page.fill("#password", PASSWORD);
    await page.getByText("Use a recovery code").click();
    await page.fill("#recovery_code", codes.pop());
    await press(page, "Confirm");
    assert.equal(await heading(page), "Your account");
    await page.getByRole("link", { name: "Change the password" }).click();
    await judge(page, "password");
    await page.fill("#current", PASSWORD);
    await page.fill("#new_password", "Password123!");
    await press(page, "Save the password");
    await says(page, "new_password");
    await judge(page, "password-refused");
    await page.goto(`${ISSUER}/account`);
    await press(page, "Log out");
    await judge(page, "logged-out");
    await page.goto(`${ISSUER}/account`);
    assert.equal(page.url(), `${ISSUER}/login`);
  },

  async oauth_with_password_and_code() {
    const page = await person();
    await page.goto(asks());
    await judge(page, "oauth-login");
    await enter(page, "ada@example.com");
    assert.equal(await heading(page), "Second factor");
    await judge(page, "factor");
    await page.fill("#code", "000000");
    await page.locator("form").first().getByRole("button").click();
    await says(page, "code");
    await judge(page, "factor-refused");
    await page.fill("#code", phone.code());
    await page.locator("form").first().getByRole("button").click();
    await allow(page, "consent");
  },

  async oauth_with_a_recovery_code() {
    const page = await person();
    await page.goto(asks());
    await enter(page, "ada@example.com");
    await page.getByText("Use a recovery code").click();
    await page.fill("#recovery_code", "nothing");
    await page.locator("form").last().getByRole("button").click();
    await says(page, "recovery_code");
    await judge(page, "factor-recovery-refused");
    await page.fill("#recovery_code", codes.pop());
    await page.locator("form").last().getByRole("button").click();
    // What was allowed before is asked again, since nobody owns an address on this machine.
    await allow(page);
  },

  async oauth_with_a_factor_set_up_on_the_way() {
    const page = await person();
    await page.goto(asks());
    await enter(page, "bob@example.com");
    assert.equal(await heading(page), "Set up a second factor");
    await judge(page, "enrolment");
    const own = await Phone.read(page);
    await page.fill("#code", own.code());
    await press(page, "Confirm");
    await judge(page, "enrolment-codes");
    await page.getByRole("link", { name: "I have saved them" }).click();
    await allow(page);
  },

  async device() {
    const body = new URLSearchParams({ client_id: PUBLIC_CLIENT, scope: "openid" });
    const begun = await (await fetch(`${ISSUER}/oauth2/device`, { method: "POST", body })).json();
    const page = await person();
    await page.goto(begun.verification_uri);
    await judge(page, "device");
    await page.fill("#user_code", "BCDF-GHJK");
    await press(page, "Continue");
    await says(page, "user_code");
    await judge(page, "device-refused");
    await page.fill("#user_code", begun.user_code);
    await press(page, "Continue");
    await enter(page, "carl@example.com");
    await judge(page, "device-consent");
    await press(page, "Allow");
    await judge(page, "device-done");
  },

  async invitation() {
    const page = await person();
    const asked = [];
    page.on("request", (request) => asked.push(request));
    await page.goto(`${ISSUER}/invitation?token=${INVITATION}`);
    assert.equal(page.url(), `${ISSUER}/invitation`);
    await judge(page, "invitation");
    await page.fill("#new_password", "Password123!");
    await press(page, "Save the password");
    await says(page, "new_password");
    await judge(page, "invitation-refused");
    await page.fill("#new_password", PASSWORD);
    await press(page, "Save the password");
    assert.equal(await heading(page), "Password saved");
    await judge(page, "invitation-done");
    await page.getByRole("link", { name: "Log in" }).click();
    await enter(page, "dora@example.com");
    assert.equal(await heading(page), "Your account");
    for (const request of asked.slice(1)) {
      const referer = (await request.allHeaders()).referer ?? "";
      assert(!referer.includes(INVITATION) && !request.url().includes(INVITATION), `${request.url()} from ${referer}`);
    }
    await page.goBack();
    assert(!page.url().includes(INVITATION), "nor is it in the history");
  },

  async a_link_that_is_not_valid() {
    const page = await person();
    await page.goto(`${ISSUER}/invitation`);
    await judge(page, "link-invalid");
  },

  async recovery() {
    const page = await person();
    await page.goto(`${ISSUER}/login`);
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await judge(page, "recovery");
    await page.fill("#email", "carl@example.com");
    await press(page, "Send a link");
    await judge(page, "recovery-sent");
    await page.goto(`${ISSUER}/recovery?token=${await letter("recovery")}`);
    assert.equal(page.url(), `${ISSUER}/recovery/password`);
    await judge(page, "recovery-password");
    await page.fill("#new_password", NEW_PASSWORD);
    await press(page, "Save the password");
    await page.getByRole("link", { name: "Log in" }).click();
    await enter(page, "carl@example.com", NEW_PASSWORD);
    assert.equal(await heading(page), "Your account");
  },

  async verification() {
    const page = await person();
    await page.goto(`${ISSUER}/verification?token=${VERIFICATION}`);
    assert.equal(page.url(), `${ISSUER}/verification`);
    await judge(page, "verification");
    await press(page, "Confirm");
    await judge(page, "verification-done");
  },

  async logout_of_the_provider_and_errors() {
    const page = await person();
    await page.goto(`${ISSUER}/login`);
    await enter(page, "carl@example.com", NEW_PASSWORD);
    await page.goto(`${ISSUER}/oauth2/logout`);
    await judge(page, "provider-logout");
    await press(page, "Log out");
    await judge(page, "provider-logged-out");
    await page.goto(`${ISSUER}/oauth2/authorize`);
    await judge(page, "wrong");
  },

  async german() {
    const page = await person({ locale: "de-DE" });
    await page.goto(`${ISSUER}/login`);
    assert.equal(await page.getAttribute("html", "lang"), "de");
    await judge(page, "german-login");
    await page.fill("#email", "carl@example.com");
    await page.fill("#password", NEW_PASSWORD);
    await press(page, "Anmelden");
    assert.equal(await heading(page), "Ihr Konto");
    await judge(page, "german-account");
  },

  async what_other_sites_try_does_nothing() {
    const page = await person({ javaScriptEnabled: true });
    await page.goto(`${ISSUER}/login`);
    await enter(page, "carl@example.com", NEW_PASSWORD);
    answers.set("/frame", `<!doctype html><iframe src="${ISSUER}/account"></iframe><iframe src="${ISSUER}/login"></iframe>`);
    await page.goto(`${EVIL}/frame`);
    for (const frame of page.frames().slice(1)) {
      assert(!(await frame.content()).includes("Portcullis"), "a page was framed");
    }
    for (const path of ["/account/logout", "/account/codes", "/login", "/recovery", "/oauth2/logout"]) {
      answers.set("/form", `<!doctype html><form method="post" action="${ISSUER}${path}"><button>Win</button></form>`);
      await page.goto(`${EVIL}/form`);
      await press(page, "Win");
      await page.waitForLoadState("networkidle");
      assert(!/logged out|on its way/.test(await page.content()), path);
    }
    // Led here by another site, one is still logged in.
    answers.set("/link", `<!doctype html><a href="${ISSUER}/account">account</a>`);
    await page.goto(`${EVIL}/link`);
    await page.getByRole("link").click();
    await page.waitForFunction(() => document.title.startsWith("Your account"));
  },

  async a_mailed_link_opens_from_another_site() {
    const page = await person();
    answers.set("/mail", `<!doctype html><a href="${ISSUER}/verification?token=${VERIFICATION}">the link</a>`);
    await page.goto(`${EVIL}/mail`);
    await page.getByRole("link").click();
    await page.waitForURL(`${ISSUER}/verification`);
    assert.equal(await heading(page), "Confirm your e-mail address");
    await press(page, "Confirm");
    assert.match(await page.content(), /This link is not valid/, "it was used before");
  },

  async every_page_was_judged() {
    assert(judged.size >= 38, `${judged.size}: ${[...judged].join(" ")}`);
  },
});

await run();
await browser.close();
server.close();
rmSync(profile, { recursive: true, force: true });
