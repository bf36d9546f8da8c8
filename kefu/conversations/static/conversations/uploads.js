/* Files on their way up: looked at before they are sent, shown with progress, each can be taken back. */

import { copyOf, here, say } from "./desk.js";
import { accepted } from "../js/filedrop.js";
import { csrfToken } from "../js/trusted.js";

const LARGEST = 25 * 1024 * 1024;
const MOST = 10;

export class Uploads {
  constructor(list, { address, accept, changed }) {
    this.list = list;
    this.address = address;
    this.accept = accept;
    this.changed = changed;
    this.files = new Set();
  }

  get busy() {
    return [...this.files].some((file) => file.request);
  }

  get ready() {
    return [...this.files].filter((file) => file.id);
  }

  add(chosen) {
    for (const file of chosen) this.#begin(file);
  }

  clear() {
    for (const file of this.files) file.row.remove();
    this.files.clear();
  }

  #problem(file) {
    if (this.files.size >= MOST) return say("tooMany");
    if (file.size > LARGEST) return say("tooLarge");
    return accepted(file, this.accept) ? "" : say("wrongType");
  }

  #begin(blob) {
    const problem = this.#problem(blob);
    const file = { name: blob.name, blob, row: this.#row(blob.name) };
    file.row.querySelector("button").addEventListener("click", () => this.#remove(file));
    this.list.append(file.row);
    if (problem) return this.#fail(file, problem);
    this.files.add(file);
    this.#send(file);
  }

  #row(name) {
    const row = document.createElement("li");
    row.className = "composer-file";
    const words = Object.assign(document.createElement("span"), { className: "one-line", textContent: name });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "button quiet icon-only small" });
    remove.setAttribute("aria-label", `${say("remove")}: ${name}`);
    remove.append(copyOf("icon-x"));
    row.append(copyOf("icon-file"), words, remove);
    return row;
  }

  /* fetch cannot tell how much of an upload is through. */
  #send(file) {
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", file.name);
    bar.value = 0;
    file.row.append(bar);
    const request = (file.request = new XMLHttpRequest());
    const body = new FormData();
    body.append("conversation", here());
    body.append("file", file.blob);
    request.open("POST", this.address);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
    request.addEventListener("loadend", () => this.#settle(file, bar));
    request.send(body);
    this.changed();
  }

  #settle(file, bar) {
    const { status, response } = file.request;
    file.request = null;
    bar.remove();
    if (status === 201) file.id = response.id;
    else if (this.files.has(file)) this.#fail(file, response?.detail ?? say("uploadFailed"));
    this.changed();
  }

  #fail(file, problem) {
    this.files.delete(file);
    file.row.classList.add("failed");
    file.row.append(Object.assign(document.createElement("span"), { className: "composer-file-note", textContent: problem }));
    this.changed();
  }

  #remove(file) {
    this.files.delete(file);
    file.request?.abort();
    file.row.remove();
    this.changed();
  }
}
