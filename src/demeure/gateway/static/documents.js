// Documents: files and folders dropped or chosen, a few sent at a time, each with its progress, cancel and retry;
// states that follow the work through a house that restarts; several documents chosen at once. The forms do without.
const AT_ONCE = 3;
const MOST_FILES = 5000;
const PACE = 1500;
const SLOWEST = 30000;
const TOLD = 5; // rows of what was received that stay; the list below has them all
const PASSING = new Set([408, 409, 429, 500, 502, 503, 507]); // what another moment may mend: the file is sent again

const zone = document.querySelector(".drop");
const form = document.querySelector("form[data-upload]");
const list = document.querySelector("[data-sending]");
const words = document.getElementById("summary")?.dataset ?? {};
const shelf = document.querySelector("[data-list]");

// -- sending ---------------------------------------------------------------------------------------------------------

const queue = [];
let running = 0;
let received = 0;

if (form && zone) {
  let over = 0;
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    addEventListener(type, (event) => {  // anywhere: beside the zone, a browser would leave the page for the file
      if (!(event.dataTransfer?.types?.includes("Files") ?? true)) return;
      event.preventDefault();
      over = type === "dragenter" ? over + 1 : type === "dragleave" ? over - 1 : type === "drop" ? 0 : over;
      zone.toggleAttribute("data-over", over > 0 || type === "dragover");
      if (type === "drop") { zone.removeAttribute("data-over"); take(event.dataTransfer); }
    });
  }
  form.addEventListener("submit", (event) => {
    const files = [...form.elements.file.files];
    if (!files.length) return;
    event.preventDefault();
    for (const file of files) add(file, file.webkitRelativePath || "");
    form.elements.file.value = "";
  });
  folderButton();
  addEventListener("beforeunload", (event) => { if (running || queue.length) event.preventDefault(); });
}

function folderButton() {
  const button = form.querySelector("[data-folder]");
  const chooser = Object.assign(document.createElement("input"), { type: "file", multiple: true, webkitdirectory: true });
  if (!button || !("webkitdirectory" in chooser)) return;
  button.hidden = false;
  button.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    const files = [...chooser.files].filter(visible);
    for (const file of files.slice(0, MOST_FILES)) add(file, file.webkitRelativePath);
    if (files.length > MOST_FILES) say(words.many.replaceAll("{n}", MOST_FILES));
    chooser.value = "";
  });
}

const plain = (name) => name.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");  // as it will be kept: a name says its own end
const visible = (file) => !file.name.startsWith(".") && file.name !== "Thumbs.db";

async function take(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) {
    for (const file of transfer.files) add(file, "");
    return;
  }
  const unread = [];  // what the browser itself may not read is said, by name
  let found = 0;
  for await (const { file, path } of walk(entries, "", unread)) {
    if (++found > MOST_FILES) return say(words.many.replaceAll("{n}", MOST_FILES));
    add(file, path);
  }
  if (unread.length) say(words.unread.replace("{n}", unread.length).replace("{name}", plain(unread[0])));
}

async function* walk(entries, above, unread) {
  for (const entry of entries) {
    const path = above ? `${above}/${entry.name}` : entry.name;
    if (entry.isDirectory) {
      const reader = entry.createReader();
      for (;;) {  // a folder is told a hundred entries at a time
        const some = await new Promise((resolve) => { reader.readEntries(resolve, () => { unread.push(path); resolve([]); }); });
        if (!some.length) break;
        yield* walk(some, path, unread);
      }
    } else {
      const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
      if (!file) unread.push(path);
      else if (visible(file)) yield { file, path: above ? path : "" };
    }
  }
}

function add(file, path) {
  const row = document.getElementById("sending").content.cloneNode(true).firstElementChild;
  const one = { file, path, row, request: null, state: "waiting" };
  row.querySelector("b").textContent = plain(file.name);
  row.querySelector("small").textContent = path;
  row.querySelector("progress").setAttribute("aria-label", plain(file.name));
  for (const name of row.querySelectorAll("[data-name]")) name.textContent = ` ${plain(file.name)}`;
  row.querySelector("[data-cancel]").onclick = () => cancel(one);
  row.querySelector("[data-again]").onclick = () => again(one);
  list.append(row);
  if (file.size > Number(row.dataset.limit) * 1.05) {
    refused(one, row.dataset.tooLarge, false);
  } else {
    queue.push(one);
    next();
  }
  summary();
}

