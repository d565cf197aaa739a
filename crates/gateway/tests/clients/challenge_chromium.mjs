// Chromium before a gateway that asks browsers for work: the page's own script, under its own policy, does it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { cases, load, run } from "./cases.mjs";

const { chromium } = load("playwright-core");
const AXE = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const { ISSUER, PASSWORD } = process.env;
const ARGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";
const PASS = "__Host-portcullis-pass";

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGS.split(" ") });

async function person(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) page.refused = message.text();
  });
  return { page, context };
}

const pass = async (context) => (await context.cookies()).find(({ name }) => name === PASS);
const field = (page) => page.locator("#email").waitFor();

cases({
  async the_work_is_done_and_the_page_opens_at_its_address() {
    const { page, context } = await person();
    const first = await page.goto(`${ISSUER}/login?tenant=default#here`);
    assert.equal(first.status(), 403);
    await field(page);
    assert.equal(page.url(), `${ISSUER}/login?tenant=default#here`);
    assert.equal(page.refused, undefined);
    const { httpOnly, secure, sameSite, expires } = await pass(context);
    assert.deepEqual({ httpOnly, secure, sameSite }, { httpOnly: true, secure: true, sameSite: "Lax" });
    assert(expires * 1000 > Date.now());
    await page.fill("#email", "ada@example.com");
    await page.fill("#password", PASSWORD);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.locator("h1", { hasText: "Your account" }).waitFor();
  },

  async a_form_that_was_not_sent_leads_back_to_its_page() {
    const { page, context } = await person();
    await page.goto(`${ISSUER}/recovery?tenant=default`);
    await field(page);
    await context.clearCookies({ name: PASS });
    await page.fill("#email", "ada@example.com");
    await page.getByRole("button").first().click();
    await page.waitForURL(`${ISSUER}/recovery?tenant=default`);
    await field(page);
    assert(await pass(context));
  },

  async who_runs_no_script_is_told() {
    for (const locale of ["en-GB", "de-DE"]) {
      const { page, context } = await person({ javaScriptEnabled: false, locale });
      await page.goto(`${ISSUER}/login`);
      assert.match(await page.textContent("main"), locale === "de-DE" ? /Skript dieser Seite/ : /script of this page/);
      assert.equal(await pass(context), undefined);
    }
  },

  async axe_has_nothing_to_say() {
    const { page, context } = await person({ colorScheme: "dark" });
    // Shown as it is while it works.
    await page.route("**/challenge", (route) => route.abort());
    await page.goto(`${ISSUER}/login`);
    await page.locator("[role=alert]", { hasText: "was not taken" }).waitFor();
    const devtools = await context.newCDPSession(page);
    const { frameTree } = await devtools.send("Page.getFrameTree");
    const world = { frameId: frameTree.frame.id, worldName: "axe" };
    const { executionContextId: contextId } = await devtools.send("Page.createIsolatedWorld", world);
    const expression = `${AXE}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" ")))`;
    const asked = { expression, contextId, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", asked);
    assert.deepEqual(result.value, [], exceptionDetails?.text);
  },
});

await run();
await browser.close();
