// Copies an answer as rich text and as plain text, its sources listed under it.
export async function copyAnswer(button, draft) {
  const item = button.closest("li");
  const prose = draft ?? item?.querySelector("[data-body] > .prose, .prose");
  if (!prose) return;
  const numbers = [];
  const body = prose.cloneNode(true);
  for (const hidden of body.querySelectorAll(".vh")) hidden.remove();
  for (const link of body.querySelectorAll("a.cite")) {
    const target = link.getAttribute("href").slice(1);
    const number = link.textContent.trim();
    if (!numbers.some((known) => known.target === target)) numbers.push({ target, number });
    link.replaceWith(`[${number}]`);
  }
  for (const mark of body.querySelectorAll(".unsourced, .computed")) {
    mark.replaceWith(`${mark.querySelector("u")?.textContent ?? ""} (${mark.querySelector("span")?.textContent.trim() ?? ""})`);
  }
  for (const part of body.querySelectorAll("[class]")) part.removeAttribute("class");
  const sources = numbers.map(({ target, number }) => `[${number}] ${nameOf(target)}`);
  const done = await put(html(body, sources), plain(body, sources));
  say(button, done ? button.dataset.copied : button.dataset.refused);
}

function nameOf(target) {
  const source = document.getElementById(target);
  const title = source?.querySelector("h3")?.cloneNode(true);
  title?.querySelector(".vh")?.remove();
  const place = source?.querySelector("h3 + p")?.textContent.trim();
  return [title?.textContent.trim(), place].filter(Boolean).join(", ");
}

function html(body, sources) {
  const list = document.createElement("div");
  for (const source of sources) {
    const line = document.createElement("p");
    line.textContent = source;
    list.append(line);
  }
  return body.innerHTML + list.innerHTML;
}

function plain(body, sources) {
  const room = document.createElement("div"); // innerText needs to be in the page to know what is a line
  room.className = "vh prose";
  room.append(body.cloneNode(true));
  for (const line of room.querySelectorAll("li")) {
    const rank = [...line.parentElement.children].indexOf(line) + (line.parentElement.start || 1);
    line.prepend(line.parentElement.tagName === "OL" ? `${rank}. ` : "- ");
  }
  document.body.append(room);
  const text = room.innerText.trim();
  room.remove();
  return [text, ...sources].join("\n\n").replace(/\n{3,}/g, "\n\n");
}

async function put(rich, text) {
  const blob = (kind, value) => new Blob([value], { type: kind });
  try {
    const item = new ClipboardItem({ "text/html": blob("text/html", rich), "text/plain": blob("text/plain", text) });
    await navigator.clipboard.write([item]);
    return true;
  } catch { return putOld(rich, text); }
}

// Browsers without the clipboard's own way, or that refuse it.
function putOld(rich, text) {
  let done = false;
  const fill = (event) => {
    event.clipboardData.setData("text/html", rich);
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    done = true;
  };
  addEventListener("copy", fill, { once: true });
  document.execCommand("copy");
  removeEventListener("copy", fill);
  return done;
}

function say(button, words) {
  const label = button.querySelector("[data-label]");
  const before = label.dataset.before ?? label.textContent;
  label.dataset.before = before;
  label.textContent = words;
  label.setAttribute("role", "status");
  setTimeout(() => { label.textContent = before; }, 2000);
}
