// Passkeys on a page: asks the gateway what to ask the authenticator, asks it, and sends the answer back.
//
// A button says what for: <button type="button" data-passkey="login" data-next="/…">. With "factor" and "enrol" goes
// data-challenge, with "add" and "enrol" data-name. What went wrong is shown in the page's [data-passkey-message], in the
// button's own words: data-unsupported, data-failed. Whoever wants the gateway's answer (recovery codes, say) listens for
// the event "passkey" and stops it; otherwise the page goes on to data-next.
"use strict";
(() => {
  const KINDS = {
    login: ["/auth/v1/login/passkey/options", "/auth/v1/login/passkey", "passkey"],
    factor: ["/auth/v1/login/factor/options", "/auth/v1/login/factor", "passkey"],
    "step-up": ["/auth/v1/step-up/options", "/auth/v1/step-up", "passkey"],
    add: ["/auth/v1/factors/passkey", "/auth/v1/factors/passkey/confirm", "registration"],
    enrol: ["/auth/v1/login/enrol", "/auth/v1/login/factor", "registration"],
  };

  const say = (text) => {
    for (const place of document.querySelectorAll("[data-passkey-message]")) place.textContent = text;
  };

  async function post(path, body) {
    const headers = { "content-type": "application/json" };
    const csrf = /(?:^|; )__Host-portcullis-csrf=([^;]+)/.exec(document.cookie);
    if (csrf) headers["x-csrf-token"] = csrf[1];
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error?.message ?? response.statusText);
    return answer;
  }

  async function run(button) {
    const { passkey: kind, challenge, name, next, unsupported, failed } = button.dataset;
    const [ask, answer, field] = KINDS[kind];
    const creates = field === "registration";
    const parse = creates ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (typeof window.PublicKeyCredential?.[parse] !== "function") {
      return say(unsupported ?? "This browser is too old for passkeys, or the page was not loaded over HTTPS.");
    }
    say("");
    button.disabled = true;
    try {
      const of = challenge ? { challenge } : {};
      const asked = await post(ask, kind === "enrol" ? { ...of, kind: "passkey" } : of);
      const publicKey = PublicKeyCredential[parse](asked.publicKey);
      const made = await navigator.credentials[creates ? "create" : "get"]({ publicKey });
      const named = creates && name ? { name } : {};
      const detail = await post(answer, { ...of, ...named, [field]: made.toJSON() });
      const goes = button.dispatchEvent(new CustomEvent("passkey", { detail, bubbles: true, cancelable: true }));
      if (goes && next) location.assign(next);
    } catch (error) {
      console.warn(error);
      say(failed ?? `The passkey was not taken: ${error.message}`);
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-passkey]");
    if (button && Object.hasOwn(KINDS, button.dataset.passkey)) run(button);
  });
})();
