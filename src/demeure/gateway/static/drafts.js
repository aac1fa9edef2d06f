// What is being typed, kept on this device for its author until it is asked; leaving the house erases it.
const PREFIX = "demeure:draft:";
const key = (person, conversation) => `${PREFIX}${person}:${conversation || "new"}`;

export function keepDraft(person, conversation, text) {
  try {
    if (text.trim()) localStorage.setItem(key(person, conversation), text);
    else localStorage.removeItem(key(person, conversation));
  } catch { /* storage is full or forbidden: the field still holds it */ }
}

export function readDraft(person, conversation) {
  try { return localStorage.getItem(key(person, conversation)) ?? ""; } catch { return ""; }
}

export function clearDraft(person, conversation) {
  keepDraft(person, conversation, "");
}

export function forgetDrafts() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  } catch { /* nothing was kept */ }
}
