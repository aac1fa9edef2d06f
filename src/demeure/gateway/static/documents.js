// Drag and drop, sending with progress, and states that follow the work. The plain form does the same without it.
const zone = document.querySelector(".drop");
const form = document.querySelector("form[data-upload]");
const list = document.querySelector("[data-sending]");

if (form && zone) {
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.toggleAttribute("data-over", type === "dragenter" || type === "dragover");
      if (type === "drop") send([...event.dataTransfer.files]);
    });
  }
  form.addEventListener("submit", (event) => {
    const files = [...form.elements.file.files];
    if (!files.length) return;
    event.preventDefault();
    send(files);
    form.elements.file.value = "";
  });
}

async function send(files) {
  for (const file of files) await sendOne(file);
  location.assign(`/documents?espace=${encodeURIComponent(form.elements.space.value)}`);
}

function sendOne(file) {
  const row = document.getElementById("sending").content.cloneNode(true).firstElementChild;
  const bar = row.querySelector("progress");
  const state = row.querySelector("[data-state]");
  row.querySelector("b").textContent = file.name;
  bar.setAttribute("aria-label", file.name);
  list.append(row);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ space: form.elements.space.value, name: file.name });
    request.open("POST", `/api/documents?${query}`);
    request.setRequestHeader("X-Demeure-Token", form.elements.token.value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onload = () => {
      if (request.status === 200) return stay(row.dataset.already.replace("{name}", JSON.parse(request.responseText).documents[0].name));
      if (request.status < 300) { bar.value = 1; state.textContent = row.dataset.received; return resolve(); }
      refused();
    };
    request.onerror = refused;
    row.querySelector("button").onclick = () => { request.abort(); row.remove(); resolve(); };
    request.send(file);

    function refused() {
      let sentence = row.dataset.failed;
      try { sentence = JSON.parse(request.responseText).error.sentence; } catch { /* the house did not answer in JSON */ }
      stay(sentence);
    }

    function stay(sentence) {  // until it is read and dismissed
      state.textContent = sentence;
      bar.remove();
      row.querySelector("button").onclick = () => { row.remove(); resolve(); };
    }
  });
}

// While something is being read, the list follows; nothing moves once everything is settled.
const table = document.querySelector("[data-documents]");
if (table?.querySelector('[data-is="busy"]')) {
  const follow = setInterval(async () => {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return clearInterval(follow);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-documents]");
    if (!fresh || document.activeElement?.closest("[data-documents] button, [data-documents] a")) return;
    table.replaceChildren(...fresh.childNodes);
    if (!table.querySelector('[data-is="busy"]')) clearInterval(follow);
  }, 1500);
}