function next() {
  while (running < AT_ONCE && queue.length) send(queue.shift());
}

function send(one) {
  const { row, file } = one;
  const bar = row.querySelector("progress");
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ space: form.elements.space.value, name: file.name, from: "page" });
  if (one.path) query.set("path", one.path);
  Object.assign(one, { request, state: "sending" });
  running += 1;
  request.open("POST", `/api/documents?${query}`);
  request.setRequestHeader("X-Demeure-Token", form.elements.token.value);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    told(one, "busy", row.dataset.progress.replace("{share}", Math.floor(100 * bar.value)));
  };
  request.onload = () => {
    const answer = parsed(request.responseText);
    if (request.status === 200) {
      one.state = "there";
      told(one, "warn", row.dataset.already.replace("{name}", answer?.documents?.[0]?.name ?? file.name));
      bar.remove();
    } else if (request.status < 300) {
      one.state = "done";
      received += 1;
      bar.value = 1;
      told(one, "ok", row.dataset.received);
      row.querySelector("[data-cancel]").hidden = true;
      row.dataset.done = "";
      for (const old of [...list.querySelectorAll(":scope > [data-done]")].slice(0, -TOLD)) old.remove();
    } else {
      refused(one, answer?.error?.sentence ?? row.dataset.failed, PASSING.has(request.status));
    }
    ended();
  };
  request.onerror = () => { refused(one, row.dataset.failed, true); ended(); };
  request.onabort = ended;
  request.send(file);
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function ended() {
  running -= 1;
  next();
  summary();
  refresh();
}

function told(one, is, sentence) {
  const state = one.row.querySelector(".state");
  state.dataset.is = is;
  state.querySelector("use").setAttribute("href", `#i-${{ busy: "busy", ok: "done", warn: "warn", stop: "fail" }[is]}`);
  state.querySelector("[data-state]").textContent = sentence;
  const label = one.row.querySelector("[data-dismiss]");
  label.dataset.cancel ??= label.textContent;
  label.textContent = is === "busy" ? label.dataset.cancel : label.dataset.dismiss;
}

function refused(one, sentence, retry) {
  one.state = "refused";
  told(one, "stop", sentence);
  one.row.querySelector("progress").value = 0;
  one.row.querySelector("[data-again]").hidden = !retry;
  summary();
}

function again(one) {
  one.row.querySelector("[data-again]").hidden = true;
  one.state = "waiting";
  told(one, "busy", one.row.dataset.waiting);
  queue.push(one);
  next();
  summary();
}

function cancel(one) {
  const at = queue.indexOf(one);
  if (at >= 0) queue.splice(at, 1);
  const neighbour = one.row.nextElementSibling ?? one.row.previousElementSibling;
  one.row.remove();
  if (one.state === "sending") one.request.abort();
  (neighbour?.querySelector("[data-cancel]") ?? form.elements.file).focus();
  one.state = "cancelled";
  summary();
}

function summary() {
  const line = document.querySelector("[data-summary]");
  const refusedRows = list.querySelectorAll('.state[data-is="stop"]').length;
  const parts = [];
  if (running + queue.length) parts.push(words.busy.replace("{n}", running + queue.length));
  if (received) parts.push(words.done.replace("{n}", received));
  if (refusedRows) parts.push(words.refused.replace("{n}", refusedRows));
  line.textContent = parts.join(" ");
  line.hidden = !parts.length;
}

function say(sentence) {
  document.querySelector("[data-said]").textContent = sentence;
}

// -- the list follows ------------------------------------------------------------------------------------------------

let pause = PACE;
let timer = 0;
let asking = false;
let askAgain = false;

async function fresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (response.status === 401 || response.status === 403) { location.reload(); throw new Error("signed out"); }
  if (!response.ok) throw new Error(String(response.status));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

async function refresh() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    const page = await fresh();
    const found = page.querySelector("[data-list]");
    if (found) merge(found);
    for (const held of page.querySelectorAll("[data-held]")) {
      const shown = document.querySelector(`[data-held="${held.dataset.held}"]`);
      if (shown) shown.textContent = held.textContent;
    }
    pause = PACE;
    document.querySelector("[data-lost]").hidden = true;
  } catch {  // a house that restarts, a network that is cut: it goes on by itself, more and more rarely
    pause = Math.min(pause * 2, SLOWEST);
    document.querySelector("[data-lost]").hidden = false;
    askAgain = true;
  }
  asking = false;
  clearTimeout(timer);
  if (busy() || askAgain || running) timer = setTimeout(refresh, pause);
  askAgain = false;
}

