// Asking without leaving the page: sources first, then words as they come; stop, ask again; whole sentences to screen
// readers; two windows on one conversation see the same turns. The house writes on whoever watches: a broken answer is
// heard again, and so is one that this page finds being written.
import { copyAnswer } from "./copy.js";
import { clearDraft, keepDraft, readDraft, takeDraft } from "./drafts.js";
import { events } from "./events.js";
import { AGAIN, follow, halt, pause, ticket } from "./going.js";
import { announce, follow as watch } from "./windows.js";

const sentences = document.body.dataset;
const person = sentences.person;
const talk = document.querySelector(".talk");
const form = document.querySelector("form[data-ask]");
const field = form.elements.question;
const conversation = () => form.elements.conversation.value;
const seen = () => (conversation() ? { after: form.elements.after.value } : {});
const boxes = () => form.querySelectorAll("input[name=space]");
const spaces = () => [...boxes()].filter((box) => box.checked).map((box) => box.value);
const documents = () => [...form.querySelectorAll("input[name=document]")].map((field) => field.value);
const route = () => form.querySelector("input[name=route]:checked")?.value ?? ""; // the house's own model: empty
const template = (id) => document.getElementById(id).content.cloneNode(true);
let running = null; // what this page hears: its controller, and the turn it writes
let stopping = null; // the house is closing what was stopped
let joining = false;
let parted = false; // the connection was given up in the middle of an answer
let ending = false; // the answer is whole, the house is still closing it
let waiting = false; // a question sent meanwhile: it leaves at once after
let shown = location.pathname;
let foreseen = 0; // when the house was last told of a question to come
const FORESEEN = 20_000; // it then waits for it twice as long
const HEARD = 10_000; // an answer said aloud is then read in its place alone

const HANDED = "demeure:asked"; // a question typed on the home page, on its way to the Assistant

addEventListener("submit", (event) => {
  if (event.target.matches("form[id^=again-]")) {
    event.preventDefault();
    return again(event.target.elements.again.value, event.target.elements.question.value);
  }
  if (event.target !== form) return;
  event.preventDefault();
  const question = field.value.trim();
  if (!question) return;
  if (running) { waiting = ending; return; }
  if (talk) return ask(question);
  sessionStorage.setItem(HANDED, JSON.stringify({ question, spaces: spaces() }));
  location.assign("/assistant");
});
addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest?.("[data-stop]")) stop();
  const copy = target.closest?.("[data-copy]");
  if (copy) copyAnswer(copy);
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && running && !document.querySelector("details:is(.me, .rest)[open]")) stop();
});
addEventListener("popstate", () => { if (location.pathname !== shown) location.reload(); });
addEventListener("pagehide", () => running?.abort());
addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
for (const back of ["online", "visibilitychange"]) addEventListener(back, returned);
field.addEventListener("input", () => { keepDraft(person, conversation(), field.value); foresee(); });
field.addEventListener("focus", foresee);
form.addEventListener("change", (event) => {
  if (event.target.name === "space") nameSpaces();
  if (event.target.name === "route") nameWay();
});

