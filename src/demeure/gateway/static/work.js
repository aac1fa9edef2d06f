// A work being written: its stages and words as they come, through a house that restarts; the page reads without it.
import { events } from "./events.js";
import { copyAnswer } from "./copy.js";

const { work } = document.body.dataset;
const find = (query) => document.querySelector(query);
const pause = (time) => new Promise((resolve) => { setTimeout(resolve, time); });
let told = "";

if (document.body.hasAttribute("data-open")) follow();
ready();

async function follow() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const response = await fetch(`/api/works/${work}/events`, { headers: { Accept: "text/event-stream" } });
      if (response.ok) {
        for await (const { name, data } of events(response)) {
          wait = 500;
          if (name === "state") { queued(data.queued); stages(data); }
          if (name === "text") words(data);
        }
        if (await over()) return;
      } else if (response.status === 401 || response.status === 404) return location.reload(); // the page says why
    } catch { find("[data-said]").textContent = document.body.dataset.cut; }
    await pause(wait);
  }
}

// The page as the house shows it once the draft is over: marks, sources, actions.
async function over() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return false;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (fresh.body.hasAttribute("data-open")) return false;
  document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
  document.title = fresh.title;
  document.body.removeAttribute("data-open");
  ready();
  find("[data-said]").textContent = find("#standing").textContent.trim();
  return true;
}

function words({ delta, whole }) {
  const place = find("[data-live]");
  if (whole) place.textContent = delta; else place.append(delta);
}

function queued(sentence) {
  const place = find("[data-queued]");
  if (!place || place.textContent === sentence) return;
  place.textContent = sentence;
  place.hidden = !sentence;
  if (sentence) find("[data-said]").textContent = sentence;
}

function stages({ parts }) {
  const list = find("[data-stages]");
  if (!list || list.children.length !== parts.length) { if (parts.length > 1) grow(parts); return; }
  let done = 0;
  let last = "";
  parts.forEach(([title, , state], at) => {
    const item = list.children[at];
    if (state === "ok") { done += 1; last = title; }
    if (item.dataset.is === state) return;
    item.dataset.is = state;
    item.querySelector("use").setAttribute("href", `#i-${{ ok: "done", busy: "busy", wait: "wait" }[state]}`);
    if (state === "busy" && told !== title) { told = title; find("[data-said]").textContent = title; }
  });
  find("[data-progress]").value = done;
  const minutes = find("[data-minutes]");
  if (minutes && last) minutes.textContent = last;
}

// The parts are known a moment after the page: it is read again, once.
let growing = false;
async function grow() {
  if (growing) return;
  growing = true;
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!fresh.body.hasAttribute("data-open")) return;
  find("[data-standing]").replaceChildren(...fresh.querySelector("[data-standing]").childNodes);
}

function ready() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.onclick = () => print();
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.onclick = () => copyAnswer(button, find("[data-draft]"));
  }
}
