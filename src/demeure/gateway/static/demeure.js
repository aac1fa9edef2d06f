// What every page gets: menus that close, Enter that asks and sends, passwords that show themselves. Pages read fully without it.
import { forgetDrafts } from "./drafts.js";

const all = (query, act, root = document) => root.querySelectorAll(query).forEach(act);

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details:is(.me, .rest)[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
addEventListener("click", (event) => {
  all("details:is(.me, .rest)[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const reveal = event.target.closest?.("[data-reveal]");
  if (reveal) revealSecret(reveal);
  const copier = event.target.closest?.("[data-copies]");
  if (copier) copyField(copier);
});
addEventListener("focusin", (event) => {
  all("details:is(.me, .rest)[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/deconnexion") forgetDrafts();
});
addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.(".ask-box textarea")) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});
// Long forms: Enter makes a line, Ctrl + Enter (Cmd on a Mac) sends.
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.defaultPrevented) return;
  const button = event.target.form?.querySelector("button[aria-keyshortcuts]");
  if (!button) return;
  event.preventDefault();
  event.target.form.requestSubmit(button);
});
// A password shown while it is typed; hidden again before it is sent, so that no browser keeps it among plain fields.
function revealSecret(button, shown = button.getAttribute("aria-pressed") !== "true") {
  const field = document.getElementById(button.dataset.reveal);
  const label = button.querySelector("[data-label]");
  button.dataset.show ??= label.textContent;
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  label.textContent = shown ? button.dataset.hide : button.dataset.show;
}
addEventListener("submit", () => all("[data-reveal]", (button) => revealSecret(button, false)));
all("[data-reveal], [data-copies], [data-keys]", (button) => { button.hidden = false; });

// What is handed over by another channel: selected as well, so that Ctrl + C is enough where the browser refuses.
async function copyField(button) {
  const field = document.getElementById(button.dataset.copies);
  field.select();
  const done = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
  button.querySelector("[data-label]").textContent = done ? button.dataset.copied : button.dataset.refused;
}

// A contractor is here: the minutes left go down on their own; the house closes the window, not this page.
function countDown() {
  all("[data-until]", (place) => {
    const left = Math.max(0, Math.floor((Date.parse(place.dataset.until) - Date.now()) / 60000));
    place.textContent = place.dataset.words.replace("{n}", left);
  });
}
if (document.querySelector("[data-until]")) setInterval(countDown, 15000);

// A proof goes on: the page is shown anew once it is made.
async function proved() {
  const page = await fetch(location.href).then((response) => (response.ok ? response.text() : ""), () => "");
  if (page && !page.includes("data-proving")) location.replace(location.pathname);
}
if (document.querySelector("[data-proving]")) setInterval(proved, 4000);

// An answer that takes seconds says so; a page shown again by the browser's history has nothing going on.
addEventListener("submit", (event) => {
  const place = event.target.querySelector("[data-computing]");
  if (!place || event.defaultPrevented) return;
  setTimeout(() => { if (place.childElementCount === 1) place.append(place.firstElementChild.content.cloneNode(true)); }, 300);
});
addEventListener("pageshow", () => all("[data-computing] > :not(template)", (word) => word.remove()));

// A form that came back with a mistake: the field to correct has the keyboard, else the sentence that says what is wrong.
const wrong = document.querySelector("[aria-invalid='true']") ?? document.querySelector("[role='alert']");
if (wrong && (document.activeElement === document.body || document.activeElement.autofocus)) {
  if (!wrong.matches("input, textarea, select")) wrong.tabIndex = -1;
  wrong.focus();
}