const STEPS = {
  started(turn, data) {
    turn.message = data.message;
    if (turn.replayed) return;
    const fresh = !conversation();
    form.elements.conversation.value = data.conversation;
    form.elements.after.value = data.message;
    clearDraft(person, fresh ? "" : data.conversation);
    if (field.value) keepDraft(person, data.conversation, field.value); // typed meanwhile
    if (fresh) begun(turn, data);
    announce(data.conversation);
  },
  sources(turn, data) {
    turn.sources = data.items.length;
    if (!turn.side) beside(turn, data.html);
    else if (!turn.side.querySelector("article")) { turn.side.innerHTML = data.html; bring(); }
    tell(turn, data);
    turn.toRead = data.reading; // the model reads first, then writes
    writing(turn, true);
  },
  queued(turn, data) {
    queued(turn, data.sentence);
    if (data.sentence) say(turn, data.sentence);
  },
  beingread: beingRead,
  loading(turn, data) {
    loading(turn, true);
    say(turn, data.sentence);
  },
  text(turn, data) {
    const follows = atEnd();
    if (!turn.text) { loading(turn, false); share(turn, ""); }
    turn.text = (turn.replayed ? "" : turn.text) + data.delta; // what was told before comes in one piece
    turn.replayed = false;
    show(turn);
    speak(turn);
    if (follows) toEnd();
  },
  problem(turn, data) { turn.problem = data.sentence; },
  closed(turn, data) {
    const follows = atEnd();
    ending = true;
    finish(turn);
    turn.answer.querySelector("[data-body]").innerHTML = data.html;
    if (turn.side) sortOut(turn, data);
    offer(turn);
    for (const button of turn.answer.querySelectorAll("[data-copy]")) button.hidden = false;
    turn.behind = data.outcome === "interrupted"; // stopped from another window: as the house keeps it
    say(turn, data.text.slice(turn.said));
    say(turn, turn.problem ?? "");
    say(turn, turn.behind ? sentences.stopped : sentences.done);
    setTimeout(() => turn.live.replaceChildren(), HEARD);
    classed(data);
    document.querySelector("[data-recent] [aria-current] [data-going]")?.remove();
    announce(conversation());
    if (!follows) return;
    if (data.text) toEnd();
    else turn.answer.scrollIntoView({ block: "start" }); // why nothing is written, before the passages found
  },
};

const brought = new WeakMap();

// -- what the page starts with

const draft = takeDraft(person, conversation());
if (!field.value && draft) field.value = draft;
if (!talk && readDraft(person, "")) document.querySelector("[data-drafted]")?.removeAttribute("hidden");
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
if (talk) {
  bring();
  const handed = JSON.parse(sessionStorage.getItem(HANDED) || "null");
  sessionStorage.removeItem(HANDED);
  if (handed && !conversation()) {
    for (const box of boxes()) box.checked = handed.spaces.includes(box.value);
    nameSpaces();
    ask(handed.question);
  } else {
    toEnd();
    join();
    if (matchMedia("(pointer: fine)").matches && !location.hash) field.focus({ preventScroll: true });
  }
  watch({ conversation, last: () => form.elements.after.value, idle: () => !running, refresh });
}

// A long passage opens at the beginning of the sentence that the answer rests on, else at what the model read first;
// each passage scrolls by itself, and where somebody scrolled it stays.
function bring(rooms = document.querySelectorAll("[data-sources] blockquote")) {
  for (const room of rooms) {
    const place = room.querySelector("[data-cited]") ?? room.querySelector(".read");
    if (!place) continue;
    room.scrollTop = Math.max(0, place.offsetTop - room.offsetTop - 2);
    brought.set(room, room.scrollTop);
  }
}

// A question on chosen documents is being written: the house has what it keeps ready of them wait for it.
function foresee() {
  const about = documents();
  if (!about.length || running || route() || Date.now() - foreseen < FORESEEN) return;
  foreseen = Date.now();
  const headers = { "Content-Type": "application/json", "X-Demeure-Token": form.elements.token.value };
  fetch("/api/documents/bring", { method: "POST", headers, body: JSON.stringify({ documents: about }) })
    .then((answer) => answer.text(), () => {}); // to its end: a browser goes on waiting for what nobody reads
}

function nameWay() {
  const chosen = form.querySelector("input[name=route]:checked");
  form.querySelector("[data-way] [data-picked]").textContent = chosen.dataset.name;
}

function beside(turn, html) {
  const side = document.querySelector("[data-sources]");
  const before = side.querySelector("article") ? [named(turn), ...side.childNodes] : [];
  turn.side = document.createElement("div");
  turn.side.className = "of";
  turn.side.innerHTML = html;
  side.replaceChildren(turn.side, ...before);
  side.scrollTop = 0;
  bring();
}

function tell(turn, { title, trail }) {
  document.querySelector("[data-sources-title]").textContent = title;
  turn.trail.querySelector("[data-trail]").innerHTML = trail;
}

