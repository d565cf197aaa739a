// A browser without a screen, for pages of the OAuth provider.

import assert from "node:assert/strict";

export const ISSUER = process.env.ISSUER;
const { EMAIL, PASSWORD } = process.env;

// A browser: keeps cookies, follows redirects within the site, fills in forms.
export class Browser {
  cookies = new Map();

  async fetch(url, init = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, ...init.headers };
    const response = await fetch(new URL(url, ISSUER), { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const location = response.headers.get("location");
    return location?.startsWith("/") ? this.fetch(location) : { location, text: await response.text() };
  }

  submit(page, fields) {
    const action = /action="([^"]+)"/.exec(page.text)[1];
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
    const body = new URLSearchParams([...hidden.map(([, name, value]) => [name, value]), ...Object.entries(fields)]);
    return this.fetch(action, { method: "POST", body, headers: { origin: ISSUER } });
  }

  // Logs in and allows where that is asked.
  async finish(page) {
    if (page.text.includes('name="password"')) page = await this.submit(page, { email: EMAIL, password: PASSWORD });
    if (page.text.includes('value="allow"')) page = await this.submit(page, { decision: "allow" });
    return page;
  }

  async allow(url) {
    const page = await this.finish(await this.fetch(url));
    assert(page.location, page.text);
    return new URL(page.location);
  }
}
