/* The keys of the table in keys.py, read from the page that lists them. */

import { canAnswer, here, say, toast } from "./desk.js";
import { run } from "./actions.js";

const SEQUENCE = 1_200;
const NEEDS_NOTHING_OPEN = new Set(["next", "previous", "open", "search", "keys", "palette", "back"]);
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const keys = new Map([...document.querySelectorAll("[data-key-row]")].map((row) => [row.dataset.keyRow, row.dataset.action]));
const beginnings = new Set([...keys.keys()].filter((press) => / /.test(press) && !press.startsWith("mod ")).map((press) => press.split(" ")[0]));

let begun = "";
let timer;

export function begin() {
  if (mac) for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘";
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.isComposing || event.defaultPrevented || event.altKey) return;
  if (event.ctrlKey || event.metaKey) return withMod(event);
  if (event.key === "Escape") return escape(event);
  if (isTyping(event.target) || document.querySelector("dialog[open], :popover-open.menu")) return;
  const press = begun + event.key.toLowerCase();
  begun = "";
  clearTimeout(timer);
  if (keys.has(press)) act(press, event);
  else if (beginnings.has(press)) wait(press);
}

function wait(press) {
  begun = `${press} `;
  timer = setTimeout(() => { begun = ""; }, SEQUENCE);
}

function withMod(event) {
  const press = `mod ${event.key.toLowerCase()}`;
  if (!keys.has(press) || event.shiftKey) return;
  if (press === "mod enter" && !event.target.closest?.("[data-composer]")) return;
  act(press, event);
}

function act(press, event) {
  const action = keys.get(press);
  if (press === "enter" && event.target.closest("a, button, summary, [role=button]")) return;
  event.preventDefault();
  perform(action);
}

export function perform(action) {
  if (!here() && !NEEDS_NOTHING_OPEN.has(action) && !action.startsWith("go-")) toast(say("nothingOpen"), "info");
  else run(action, { canAnswer });
}

/* Out of the field, then out of what lies over the page. */
function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  if (isTyping(event.target)) event.target.blur();
  else run("escape", {});
}

const isTyping = (element) => element.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");