// The answer is there: the passages that it cites first, the others folded; the same elements, as they are being read.
function sortOut(turn, data) {
  const { side } = turn;
  const held = document.activeElement;
  const read = [...side.querySelectorAll("blockquote")].map((room) => [room, room.scrollTop]);
  const fresh = document.createElement("template");
  fresh.innerHTML = data.sources;
  for (const place of fresh.content.querySelectorAll("article")) {
    const known = side.querySelector(`#${place.id}`);
    if (!known) continue;
    const cited = place.querySelector("blockquote:has([data-cited])");
    if (cited) {
      known.querySelector("blockquote").innerHTML = cited.innerHTML;
      known.querySelector(".shade")?.replaceWith(...place.querySelectorAll(".shade")); // what its letters mean
    }
    place.replaceWith(known);
  }
  side.replaceChildren(fresh.content);
  for (const [room, top] of read) {
    room.scrollTop = top;
    if (top === (brought.get(room) ?? 0)) bring([room]);
  }
  tell(turn, data);
  if (side.contains(held)) {
    const folded = held.closest("details.others");
    if (folded) folded.open = true;
    held.focus({ preventScroll: true });
  }
}

// -- asking

function ask(question, more = {}) {
  const turn = newTurn(question);
  field.value = "";
  return write(turn, {
    question, spaces: spaces(), documents: documents(), conversation: conversation() || null, route: route(), warn: true, ...seen(), ...more,
  });
}

function again(message, question, patience = 4) {
  if (running) return null;
  const button = talk.querySelector(`[data-again="${message}"]`);
  const old = button?.closest("li") ?? null;
  const turn = newTurn(question, old);
  turn.patience = patience;
  return write(turn, {
    question, again: message, spaces: spaces(), documents: documents(), conversation: conversation(),
  });
}

function write(turn, body) {
  const headers = { "Content-Type": "application/json", "X-Demeure-Token": form.elements.token.value };
  turn.asked = body;
  turn.ticket = ticket();
  foreseen = Date.now();
  field.focus({ preventScroll: true });
  const control = new AbortController();
  const { signal } = control;
  return hear(turn, async () => {
    await stopping;
    const told = JSON.stringify({ ...body, ticket: turn.ticket });
    return fetch("/api/ask", { method: "POST", headers, body: told, signal });
  }, control);
}

// Hear an answer to its end. When the connection breaks the house writes on: it is heard again from its beginning, or
// found whole.
async function hear(turn, first, control) {
  const { signal } = control;
  running = control;
  running.turn = turn;
  ending = waiting = false;
  busy(true);
  try {
    let best = 0;
    for (let tries = 0, open = first; ; tries += 1, open = () => follow(conversation(), signal)) {
      turn.replayed ||= open !== first;
      if (await heard(turn, open, signal)) break;
      if (turn.text.length > best) { best = turn.text.length; tries = 0; }
      if (!turn.message || tries === AGAIN.length) { cut(turn); break; }
      queued(turn, sentences.relinking);
      say(turn, sentences.relinking);
      await pause(AGAIN[tries], signal);
    }
  } catch {
    if (turn.stopped && !turn.over) stopped(turn); // else the page is being left
  } finally {
    running = null;
    foreseen = 0;
    busy(false);
    if (waiting) form.requestSubmit();
    if (turn.behind) refresh(true);
    if (turn.retry) setTimeout(turn.retry, 700);
  }
  return null;
}

// True when there is no more to hear.
async function heard(turn, open, signal) {
  try {
    const response = await open();
    if (turn.message && (response.status === 204 || response.status === 404)) {
      finish(turn);
      turn.behind = true;
      return true;
    }
    if (turn.message && response.status >= 500) return false;
    if (!response.ok) {
      refused(turn, response.status, (await response.json()).error);
      return true;
    }
    if (turn.replayed) queued(turn, "");
    for await (const { name, data } of events(response)) STEPS[name]?.(turn, data);
  } catch (problem) {
    if (signal.aborted) throw problem;
  }
  return turn.over;
}

// An answer that this page finds being written is heard from its beginning; where it cannot be, the page is looked at
// again until it is over.
async function join() {
  const open = talk?.querySelector("[data-open]");
  if (!open || running || joining || document.hidden) return;
  joining = true;
  const control = new AbortController();
  try {
    const response = await follow(conversation(), control.signal);
    if (response.status !== 200 || running || !open.isConnected) control.abort();
    else hear(found(open.closest("li")), () => response, control);
  } catch { /* looked at again */ } finally { joining = false; }
}

