// A source opens beside the conversation, pages turn in place. Without it every link leads to the same page, whole.
// The address says what is open: #source-<answer>-<number>; the way back of the browser closes it.
const main = document.querySelector("main");
let opener = null;
let places = null;
let latest = 0;

addEventListener("hashchange", follow);
addEventListener("click", remember, true);
addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.("a");
  if (!link || !side()) return;
  if (link.matches("[data-view]")) { event.preventDefault(); view(link); }
  if (link.matches("[data-viewer] [data-close]")) { event.preventDefault(); leave(); }
});
addEventListener("keydown", (event) => {  // before anybody else: here Escape closes, and stops no answer
  if (event.key !== "Escape" || !current()?.contains(document.activeElement)) return;
  event.stopImmediatePropagation();
  leave();
}, true);
addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
  const viewer = document.querySelector("[data-viewer]");
  if (!viewer || event.target.matches?.("input, textarea, select")) return;
  const turn = { ArrowLeft: "previous-page", ArrowRight: "next-page" }[event.key];
  const within = viewer.contains(event.target) || !side();
  if (turn && within && !viewer.matches(".large") && !event.target.closest?.(".scroll")) {
    const link = viewer.querySelector(`[data-nav="${turn}"]`);
    if (link) { event.preventDefault(); link.click(); }
  }
});
if (location.hash) follow();
if (!side()) reveal(document);

function side() { return main.querySelector(":scope > .side"); }
function current() { return side()?.querySelector(":scope > [data-viewer]"); }

// Where one was reading, before the browser jumps to the source: closing leads back there.
function remember(event) {
  if (current() || !event.target.closest?.('a[href^="#source-"], a[data-view]')) return;
  opener = event.target.closest("a");
  places = [document.scrollingElement, main, main.querySelector(".turns"), main.querySelector(".side-body")]
    .filter(Boolean).map((room) => [room, room.scrollTop]);
}

function view(link) {
  const anchor = link.dataset.anchor ?? link.closest("article")?.id;
  const hash = anchor ? `#${anchor}` : "";
  if (hash && location.hash !== hash && document.getElementById(anchor)) location.hash = hash;
  else show(link.href, link.dataset.nav);
}

function follow() {
  const source = /^#source-[\w-]+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  const link = source && source.querySelector("a[data-view]");
  if (link && side()) show(link.href); else close();
}

async function show(address, nav) {
  const room = side();
  const ticket = ++latest;
  const from = document.activeElement;
  let fresh = null;
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-viewer]");
  } catch { /* no answer: the page itself will say why */ }
  if (ticket !== latest) return;
  if (!fresh) return location.assign(address);
  room.dataset.open = main.dataset.viewing = "";
  const alone = getComputedStyle(main.querySelector(".talk")).display === "none";
  const title = alone ? fresh.querySelector("h1") : lowered(fresh.querySelector("h1"));
  current()?.remove();
  room.append(document.adoptNode(fresh));
  room.setAttribute("aria-labelledby", title.id);
  const again = nav && fresh.querySelector(`[data-nav="${nav}"]`);
  if (alone || !typing(from)) (again || title).focus({ preventScroll: true });
  if (!nav && alone) main.scrollTop = document.scrollingElement.scrollTop = 0;
  reveal(room);
  say(room, `${title.textContent}, ${fresh.querySelector("[data-said]")?.innerText ?? ""}`);
}

// Whoever has begun to write while the page was on its way goes on writing: what they type goes where they look.
function typing(from) {
  const now = document.activeElement;
  return now !== from && now?.matches("input, textarea, select");
}

// The passage of a long page may be below what one sees.
function reveal(room) {
  const marks = [...room.querySelectorAll(".sheet rect, .extract mark, .extract tr[aria-current]")];
  const top = (mark) => mark.getBoundingClientRect().top;
  const passage = marks.sort((one, other) => top(one) - top(other))[0];  // a page's foot may come first in its text
  if (passage && !passage.closest("details:not([open])") && passage.getBoundingClientRect().bottom > innerHeight - 96) {
    passage.scrollIntoView({ block: "center" });
  }
}

// Beside the conversation, whose question is the title of the page.
function lowered(old) {
  const title = document.createElement("h2");
  for (const { name, value } of old.attributes) title.setAttribute(name, value);
  title.append(...old.childNodes);
  old.replaceWith(title);
  return title;
}

function say(room, words) {
  let voice = room.querySelector(":scope > [data-said-aloud]");
  if (!voice) {
    voice = document.createElement("p");
    voice.className = "vh";
    voice.dataset.saidAloud = "";
    voice.setAttribute("aria-live", "polite");
    room.append(voice);
  }
  voice.textContent = words;
}

function leave() {
  history.replaceState(history.state, "", location.pathname + location.search);
  close();
}

function close() {
  latest += 1;
  if (!current()) return;
  current().remove();
  delete side().dataset.open;
  delete main.dataset.viewing;
  side().setAttribute("aria-labelledby", "sources-title");
  for (const [room, top] of places ?? []) room.scrollTop = top;
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  opener = places = null;
}
