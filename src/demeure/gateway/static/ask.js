// Asking without leaving the page: sources first, then words as they come; stop; whole sentences to screen readers.
import { events } from "./events.js";

const main = document.querySelector("main");
const sentences = document.body.dataset;
let running = null;
let shown = location.pathname;

addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-ask]")) return;
  event.preventDefault();
  const question = form.elements.question.value.trim();
  if (question && !running) ask(form, question);
});
addEventListener("click", (event) => {
  if (event.target.closest?.("[data-stop]")) running?.abort();
});
addEventListener("popstate", () => { if (location.pathname !== shown) location.reload(); });
addEventListener("pagehide", () => running?.abort());

function desk() {
  if (!main.classList.contains("desk")) {
    main.className = "desk";
    main.replaceChildren(document.getElementById("desk").content.cloneNode(true));
  }
  return main;
}

async function ask(form, question) {
  const body = {
    question,
    spaces: form.elements.space.value ? [form.elements.space.value] : [],
    conversation: form.elements.conversation?.value || null,
  };
  const headers = { "Content-Type": "application/json", "X-Demeure-Token": form.elements.token.value };
  const room = desk();
  const turn = newTurn(room, question);
  running = new AbortController();
  busy(room, true);
  try {
    const signal = running.signal;
    const response = await fetch("/api/ask", { method: "POST", headers, body: JSON.stringify(body), signal });
    if (!response.ok) return fail(turn, (await response.json()).error.sentence);
    for await (const { name, data } of events(response)) STEPS[name]?.(turn, data);
    if (!turn.over) fail(turn, sentences.cut);
  } catch (problem) {
    if (problem.name === "AbortError") stopped(turn); else fail(turn, sentences.cut);
  } finally {
    running = null;
    busy(room, false);
  }
}

function newTurn(room, question) {
  const list = room.querySelector(".turns");
  const pair = document.getElementById("turn").content.cloneNode(true);
  pair.querySelector("[data-question]").textContent = question;
  const answer = pair.querySelector("[data-answer]");
  const turn = {
    answer, room, question, over: false, text: "", said: 0, sources: 0, prefix: "",
    prose: answer.querySelector(".prose"), trail: answer.querySelector(".trail"),
    live: answer.querySelector("[aria-live]"), caret: answer.querySelector(".caret"),
  };
  list.append(pair);
  room.querySelector("h1").textContent = question;
  const field = room.querySelector("textarea");
  field.value = "";
  field.focus();
  list.scrollTop = list.scrollHeight;
  return turn;
}

const STEPS = {
  started(turn, data) {
    turn.prefix = data.message;
    for (const field of document.querySelectorAll("input[name=conversation]")) field.value = data.conversation;
    history.pushState({}, "", data.page);
    document.title = `${turn.question.length > 80 ? `${turn.question.slice(0, 77)}...` : turn.question} – Demeure`;
    shown = data.page;
  },
  sources(turn, data) {
    turn.sources = data.items.length;
    turn.room.querySelector("[data-sources]").innerHTML = data.html;
    turn.room.querySelector("[data-sources-title]").textContent = data.title;
    turn.trail.querySelector("[data-step]").textContent = data.title;
    turn.trail.querySelector("[data-writing]").hidden = false;
  },
  text(turn, data) {
    const list = turn.room.querySelector(".turns");
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
    turn.text += data.delta;
    write(turn);
    speak(turn, false);
    if (follows) list.scrollTop = list.scrollHeight;
  },
  problem(turn, data) { turn.problem = data.sentence; },
  closed(turn, data) {
    finish(turn);
    if (data.outcome === "done" || data.text) turn.answer.querySelector("[data-body]").innerHTML = data.html;
    if (turn.problem) note(turn, turn.problem, "stop");
    for (const button of turn.answer.querySelectorAll("[data-copy]")) button.hidden = false;
    const last = data.text.slice(turn.said).trim();
    turn.live.textContent = last ? `${last} ${sentences.done}` : sentences.done;
  },
};

function write(turn) {
  const parts = turn.text.split(/(\[\d{1,2}\])/);
  const nodes = parts.map((part) => {
    const number = Number(part.slice(1, -1));
    if (!/^\[\d{1,2}\]$/.test(part) || number < 1 || number > turn.sources) return part;
    const link = document.createElement("a");
    link.className = "cite";
    link.href = `#source-${turn.prefix}-${number}`;
    link.textContent = number;
    return link;
  });
  turn.prose.replaceChildren(...nodes, turn.caret);
}

function speak(turn) {
  const end = Math.max(...[". ", "! ", "? ", ".\n"].map((mark) => turn.text.lastIndexOf(mark)));
  if (end < turn.said) return;
  turn.live.textContent = turn.text.slice(turn.said, end + 1).trim();
  turn.said = end + 1;
}

function finish(turn) {
  turn.over = true;
  turn.caret.remove();
  turn.prose.removeAttribute("aria-busy");
  turn.trail.querySelector("[data-writing]").hidden = true;
  if (!turn.sources) turn.trail.hidden = true;
}
function note(turn, sentence, tone) {
  const box = document.getElementById("note").content.cloneNode(true).firstElementChild;
  box.dataset.tone = tone;
  box.querySelector("[data-text]").textContent = sentence;
  turn.answer.querySelector("[data-body]").append(box);
}
function fail(turn, sentence) {
  finish(turn);
  note(turn, sentence, "stop");
  turn.live.textContent = sentence;
}
function stopped(turn) {
  finish(turn);
  note(turn, sentences.stopped, "warn");
  turn.live.textContent = sentences.stopped;
}
function busy(room, on) {
  for (const button of room.querySelectorAll("[data-send]")) button.hidden = on;
  for (const button of room.querySelectorAll("[data-stop]")) button.hidden = !on;
  if (on) document.title = document.title.replace(/^● /, "");
}
