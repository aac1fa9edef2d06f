// The page of a document that is being prepared: how far it is, until it is ready, without leaving the page.
const PACE = 2000;
const SLOWEST = 30000;

const shown = document.querySelector("[data-ready]");
const said = document.querySelector("[data-ready-said]");
let pause = PACE;
let timer = 0;
let told = state();

addEventListener("visibilitychange", again);
again();

function state() {  // what is worth saying aloud: another state, another quarter
  const { share, state: is } = shown.firstElementChild.dataset;
  return `${is} ${Math.floor(Number(share) / 25)}`;
}

function again() {
  clearTimeout(timer);
  if (!document.hidden && shown.querySelector('[data-is="busy"]')) timer = setTimeout(refresh, pause);
}

async function refresh() {
  try {
    const response = await fetch(shown.dataset.ready, { headers: { Accept: "text/html" } });
    const html = await response.text(); // to its end, whatever it is
    if (response.status === 401 || response.status === 403) return location.reload();
    if (!response.ok) throw new Error(String(response.status));
    pause = PACE;
    show(html);
  } catch {  // a house that restarts, a network that is cut: it goes on by itself, more and more rarely
    pause = Math.min(pause * 2, SLOWEST);
  }
  return again();
}

function show(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const now = fresh.content.querySelector("[data-state]");
  if (!now || now.outerHTML === shown.firstElementChild.outerHTML) return;
  const held = shown.contains(document.activeElement) ? document.activeElement.tagName : ""; // whoever is on a button stays on it
  shown.replaceChildren(now);
  if (held) shown.querySelector(held)?.focus({ preventScroll: true });
  if (state() === told) return;
  told = state();
  said.textContent = shown.querySelector("p").textContent.trim();
}
