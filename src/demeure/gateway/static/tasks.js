// A file dropped on a task: it is read, then the form of that task opens with it.
const { token, sending, unsent, nofile } = document.body.dataset;
const said = document.querySelector("[data-dropped]");

for (const tile of document.querySelectorAll("[data-field]")) {
  for (const type of ["dragover", "dragleave", "drop"]) {
    tile.addEventListener(type, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      tile.toggleAttribute("data-over", type === "dragover");
      if (type === "drop" && event.dataTransfer.files.length) send(tile, event.dataTransfer.files[0]);
    });
  }
}

// On a task that reads no file, or beside them: the page is not left for the file, and says so.
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    if (event.defaultPrevented || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    if (type === "drop") said.textContent = nofile;
  });
}

async function send(tile, file) {
  said.textContent = sending;
  try {
    const response = await fetch(`/api/tasks/files?name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      headers: { "X-Demeure-Token": token, "Content-Type": "application/octet-stream" },
      body: file,
    });
    const answer = await response.json();
    if (!response.ok) { said.textContent = answer.error.sentence; return; }
    location.href = `${tile.getAttribute("href")}?champ=${tile.dataset.field}&fichier=${answer.file}`;
  } catch { said.textContent = unsent; }
}
