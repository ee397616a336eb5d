// Asks the person's own device for a passkey, and puts its answer into the form that is sent.
// A form says data-passkey="create" or "get", and where its question comes from in data-options.
"use strict";

const PASSKEY_SAYS = {
  NotAllowedError: "Nothing was sent: the prompt was closed, or it waited too long. Try again when you are ready.",
  InvalidStateError: "This device already holds a passkey of yours for this site. Use that one, or another device.",
  SecurityError: "This address cannot use passkeys. Open the site by its name, over https.",
  NotSupportedError: "This device has no passkey that is good enough here. Try another device, or a security key.",
  ConstraintError: "This device cannot check that it is you. Set up a screen lock, fingerprint or PIN, then try again.",
};
const PASSKEYS_MISSING = "This browser cannot use passkeys at this address. Open the site by its name, over https, in a current browser.";

function fromBase64(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function toBase64(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function listed(credentials) {
  return (credentials || []).map((one) => ({ ...one, id: fromBase64(one.id) }));
}

async function created(options) {
  const user = { ...options.user, id: fromBase64(options.user.id) };
  const excludeCredentials = listed(options.excludeCredentials);
  const publicKey = { ...options, user, excludeCredentials, challenge: fromBase64(options.challenge) };
  const made = await navigator.credentials.create({ publicKey });
  return answered(made, {
    attestationObject: toBase64(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  });
}

async function got(options) {
  const allowCredentials = listed(options.allowCredentials);
  const given = await navigator.credentials.get({ publicKey: { ...options, allowCredentials, challenge: fromBase64(options.challenge) } });
  const handle = given.response.userHandle;
  return answered(given, {
    authenticatorData: toBase64(given.response.authenticatorData),
    signature: toBase64(given.response.signature),
    userHandle: handle ? toBase64(handle) : null,
  });
}

function answered(credential, more) {
  const response = { clientDataJSON: toBase64(credential.response.clientDataJSON), ...more };
  return JSON.stringify({ id: credential.id, rawId: toBase64(credential.rawId), type: credential.type, response });
}

function tell(form, words) {
  const note = form.querySelector("[data-passkey-says]");
  note.textContent = words;
  note.hidden = !words;
}

async function question(form) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form), headers });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail || "The site did not answer. Load the page again and try once more.");
  return body;
}

async function sendWithPasskey(form) {
  if (!window.PublicKeyCredential) { tell(form, PASSKEYS_MISSING); return; }
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  tell(form, "");
  try {
    const asked = await question(form);
    const credential = form.dataset.passkey === "create" ? await created(asked.options) : await got(asked.options);
    form.elements.ceremony.value = asked.ceremony;
    form.elements.credential.value = credential;
    form.submit();
  } catch (error) {
    buttons.forEach((button) => { button.disabled = false; });
    tell(form, PASSKEY_SAYS[error.name] || error.message);
  }
}

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.hasAttribute("data-passkey-without")) return;
    event.preventDefault();
    sendWithPasskey(form);
  });
});