// The turn of an answer that the page was loaded with.
function found(old) {
  const asked = old.previousElementSibling;
  const turn = newTurn(asked.querySelector("p").textContent);
  turn.answer.append(...old.querySelectorAll("details.former"));
  turn.side = document.querySelector("[data-sources] > .of");
  turn.replayed = true;
  asked.remove();
  old.remove();
  return turn;
}

// Back in sight, or on the network.
function returned() {
  if (document.hidden || running) return;
  if (parted) refresh(); else join();
}

function newTurn(question, old = null) {
  const list = talk.querySelector("[data-turns]");
  for (const gone of list.querySelectorAll("[data-empty], [data-unsent]")) gone.remove();
  const pair = template("turn");
  pair.querySelector("[data-question]").textContent = question;
  const answer = pair.querySelector("[data-answer]");
  const turn = {
    answer, question, over: false, text: "", said: 0, sources: 0, message: "", old,
    prose: answer.querySelector(".prose"), trail: answer.querySelector(".trail"),
    live: answer.querySelector("[aria-live]"), caret: answer.querySelector(".caret"),
  };
  if (old) fold(turn, old);
  list.append(pair);
  toEnd();
  return turn;
}

// The answer that is asked again stays, folded under the new one.
function fold(turn, old) {
  const prose = old.querySelector("[data-body] > .prose");
  if (prose?.textContent.trim()) {
    const folded = template("former").firstElementChild;
    folded.append(prose.cloneNode(true));
    turn.answer.append(folded, ...old.querySelectorAll("details.former"));
  }
  old.previousElementSibling?.remove();
  old.remove();
}

// Over the sources of what came before, the words they answer.
function named(turn) {
  const label = document.createElement("h3");
  label.className = "label";
  const questions = talk.querySelectorAll("[data-turns] > li.ask p");
  label.textContent = turn.old ? template("former").textContent.trim() : questions[questions.length - 2]?.textContent ?? "";
  return label;
}

// The class of the conversation: the highest that it touches.
function classed({ classed: html }) {
  if (html) talk.querySelector("[data-class]").innerHTML = html;
}

// A new conversation has its own address, its name and its place among the recent ones.
function begun(turn, data) {
  history.replaceState({}, "", data.page);
  shown = data.page;
  const short = titled(turn.question);
  field.placeholder = field.dataset.more;
  document.title = `${short} – Demeure`;
  talk.querySelector("[data-title]").textContent = short;
  const more = talk.querySelector("[data-more]");
  more.hidden = false;
  more.querySelector("[data-rename]").href = `${data.page}/renommer`;
  more.querySelector("[data-delete]").href = `${data.page}/supprimer`;
  const link = document.createElement("a");
  link.href = data.page;
  link.textContent = short;
  link.setAttribute("aria-current", "true");
  const item = document.createElement("li");
  item.append(link);
  document.querySelector("[data-recent]")?.prepend(item);
}

