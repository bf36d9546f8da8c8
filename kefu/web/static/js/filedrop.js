/* Files by choosing, dropping or pasting. Size and type are looked at before anything is sent. */

import { controller } from "./controller.js";
import { csrfToken } from "./trusted.js";

controller("[data-filedrop]", (drop) => {
  const input = drop.querySelector('input[type="file"]');
  const list = drop.querySelector(".filedrop-list");
  const sends = Boolean(drop.dataset.url);
  drop.dataset.ready = "";

  input.addEventListener("change", () => {
    take(input.files);
    if (sends) input.value = "";
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", (event) => {
    if (!drop.contains(event.relatedTarget)) drop.classList.remove("over");
  });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    accept(event.dataTransfer.files);
  });
  (drop.closest("form") ?? drop).addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) accept(event.clipboardData.files);
  });

  /* Dropped and pasted files go into the input when the form itself will carry them. */
  function accept(files) {
    if (!sends) input.files = files;
    take(files);
  }

  function take(files) {
    if (!sends) list.replaceChildren();
    for (const file of files) {
      const row = rowFor(file, drop.dataset);
      list.append(row.element);
      const problem = problemOf(file);
      if (problem) row.fail(problem);
      else if (sends) send(file, row);
    }
    if (!sends) keepOnlyGood();
  }

  function problemOf(file) {
    if (list.querySelectorAll(".file:not(.failed)").length > Number(drop.dataset.most)) return drop.dataset.tooMany;
    if (file.size > Number(drop.dataset.limit) * 1024 * 1024) return drop.dataset.tooLarge;
    return accepted(file, input.accept) ? "" : drop.dataset.wrongType;
  }

  function keepOnlyGood() {
    const good = new DataTransfer();
    for (const file of input.files) if (!problemAlone(file)) good.items.add(file);
    input.files = good.files;
  }

  function problemAlone(file) {
    return file.size > Number(drop.dataset.limit) * 1024 * 1024 || !accepted(file, input.accept);
  }

  function send(file, row) {
    const request = new XMLHttpRequest(); // fetch cannot tell how much of an upload is through
    const body = new FormData();
    body.append("file", file);
    request.open("POST", drop.dataset.url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => row.progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status < 300) row.done(drop.dataset.name, request.response?.id);
      else row.fail(request.response?.detail ?? drop.dataset.failed, () => send(file, row));
    });
    request.addEventListener("error", () => row.fail(drop.dataset.failed, () => send(file, row)));
    row.begin(() => request.abort());
    request.send(body);
  }
});

export function accepted(file, accept) {
  if (!accept) return true;
  return accept.split(",").some((each) => {
    const wanted = each.trim().toLowerCase();
    if (wanted.startsWith(".")) return file.name.toLowerCase().endsWith(wanted);
    if (wanted.endsWith("/*")) return file.type.startsWith(wanted.slice(0, -1));
    return file.type === wanted;
  });
}

function rowFor(file, words) {
  const element = make("li", "file");
  const name = make("span", "one-line", file.name);
  const size = make("span", "quiet small nowrap", sizeOf(file.size));
  const remove = make("button", "button quiet small", words.remove);
  const bar = make("progress");
  const note = make("span", "file-note");
  let cancel = () => {};
  remove.type = "button";
  remove.setAttribute("aria-label", `${words.remove}: ${file.name}`);
  remove.addEventListener("click", () => {
    cancel();
    element.remove();
  });
  element.append(make("span"), name, size, remove);

  return {
    element,
    begin(abort) {
      cancel = abort;
      element.classList.remove("failed");
      note.remove();
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      element.append(bar);
    },
    progress: (share) => { bar.value = share; },
    done(field, id) {
      cancel = () => {};
      bar.remove();
      note.textContent = words.done;
      const kept = Object.assign(document.createElement("input"), { type: "hidden", name: field, value: id });
      element.append(note, kept);
      element.dispatchEvent(new CustomEvent("filedrop:done", { bubbles: true, detail: { id } }));
    },
    fail(problem, again) {
      bar.remove();
      element.classList.add("failed");
      note.textContent = problem;
      element.append(note);
      if (again) note.append(" ", retryButton(words.retry, again));
    },
  };
}

function retryButton(words, again) {
  const button = make("button", "button small", words);
  button.type = "button";
  button.addEventListener("click", again);
  return button;
}

function make(name, className = "", text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
