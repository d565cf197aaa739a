// Passkeys on a page: asks the gateway what to ask the authenticator, asks it, and sends the answer with a form.
//
// <form hidden data-passkey="/where/to/ask">, which is shown here when the browser can. Its field "passkey" takes the answer,
// and the gateway answers the form like any other. The words come with it: data-waiting, -cancelled, -known, -failed, -wait.
// When the session or the challenge is over, the page is asked for again (data-again), and says what to do.
"use strict";
(() => {
  const has = (name) => typeof window.PublicKeyCredential?.[name] === "function";
  if (!has("parseCreationOptionsFromJSON") || !has("parseRequestOptionsFromJSON")) return;

  async function ask(form) {
    const headers = { "content-type": "application/json" };
    const csrf = /(?:^|; )__Host-portcullis-csrf=([^;]+)/.exec(document.cookie);
    if (csrf) headers["x-csrf-token"] = csrf[1];
    const response = await fetch(form.dataset.passkey, { method: "POST", headers, body: form.dataset.body });
    if (response.ok) return (await response.json()).publicKey;
    throw Object.assign(new Error(response.statusText), { status: response.status });
  }

  async function run(form) {
    const asked = await ask(form);
    const made =
      "creates" in form.dataset
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
    form.elements.passkey.value = JSON.stringify(made.toJSON());
    form.submit();
  }

  function why({ name, status }, words) {
    if (status === 429) return words.wait;
    if (name === "NotAllowedError" || name === "AbortError") return words.cancelled;
    return name === "InvalidStateError" ? words.known : words.failed;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const [status, alert] = ["status", "alert"].map((role) => form.querySelector(`[role=${role}]`));
    let isBusy = false;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy) return;
      isBusy = true;
      alert.textContent = "";
      status.textContent = form.dataset.waiting;
      try {
        await run(form);
      } catch (error) {
        if (error.status === 401) return location.assign(form.dataset.again);
        alert.textContent = why(error, form.dataset);
      } finally {
        status.textContent = "";
        isBusy = false;
      }
    });
  }
  for (const needed of document.querySelectorAll("[data-passkey-needed]")) needed.hidden = true;
})();
