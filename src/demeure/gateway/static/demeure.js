// What every page gets: menus that close, Enter that asks. Pages read fully without it.
import { forgetDrafts } from "./drafts.js";

const all = (query, act, root = document) => root.querySelectorAll(query).forEach(act);

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details.me[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
addEventListener("click", (event) => {
  all("details.me[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
addEventListener("focusin", (event) => {
  all("details.me[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
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
