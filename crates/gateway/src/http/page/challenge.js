// Finds the number that this page asks for, shows it to the gateway, and opens what was asked for.
//
// <div data-challenge="…" data-bits="14">: a number is right when the SHA-256 of "challenge:number" begins with so many zero
// bits. data-form says that the page stands in the place of the answer to a form, which is not sent again: its page is opened.
"use strict";
(async () => {
  const BATCH = 512;
  const place = document.querySelector("[data-challenge]");
  const [status, alert] = ["status", "alert"].map((role) => place.querySelector(`[role=${role}]`));
  const { challenge, bits, working, failed, needed } = place.dataset;
  const encoder = new TextEncoder();

  async function solve() {
    for (let from = 0; ; from += BATCH) {
      const tries = Array.from({ length: BATCH }, (_, at) => `${challenge}:${from + at}`);
      const hashes = await Promise.all(tries.map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
      const found = hashes.findIndex((hash) => Math.clz32(new DataView(hash).getUint32(0)) >= Number(bits));
      if (found >= 0) return tries[found];
    }
  }

  // The page that a form was on, if it is one of ours.
  function back() {
    const from = document.referrer && new URL(document.referrer);
    return from && from.origin === location.origin ? from.href : "/login";
  }

  if (!window.crypto?.subtle || !navigator.cookieEnabled) {
    alert.textContent = needed;
    return;
  }
  status.textContent = working;
  try {
    const answer = await fetch("/challenge", { method: "POST", body: new URLSearchParams({ solution: await solve() }) });
    if (!answer.ok) throw new Error(answer.statusText);
  } catch {
    status.textContent = "";
    alert.textContent = failed;
    return;
  }
  if ("form" in place.dataset) location.replace(back());
  else location.reload();
})();
