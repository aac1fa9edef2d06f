// What is being typed, kept on this device for its author until it is asked: by each tab for when it comes back, and
// one copy for each tab that survives it, so that what a closed one held waits for a new tab, whatever another typed
// after. Leaving the house erases them all.
const PREFIX = "demeure:draft:";
const SINCE = "demeure:draft-since"; // of a tab: when it last kept one
const LEFT = "demeure:left"; // of all: when somebody last left
const TAB = "demeure:tab"; // of a tab: its name, beside those of the others
const MOST = 6; // copies of one field kept
const key = (person, conversation) => `${PREFIX}${person}:${conversation || "new"}`;

try {
  if (Number(localStorage.getItem(LEFT)) > Number(sessionStorage.getItem(SINCE))) forget(sessionStorage);
  addEventListener("storage", (event) => { if (event.key === LEFT) forget(sessionStorage); });
  addEventListener("pagehide", () => mine(true)); // it may be closed
  addEventListener("pageshow", () => mine(false));
  mine(false);
} catch { /* storage is forbidden: nothing was kept */ }

export function keepDraft(person, conversation, text) {
  const name = key(person, conversation);
  for (const keep of text.trim() ? [put, copy] : [remove, removeCopy]) {
    try { keep(name, text); } catch { /* full or forbidden: the field still holds it */ }
  }
}

// Of this tab, else of a closed one; else, in a tab where nothing was typed yet, the last of all.
export function readDraft(person, conversation) {
  const name = key(person, conversation);
  try { return sessionStorage.getItem(name) ?? other(name)?.text ?? ""; } catch { return ""; }
}

// It is in the field of this tab now: a closed one holds it no more.
export function takeDraft(person, conversation) {
  const name = key(person, conversation);
  const text = readDraft(person, conversation);
  try {
    const held = sessionStorage.getItem(name) === null ? other(name) : null;
    if (held?.left) {
      localStorage.removeItem(held.name);
      keepDraft(person, conversation, text);
    }
  } catch { /* nothing was kept */ }
  return text;
}

// It was asked from this tab: what another one types stays.
export function clearDraft(person, conversation) {
  const name = key(person, conversation);
  try {
    const asked = sessionStorage.getItem(name);
    for (const one of copies(name)) if (one.text === asked) localStorage.removeItem(one.name);
    removeCopy(name);
    remove(name);
  } catch { /* nothing was kept */ }
}

export function forgetDrafts() {
  try {
    forget(sessionStorage);
    forget(localStorage);
    localStorage.setItem(LEFT, Date.now());
  } catch { /* nothing was kept */ }
}

function tab() {
  const known = sessionStorage.getItem(TAB) ?? Math.random().toString(36).slice(2);
  sessionStorage.setItem(TAB, known);
  return known;
}

// The copies of a field, those of closed tabs first, then the last ones. Written before tabs had names: text alone.
function copies(name) {
  const names = Object.keys(localStorage).filter((one) => one === name || one.startsWith(`${name}#`));
  return names.map((one) => ({ name: one, ...read(one) })).sort((a, b) => b.left - a.left || b.at - a.at);
}

function read(name) {
  const kept = localStorage.getItem(name) ?? "";
  if (!name.includes("#")) return { text: kept, at: 0, left: true };
  try { return JSON.parse(kept); } catch { return { text: "", at: 0, left: true }; }
}

function other(name) {
  const typed = sessionStorage.getItem(SINCE) !== null;
  return copies(name).find((one) => one.left || !typed);
}

function put(name, text) {
  sessionStorage.setItem(name, text);
  sessionStorage.setItem(SINCE, Date.now());
}

function remove(name) { sessionStorage.removeItem(name); }

function removeCopy(name) { localStorage.removeItem(`${name}#${tab()}`); }

function copy(name, text) {
  localStorage.setItem(`${name}#${tab()}`, JSON.stringify({ text, at: Date.now(), left: false }));
  const oldest = copies(name).sort((a, b) => b.at - a.at).slice(MOST);
  for (const one of oldest) localStorage.removeItem(one.name);
}

// This tab is being left, or is there again.
function mine(left) {
  const suffix = `#${tab()}`;
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX) && name.endsWith(suffix)) localStorage.setItem(name, JSON.stringify({ ...read(name), left }));
  }
}

function forget(room) {
  for (const name of Object.keys(room)) if (name.startsWith(PREFIX)) room.removeItem(name);
}