function busy() {  // a row that is read, or one of another page of the list
  return shelf.querySelector('[data-documents] [data-is="busy"], [data-filters][data-busy="busy"]');
}

function merge(found) {
  const rows = [...shelf.querySelectorAll("[data-row]")];
  const ids = rows.map((row) => row.dataset.row).join();
  const freshRows = [...found.querySelectorAll("[data-row]")];
  if (ids !== freshRows.map((row) => row.dataset.row).join()) return replaceList(found);
  for (const [at, row] of rows.entries()) {
    const now = freshRows[at];
    if (row.dataset.state === now.dataset.state) continue;
    row.dataset.state = now.dataset.state;
    for (const cell of ["[data-state-cell]", "[data-pages]"]) {
      row.querySelector(cell).replaceChildren(...now.querySelector(cell).childNodes);
    }
    for (const old of shelf.querySelectorAll(`[data-under="${row.dataset.row}"]`)) old.remove();
    row.after(...found.querySelectorAll(`[data-under="${row.dataset.row}"]`));
  }
  recount(found);
}

function recount(found) {  // the numbers of the filters are those of the rows; what is chosen there stays so
  const numbered = shelf.querySelector("[data-filters]");
  if (!numbered) return;
  numbered.dataset.busy = found.querySelector("[data-filters]")?.dataset.busy ?? "";
  for (const now of found.querySelectorAll("[data-filters] select")) {
    const shown = numbered.elements.namedItem(now.name);
    if (!shown) continue;
    const chosen = shown.value;
    const values = (select) => JSON.stringify([...select.options].map((option) => option.value));
    if (values(shown) === values(now)) {
      for (const [at, option] of [...shown.options].entries()) option.textContent = now.options[at].textContent;
    } else {
      shown.replaceChildren(...now.childNodes);
      if ([...shown.options].some((option) => option.value === chosen)) shown.value = chosen;
    }
  }
}

function replaceList(found) {
  // what was ticked, open and focused stays so
  const ticked = new Set([...shelf.querySelectorAll('[name="document"]:checked')].map((box) => box.value));
  const open = new Set([...shelf.querySelectorAll("[data-row]:has(details[open])")].map((row) => row.dataset.row));
  const typed = shelf.querySelector('[name="mots"]')?.value ?? "";
  if (document.activeElement?.closest("[data-list] input, [data-list] select") && typed) { askAgain = true; return; }
  const focused = document.activeElement?.closest?.("[data-row]");
  const kind = document.activeElement?.tagName;
  const had = focused?.dataset.row;
  shelf.replaceChildren(...found.childNodes);
  for (const box of shelf.querySelectorAll('[name="document"]')) box.checked = ticked.has(box.value);
  for (const row of shelf.querySelectorAll("[data-row]")) {
    if (open.has(row.dataset.row)) row.querySelector("details").open = true;
    if (row.dataset.row === had) [...row.querySelectorAll("a, input, summary")].find((one) => one.tagName === kind)?.focus();
  }
  wire();
}

// -- several at once -------------------------------------------------------------------------------------------------

function wire() {
  const every = shelf.querySelector("[data-all]");
  if (every) every.hidden = false;
  count();
}

function count() {
  const told = shelf.querySelector("[data-count]");
  if (!told) return;
  told.dataset.none ??= told.textContent;
  const boxes = [...shelf.querySelectorAll('[name="document"]')];
  const chosen = boxes.filter((box) => box.checked).length;
  const sentence = !chosen ? told.dataset.none : chosen === 1 ? told.dataset.one : told.dataset.manyWord.replace("{n}", chosen);
  if (told.textContent !== sentence) told.textContent = sentence;
  const every = shelf.querySelector("[data-all]");
  every.checked = chosen > 0 && chosen === boxes.length;
  every.indeterminate = chosen > 0 && chosen < boxes.length;
}

shelf?.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of shelf.querySelectorAll('[name="document"]')) box.checked = event.target.checked;
  }
  count();
});

let last = null;
shelf?.addEventListener("click", (event) => {  // Shift: from the one ticked before to this one
  if (!event.target.matches('[name="document"]')) return;
  const boxes = [...shelf.querySelectorAll('[name="document"]')];
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
  last = event.target;
  count();
});

if (shelf) {
  wire();
  if (busy()) timer = setTimeout(refresh, pause);
}
