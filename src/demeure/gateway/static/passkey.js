// Passkeys: asks the browser's authenticator, puts its answer in the form, sends it. Without it: figures, or recovery codes.
const form = document.querySelector("form[data-passkey]");
if (form && window.PublicKeyCredential && window.isSecureContext) {
  form.hidden = false;
  form.querySelector("button").addEventListener("click", () => answer(form));
}

async function answer(form) {
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  if (!form.reportValidity()) return;
  try {
    const made = form.dataset.passkey === "create" ? await created(form.dataset) : await shown(form.dataset);
    form.querySelector("input[name=answer]").value = JSON.stringify(made);
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

async function created({ challenge, host, user, person, house }) {
  const { rawId, response } = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp: { id: host, name: house },
      user: { id: bytes(user), name: person, displayName: person },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
      attestation: "none",
    },
  });
  return {
    id: text(rawId),
    client: text(response.clientDataJSON),
    authenticator: text(response.getAuthenticatorData()),
    key: text(response.getPublicKey()),
  };
}

async function shown({ challenge, host, keys, verify }) {
  const { rawId, response } = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId: host,
      allowCredentials: (keys ? keys.split(" ") : []).map((key) => ({ type: "public-key", id: bytes(key) })),
      userVerification: verify ?? "preferred",
    },
  });
  return {
    id: text(rawId),
    client: text(response.clientDataJSON),
    authenticator: text(response.authenticatorData),
    signature: text(response.signature),
  };
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
