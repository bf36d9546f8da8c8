/* Pages of articles: filters that apply themselves, rows by key, and the editor's tools. */

import { controller, on } from "../js/controller.js";
import { csrfToken } from "../js/trusted.js";

const typing = (target) => target.closest("input, select, textarea, [contenteditable]");
const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);

/* "/" leads to the field that finds; j and k walk the rows. */
document.addEventListener("keydown", (event) => {
  if (!plain(event)) return;
  const field = document.querySelector("[data-finds]");
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (event.key === "/" && field) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (step) {
    const rows = [...document.querySelectorAll("a.article-row")];
    const next = rows[rows.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
});

/* A filter that is chosen applies itself. */
controller("[data-applies]", () => document.documentElement.classList.add("scripted-filters"));
on("change", "[data-applies] select", (select) => select.form.requestSubmit());

controller("[data-editor]", (editor) => {
  const body = editor.querySelector("[data-body]");
  const toolbar = editor.querySelector("[data-toolbar]");
  const chooser = editor.querySelector("[data-files]");
  const problem = editor.querySelector("[data-problem]");
  let unsaved = false;
  toolbar.hidden = false;
  editor.querySelector("[data-previews]").hidden = true; // it draws itself while one writes

  editor.addEventListener("input", () => { unsaved = true; });
  editor.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    editor.requestSubmit(editor.querySelector("[data-saves]"));
  });

  toolbar.addEventListener("click", (event) => {
    const tool = event.target.closest("button");
    if (!tool) return;
    if (tool.dataset.around) around(tool.dataset.around);
    else if (tool.dataset.begins) beginLines(tool.dataset.begins);
    else if (tool.dataset.link) put(`[${chosen()}](${tool.dataset.link})`);
    else if (tool.dataset.table) putBlock(tableOf(tool.dataset.table));
    else if ("picture" in tool.dataset) chooser.click();
  });
  toolbar.querySelector("[data-callout]").addEventListener("change", (event) => {
    const kind = event.target.value;
    event.target.value = "";
    if (kind) putBlock(`> [!${kind}]\n> ${chosen().replaceAll("\n", "\n> ")}`);
  });
  chooser.addEventListener("change", () => {
    send(chooser.files);
    chooser.value = "";
  });
  body.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    send(event.clipboardData.files);
  });
  body.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    body.classList.add("over");
  });
  body.addEventListener("dragleave", () => body.classList.remove("over"));
  body.addEventListener("drop", (event) => {
    body.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    send(event.dataTransfer.files);
  });

  const chosen = () => body.value.slice(body.selectionStart, body.selectionEnd);

  function around(mark) {
    const text = chosen();
    put(`${mark}${text}${mark}`);
    if (!text) body.setSelectionRange(body.selectionStart - mark.length, body.selectionStart - mark.length);
  }

  function beginLines(mark) {
    const start = body.value.lastIndexOf("\n", body.selectionStart - 1) + 1;
    body.setSelectionRange(start, body.selectionEnd);
    put(chosen().split("\n").map((line) => mark + line).join("\n"));
  }

  function putBlock(text) {
    const before = body.value.slice(0, body.selectionStart);
    const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    put(`${gap}${text}\n\n`);
  }

  /* As if it had been typed, so that undo takes it back. */
  function put(text) {
    body.focus();
    if (!document.execCommand("insertText", false, text)) {
      body.setRangeText(text, body.selectionStart, body.selectionEnd, "end");
      body.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function replace(holder, text) {
    const at = body.value.indexOf(holder);
    if (at < 0) return; // the author has deleted it meanwhile
    const end = at + holder.length;
    const shifted = (place) => (place >= end ? place + text.length - holder.length : Math.min(place, at));
    const [from, to] = [shifted(body.selectionStart), shifted(body.selectionEnd)];
    body.setRangeText(text, at, end);
    body.setSelectionRange(from, to); // "preserve" would choose the new text, and the next key would replace it
    body.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function send(files) {
    problem.hidden = true;
    for (const file of files) {
      const holder = `[${file.name.replaceAll(/[[\]]/g, "")} · ${body.dataset.sending} ${Math.random().toString(36).slice(2, 8)}]`;
      put(holder);
      const kept = await stored(file);
      replace(holder, kept.markdown ?? "");
      if (kept.detail) {
        problem.textContent = `${file.name}: ${kept.detail}`;
        problem.hidden = false;
      }
    }
  }

  async function stored(file) {
    const form = new FormData();
    form.append("file", file);
    try {
      const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
      const answer = await fetch(body.dataset.uploads, { method: "POST", headers, body: form });
      return await answer.json();
    } catch {
      return { detail: body.dataset.failed };
    }
  }
});

function tableOf(column) {
  return `| ${column} | ${column} |\n| --- | --- |\n|  |  |`;
}
