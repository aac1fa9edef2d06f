// Two windows on one conversation: each tells the others that it went on; one that comes back to sight looks.
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("demeure:conversations") : null;
const POLL = 2500;
let looked = 0;

export function announce(conversation) {
  channel?.postMessage(conversation);
}

// page: conversation() and last() as the page knows them, idle(), refresh()
export function follow(page) {
  let waiting = 0;
  const fresh = async () => {
    if (!page.conversation() || !page.idle()) return;
    await page.refresh();
    watch();
  };
  channel?.addEventListener("message", ({ data }) => { if (data === page.conversation()) fresh(); });
  addEventListener("visibilitychange", async () => {
    if (document.hidden || !page.conversation() || !page.idle() || Date.now() - looked < 2000) return;
    looked = Date.now();
    const state = await ask(page.conversation());
    if (state && page.idle() && state.last !== page.last()) fresh();
  });
  watch();

  // An answer written for another window, or another device: follow it to its end.
  function watch() {
    clearTimeout(waiting);
    if (!document.querySelector("[data-open]")) return;
    waiting = setTimeout(async () => {
      const state = await ask(page.conversation());
      if (state && !state.open && page.idle()) await page.refresh();
      watch();
    }, POLL);
  }
}

async function ask(conversation) {
  try {
    const response = await fetch(`/api/conversations/${conversation}`);
    return response.ok ? await response.json() : null;
  } catch { return null; }
}
