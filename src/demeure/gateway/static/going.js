// Answers that the house writes whoever watches: hearing one again, telling the house to stop.
export const AGAIN = [300, 1000, 2000, 4000, 8000]; // ms before each try to hear a broken answer, while none brings more
const STOPS = [0, 400, 1500]; // before each try to stop: the question may still be on its way

// What a question may be stopped by before it has begun.
export function ticket() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Ends early when the network comes back; raises when it is aborted.
export function pause(time, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, time);
    addEventListener("online", resolve, { once: true, signal });
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

export function follow(conversation, signal) {
  return fetch(`/api/conversations/${conversation}/events`, { signal });
}

// turn: message (known once it has begun), ticket. Gives "stopped"; "over": nothing was being written; "lost": the house
// could not be told.
export async function halt(turn, conversation, token) {
  let how = "lost";
  for (const wait of STOPS) {
    await pause(wait);
    const name = turn.message ? conversation : turn.ticket;
    try {
      const headers = { "X-Demeure-Token": token };
      const response = await fetch(`/api/conversations/${name}/stop`, { method: "POST", headers, keepalive: true });
      if (response.ok) return (await response.json()).stopped ? "stopped" : "over";
      how = response.status === 404 ? "over" : "lost";
      if (how === "over" && turn.message) return how;
    } catch { how = "lost"; }
  }
  return how;
}
