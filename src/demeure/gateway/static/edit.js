// A draft changed by hand: what is typed is kept on this device until it is saved.
import { clearDraft, keepDraft, takeDraft } from "./drafts.js";

const { person, work } = document.body.dataset;
const form = document.querySelector("[data-form]");
const field = form.elements.texte;
const place = `edit-${work}-${form.elements.brouillon.value}`;
const refused = document.querySelector("[role=alert]");

const kept = takeDraft(person, place);
if (kept && kept !== field.value && !refused) {
  field.value = kept;
  document.querySelector("[data-found]").hidden = false;
}
if (refused) keepDraft(person, place, field.value);
field.addEventListener("input", () => keepDraft(person, place, field.value));
form.addEventListener("submit", () => clearDraft(person, place));
document.querySelector("[data-leave]").addEventListener("click", () => clearDraft(person, place));
