// The form of a task: what is typed is kept on this device until it is asked; a file may be dropped on a field.
import { clearDraft, keepDraft, takeDraft } from "./drafts.js";

const { person, task, sending, sent, unsent } = document.body.dataset;
const form = document.querySelector("[data-form]");
const token = form.elements.token.value;
const place = `task-${task}`;
const own = (element) => element.name && element.name !== "token" && !element.name.endsWith(".file");

bring();
form.addEventListener("input", keep);
form.addEventListener("change", keep);
form.addEventListener("submit", () => clearDraft(person, place));
// A form that came back with a problem holds what was typed already, and is kept again.
if (document.querySelector("[role=alert]")) keep();

function keep() {
  const held = {};
  for (const element of form.elements) {
    if (!own(element)) continue;
    if (element.type === "radio" || element.type === "checkbox") {
      if (element.checked) (held[element.name] ??= []).push(element.value);
    } else if (element.value) held[element.name] = element.value;
  }
  const empty = ![...form.elements].some((element) => own(element) && element.matches("textarea, input:not([type])") && element.value);
  keepDraft(person, place, empty ? "" : JSON.stringify(held));
}

function bring() {
  const kept = takeDraft(person, place);
  if (!kept || document.querySelector("[role=alert]")) return;
  let held;
  try { held = JSON.parse(kept); } catch { return; }
  for (const element of form.elements) {
    if (!own(element) || !(element.name in held)) continue;
    if (element.type === "radio" || element.type === "checkbox") element.checked = held[element.name].includes(element.value);
    else if (!element.value) element.value = held[element.name];
  }
}

// -- files: dropped on a field, or chosen under the form; the page is not left

const fields = [...document.querySelectorAll("[data-drops]")].filter((field) => field.querySelector("[data-chip]") || "many" in field.dataset);
for (const field of fields) {
  const chip = field.querySelector("[data-chip]");
  const off = field.querySelector("[data-unchip]");
  if (off) off.hidden = false;
  off?.addEventListener("click", () => { hidden(field).value = ""; chip.hidden = true; field.querySelector("textarea")?.focus(); });
  for (const type of ["dragover", "dragleave", "drop"]) {
    field.addEventListener(type, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      field.toggleAttribute("data-over", type === "dragover");
      if (type === "drop") bringAll(field, event.dataTransfer.files);
    });
  }
  const other = document.querySelector(`form[data-drop="${field.dataset.drops}"]`);
  other?.addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = other.elements.file.files;
    if (file) send(field, file);
    other.elements.file.value = "";
  });
}

// Anywhere else on the page: the first field that has none yet. A browser would leave the page for the file.
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    if (event.defaultPrevented || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    const field = fields.find((one) => !hidden(one)?.value) ?? fields[0];
    if (type === "drop" && field) bringAll(field, event.dataTransfer.files);
  });
}

const hidden = (field) => field.querySelector("input[type=hidden]");

async function bringAll(field, files) {
  for (const file of "many" in field.dataset ? [...files] : [...files].slice(0, 1)) await send(field, file);
}

// One more document of a table: a file that is in no space, ticked.
function ticked(field, answer) {
  const row = document.createElement("label");
  row.className = "row top";
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: field.dataset.drops, value: `file:${answer.file}`, checked: true });
  const name = Object.assign(document.createElement("span"), { textContent: answer.name });
  row.append(box, name);
  field.querySelector("[data-brought]").append(row);
}

async function send(field, file) {
  const told = field.querySelector("[data-dropping]");
  told.textContent = sending;
  try {
    const response = await fetch(`/api/tasks/files?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      headers: { "X-Demeure-Token": token, "Content-Type": "application/octet-stream" },
      body: file,
    });
    const answer = await response.json();
    if (!response.ok) { told.textContent = answer.error.sentence; return; }
    told.textContent = sent;
    if ("many" in field.dataset) { ticked(field, answer); return; }
    hidden(field).value = answer.file;
    const chip = field.querySelector("[data-chip]");
    chip.hidden = false;
    chip.querySelector("[data-name]").textContent = answer.name;
  } catch { told.textContent = unsent; }
}
