// What every page gets: menus that close, Enter that asks, copy that says so. Pages read fully without it.
const all = (query, act, root = document) => root.querySelectorAll(query).forEach(act);

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details.me[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});
addEventListener("click", (event) => {
  all("details.me[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const copy = event.target.closest?.("[data-copy]");
  if (copy) copyAnswer(copy);
});
addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.(".ask-box textarea")) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});

async function copyAnswer(button) {
  const answer = button.closest("li")?.querySelector(".prose");
  const label = button.querySelector("[data-label]");
  if (!answer || !label) return;
  try { await navigator.clipboard.writeText(answer.innerText.trim()); } catch { return; }
  const before = label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 2000);
}
all("[data-copy]", (button) => { button.hidden = false; });
