// What is being typed, kept on this device for its author until it is asked: by each tab for when it comes back, and
// the last one of all for a new tab. Leaving the house erases it.
const PREFIX = "demeure:draft:";
const SINCE = "demeure:draft-since"; // of a tab: when it last kept one
const LEFT = "demeure:left"; // of all: when somebody last left
const key = (person, conversation) => `${PREFIX}${person}:${conversation || "new"}`;

try {
  if (Number(localStorage.getItem(LEFT)) > Number(sessionStorage.getItem(SINCE))) forget(sessionStorage);
  addEventListener("storage", (event) => { if (event.key === LEFT) forget(sessionStorage); });
} catch { /* storage is forbidden: nothing was kept */ }

export function keepDraft(person, conversation, text) {
  for (const room of [() => sessionStorage, () => localStorage]) {
    try { put(room(), key(person, conversation), text); } catch { /* full or forbidden: the field still holds it */ }
  }
}

export function readDraft(person, conversation) {
  const name = key(person, conversation);
  try { return sessionStorage.getItem(name) ?? localStorage.getItem(name) ?? ""; } catch { return ""; }
}

// It was asked from this tab: what another one types stays.
export function clearDraft(person, conversation) {
  const name = key(person, conversation);
  try {
    if (localStorage.getItem(name) === (sessionStorage.getItem(name) ?? localStorage.getItem(name))) localStorage.removeItem(name);
    sessionStorage.removeItem(name);
  } catch { /* nothing was kept */ }
}

export function forgetDrafts() {
  try {
    forget(sessionStorage);
    forget(localStorage);
    localStorage.setItem(LEFT, Date.now());
  } catch { /* nothing was kept */ }
}

function put(room, name, text) {
  if (!text.trim()) return room.removeItem(name);
  room.setItem(name, text);
  if (room === sessionStorage) room.setItem(SINCE, Date.now());
}

function forget(room) {
  for (const name of Object.keys(room)) if (name.startsWith(PREFIX)) room.removeItem(name);
}