// As the house names it: cut between two words, and still a question.
function titled(question) {
  const line = question.split(/\s+/).join(" ").trim();
  if (line.length <= 80) return line;
  const end = line.endsWith("?") ? "…\u202f?" : "…";
  const cut = line.slice(0, 80 - end.length);
  const words = line[cut.length] === " " ? cut : cut.slice(0, Math.max(0, cut.lastIndexOf(" ")));
  return (2 * words.length > cut.length ? words : cut).replace(/[ ,;:.!?\-–—'’]+$/, "") + end;
}

function show(turn) {
  const parts = turn.text.split(/(\[\d{1,3}\])/);
  const nodes = parts.map((part) => {
    const number = Number(part.slice(1, -1));
    if (!/^\[\d{1,3}\]$/.test(part) || number < 1 || number > turn.sources) return part;
    const link = document.createElement("a");
    link.className = "cite";
    link.href = `#source-${turn.message}-${number}`;
    link.textContent = number;
    return link;
  });
  turn.prose.replaceChildren(...nodes, turn.caret);
}

// Whole sentences, with the numbers of their sources; one that a screen reader is told is never taken for the next one.
function speak(turn) {
  const ends = [...turn.text.matchAll(/[.!?…](?:\s?\[\d{1,3}\])*\s+(?=[^\s[])/g)];
  const end = ends.length ? ends.at(-1).index + ends.at(-1)[0].length : 0;
  if (end <= turn.said) return;
  say(turn, turn.text.slice(turn.said, end));
  turn.said = end;
}

// Aloud, after what is being said: what is put in the place of another is all that some readers hear.
function say(turn, text) {
  const words = text.replace(/\s?\[\d{1,3}\]|\*\*/g, "").trim();
  if (!words) return;
  const line = document.createElement("p");
  line.textContent = words;
  turn.live.append(line);
}

// -- how it ends

function stop() {
  field.focus({ preventScroll: true });
  if (!running) return;
  const { turn } = running;
  turn.stopped = true;
  stopping = halt(turn, conversation(), form.elements.token.value).then((how) => {
    stopping = null;
    if (how === "lost") note(turn, sentences.unstopped, "stop");
    if (how === "over" && turn.message) refresh(); // its last word came first
  });
  running.abort();
}

function loading(turn, on) {
  turn.trail.querySelector("[data-loading]").hidden = !on;
  writing(turn, !on);
}

function queued(turn, sentence) {
  turn.trail.querySelector("[data-queued]").hidden = !sentence;
  turn.trail.querySelector("[data-place]").textContent = sentence;
  writing(turn, !sentence);
}

// Documents that the model reads whole: how far, and how long still; aloud at each quarter.
function beingRead(turn, data) {
  turn.toRead = data.share < 100;
  loading(turn, false);
  share(turn, data.sentence, data.share);
  tell(turn, data);
  const quarter = Math.floor(data.share / 25);
  if (data.sentence && quarter !== turn.quarter) say(turn, data.sentence);
  turn.quarter = quarter;
}

function share(turn, sentence, read = 0) {
  const told = turn.trail.querySelector("[data-share]");
  told.hidden = !sentence;
  told.querySelector("progress").value = read;
  told.querySelector("[data-read]").textContent = sentence;
  writing(turn, !sentence);
}

function writing(turn, on) {
  turn.trail.querySelector("[data-writing]").hidden = !on || Boolean(turn.toRead);
}

function finish(turn) {
  turn.over = true;
  queued(turn, "");
  share(turn, "");
  loading(turn, false);
  turn.caret.remove();
  turn.prose.removeAttribute("aria-busy");
  turn.trail.querySelector("[data-writing]").hidden = true;
  if (!turn.sources) turn.trail.hidden = true;
}

function note(turn, sentence, tone, ...actions) {
  const box = template("note").firstElementChild;
  box.dataset.tone = tone;
  box.querySelector("[data-text]").textContent = sentence;
  const row = box.querySelector("[data-actions]");
  if (actions.length) row.append(...actions); else row.remove();
  turn.answer.querySelector("[data-body]").append(box);
  say(turn, sentence);
  toEnd();
}

// The page's own buttons have a form behind them; those of an answer just written do not.
function offer(turn) {
  for (const button of turn.answer.querySelectorAll("[data-again]")) {
    button.type = "button";
    button.onclick = () => again(turn.message, turn.question);
  }
}

// lost: it may have gone on; otherwise its question is asked once more.
function resume(turn, lost = false) {
  const button = template("resume").firstElementChild;
  button.dataset.again = turn.message;
  button.onclick = async () => { if (!lost || !(await refresh())) again(turn.message, turn.question); };
  return button;
}

function stopped(turn) {
  finish(turn);
  if (turn.message) note(turn, turn.text ? sentences.stopped : sentences.stoppedshort, "warn", resume(turn));
  else unsent(turn, sentences.stopped, "warn");
  announce(conversation());
}

function cut(turn) {
  finish(turn);
  parted = Boolean(turn.message);
  if (parted) note(turn, turn.text ? sentences.cut : sentences.cutshort, "stop", resume(turn, true));
  else unsent(turn, sentences.unsent, "stop");
}

// Nothing was kept by the house: what was typed goes back into the field.
function unsent(turn, sentence, tone, ...actions) {
  for (const part of [turn.answer.previousElementSibling, turn.answer]) part?.setAttribute("data-unsent", "");
  if (!field.value && !turn.asked.again) field.value = turn.question;
  keepDraft(person, conversation(), field.value);
  note(turn, sentence, tone, ...actions);
}

function refused(turn, status, error) {
  finish(turn);
  if (status === 409 && error.code === "ConversationBusy" && turn.patience) {
    const { asked, patience } = turn; // the house has not noticed yet that its reader was cut off
    turn.retry = () => { drop(turn); againLater(asked, turn, patience - 1); };
    return null;
  }
  if (turn.message) return note(turn, status === 401 ? sentences.signedmeanwhile : error.sentence, "warn", ...(status === 401 ? [template("sign-in").firstElementChild] : []));
  if (status === 401) return unsent(turn, sentences.signed, "warn", template("sign-in").firstElementChild);
  if (error.code === "ConfidedFirst") return unsent(turn, error.sentence, "warn", allTheSame(turn));
  unsent(turn, error.sentence, status === 409 ? "warn" : "stop");
  turn.behind = status === 409;
  return null;
}

// What the question holds was told; what was typed since stays in the field. Of another way out, or about other
// documents, it is told again.
function allTheSame(turn) {
  const button = template("all-the-same").firstElementChild;
  button.onclick = () => {
    if (running) return;
    const typed = field.value.trim() === turn.question ? "" : field.value;
    drop(turn);
    ask(turn.question, { warn: chosen(turn.asked) !== chosen({ route: route(), spaces: spaces(), documents: documents() }) });
    field.value = typed;
  };
  return button;
}

function chosen(asked) {
  return JSON.stringify([asked.route, asked.spaces, asked.documents]);
}

function drop(turn) {
  turn.answer.previousElementSibling?.remove();
  turn.answer.remove();
}

function againLater(asked, before, patience) {
  const turn = newTurn(before.question);
  turn.patience = patience;
  turn.answer.append(...before.answer.querySelectorAll("details.former"));
  write(turn, asked);
}

function busy(on) {
  for (const button of document.querySelectorAll("[data-send]")) button.hidden = on;
  for (const button of document.querySelectorAll("[data-stop]")) button.hidden = !on;
  for (const button of document.querySelectorAll("[data-again]")) button.disabled = on;
}

// -- the page, brought up to date from another window

async function refresh(keepNotes = false) {
  if (!talk || !conversation() || running) return false;
  let fresh;
  try {
    const response = await fetch(`/conversation/${conversation()}`, { headers: { Accept: "text/html" } });
    if (!response.ok) return false;
    fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch { return false; }
  const turns = fresh.querySelector("[data-turns]");
  if (!turns || running) return false;
  const notes = keepNotes ? talk.querySelectorAll("[data-unsent]") : [];
  talk.querySelector("[data-turns]").replaceChildren(...turns.childNodes, ...notes);
  for (const part of ["[data-sources]", "[data-sources-title]", "[data-title]", "[data-class]"]) {
    const now = document.querySelector(part);
    const then = fresh.querySelector(part);
    if (now && then) now.replaceChildren(...then.childNodes);
  }
  bring();
  form.elements.after.value = fresh.querySelector("input[name=after]").value;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  toEnd();
  parted = false;
  join();
  return true;
}

function nameSpaces() {
  const pick = form.querySelector("[data-pick]");
  if (!pick) return;
  const chosen = [...boxes()].filter((box) => box.checked);
  const one = chosen[0]?.parentElement.textContent.trim();
  const names = chosen.length > 1 ? pick.dataset.many.replace("{n}", chosen.length) : one ?? pick.dataset.all;
  pick.querySelector("[data-picked]").textContent = names;
}

// The list scrolls by itself on a wide screen; on a phone the page does.
function scroller() {
  const list = talk.querySelector("[data-turns]");
  return getComputedStyle(list).overflowY === "visible" ? null : list;
}
function atEnd() {
  const list = scroller();
  if (list) return list.scrollHeight - list.scrollTop - list.clientHeight < 48;
  const bottom = talk.querySelector(".composer").getBoundingClientRect().top;
  return talk.querySelector("[data-turns]").getBoundingClientRect().bottom - bottom < 96;
}
function toEnd() {
  const list = scroller();
  if (list) list.scrollTop = list.scrollHeight;
  else talk.querySelector("[data-turns]").lastElementChild?.scrollIntoView({ block: "end" });
}
