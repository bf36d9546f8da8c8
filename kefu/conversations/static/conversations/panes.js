/* Opening conversations in place, and showing the head and the customer again when something changed. */

import htmx from "../vendor/htmx.js";
import { on } from "../js/controller.js";
import { addressOf, ask, conversationPane, copyOf, hear, here, root, say, tell, toast } from "./desk.js";
import * as stream from "./stream.js";

let opening = null;

export async function open(address, { push = true, focus = true } = {}) {
  opening?.abort();
  opening = new AbortController();
  const mine = opening;
  const nodes = await ask(address, { signal: mine.signal });
  const panes = nodes?.querySelector("[data-panes]");
  if (!panes || mine !== opening) return;
  swap(panes);
  if (push) history.pushState({}, "", address);
  document.title = `${panes.dataset.title} · Kefu`;
  settle(panes.dataset.cursor, focus);
}

function swap(panes) {
  const [main, context] = [panes.querySelector("#main"), panes.querySelector("#context")];
  conversationPane().replaceWith(main);
  document.getElementById("context")?.remove();
  root.append(context);
  htmx.process(main);
  htmx.process(context);
}

function settle(cursor, focus) {
  root.dataset.shows = "conversation";
  delete root.dataset.contextOver;
  stream.show();
  stream.watch(cursor);
  tell("opened", here());
  if (focus) conversationPane().focus({ preventScroll: true });
}

export function showList({ push = true } = {}) {
  conversationPane().replaceWith(copyOf("nothing-open"));
  document.getElementById("context")?.remove();
  root.dataset.shows = "list";
  if (push) history.pushState({}, "", "/console/");
  document.title = "Kefu";
  stream.watch();
  tell("opened", "");
}

/* The head, what stands beside, the composer's state: unless someone is busy in them. */
export async function again(conversation = here()) {
  if (!conversation || conversation !== here()) return;
  const nodes = await ask(`${addressOf(conversation)}again`, { mayBeGone: true });
  if (conversation !== here()) return;
  if (!nodes) return gone();
  for (const part of [...nodes.children]) {
    const now = document.getElementById(part.id);
    if (!now || isBusy(now)) continue;
    part.removeAttribute("hx-swap-oob");
    keepScroll(now, part, () => { keepOpen(now, part); now.replaceWith(part); });
    htmx.process(part);
  }
}

function isBusy(part) {
  const edited = part.id === "context" && (part.querySelector(".dirty") || part.querySelector("input:focus, textarea:focus, select:focus"));
  return Boolean(edited || part.querySelector(":popover-open"));
}

/* What was opened or found inside stays as it is, for whoever is reading it. */
function keepOpen(before, after) {
  for (const kept of before.querySelectorAll("[data-keeps]")) {
    const fresh = after.querySelector(`#${CSS.escape(kept.id)}`);
    if (fresh && fresh !== kept && (kept.open ?? kept.childElementCount)) fresh.replaceWith(kept);
  }
}

function keepScroll(before, after, change) {
  const place = before.querySelector(".pane-body")?.scrollTop ?? 0;
  change();
  const body = after.querySelector(".pane-body");
  if (body) body.scrollTop = place;
}

function gone() {
  toast(say("gone"), "info");
  showList();
}

let soon;
hear("timeline", ({ conversation }) => {
  if (conversation !== here()) return;
  clearTimeout(soon);
  soon = setTimeout(() => again(conversation), 120);
});
hear("resync", () => again());
/* Whom an answer goes to may have changed with a customer's mail; what only this screen sees asks nothing more. */
hear("message", ({ conversation, by }) => {
  if (by !== "customer" || conversation !== here() || !document.querySelector("#composer-state:not(:empty), #mail-line")) return;
  clearTimeout(soon);
  soon = setTimeout(() => again(conversation), 120);
});

addEventListener("conversation-gone", gone);

on("click", "a[data-open]", (link, event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link.getAttribute("href"));
});

addEventListener("popstate", () => {
  if (location.pathname.startsWith("/console/c/")) open(location.pathname + location.search + location.hash, { push: false });
  else if (location.pathname === "/console/") showList({ push: false });
  else location.reload();
});
