/* The list: asked for again when something changed, at once and then at most once a second. It does not move under the
   pointer: what is new waits behind "3 new" until one asks for it or leaves. */

import { on } from "../js/controller.js";
import { ask, hear, here, root, say } from "./desk.js";
import { open } from "./panes.js";

const EVERY = 1_000;
const pane = document.querySelector("[data-list-pane]");
const rows = () => pane.querySelector("[data-rows]");
const list = () => rows().querySelector(".list");
const all = () => [...list().children];
const idOf = (row) => row.dataset.row;

let { view, kind } = rows().dataset;
let last = 0;
let timer = null;
let held = null;
let chosen = null;

export function begin() {
  hear("changed", soon);
  hear("resync", soon);
  hear("line", (state) => state === "open" && soon());
  hear("opened", showCurrent);
  hear("read-here", ({ conversation, seq }) => calm(conversation, seq));
  addEventListener("conversation-changed", soon);
  pane.addEventListener("pointerleave", letGo);
  pane.querySelector("[data-list-news]").addEventListener("click", letGo);
  watchOlder();
  showCurrent(here());
}

function soon() {
  if (timer) return;
  timer = setTimeout(refresh, Math.max(0, last + EVERY - Date.now()));
}

async function refresh() {
  last = Date.now();
  timer = null;
  const nodes = await ask(`${addressOf(view, kind)}&rows=${Math.max(30, all().length)}`, { mayBeGone: true });
  const fresh = nodes?.querySelector("[data-rows]").dataset;
  if (!fresh || fresh.view !== view || fresh.kind !== kind) return;
  count(nodes);
  take(nodes);
}

function count(nodes) {
  for (const link of nodes.querySelectorAll("[data-view]")) {
    const now = pane.querySelector(`.view[data-view="${link.dataset.view}"] [data-count]`);
    const fresh = link.querySelector("[data-count]");
    if (now && fresh && now.textContent !== fresh.textContent) now.textContent = fresh.textContent;
  }
}

function take(nodes) {
  const fresh = nodes.querySelector("[data-rows]");
  const arrived = arrivals(fresh);
  if (pane.matches(":hover") && arrived.length) {
    held = nodes;
    renew(fresh);
    tellNews(arrived.length);
  } else {
    settle(nodes);
  }
}

/* Those that would push others down: new ones, and those that moved up. */
function arrivals(fresh) {
  const places = new Map(all().map((row, place) => [idOf(row), place]));
  return [...fresh.querySelectorAll("[data-row]")].filter((row, place) => !(places.get(idOf(row)) <= place));
}

/* In place: what stands there says what it now is. */
function renew(fresh) {
  for (const row of fresh.querySelectorAll("[data-row]")) {
    const now = list().querySelector(`[data-row="${CSS.escape(idOf(row))}"]`);
    if (now) keepFocus(() => now.replaceWith(row.cloneNode(true)), idOf(row));
  }
  showCurrent(here());
}

function settle(nodes) {
  held = null;
  tellNews(0);
  const fresh = nodes.querySelector("[data-rows]");
  const place = rows().scrollTop;
  keepFocus(() => rows().replaceChildren(...fresh.childNodes));
  Object.assign(rows().dataset, { older: fresh.dataset.older });
  rows().scrollTop = place;
  watchOlder();
  showCurrent(here());
}

function keepFocus(change, only) {
  const focused = document.activeElement?.closest?.("[data-row]");
  const id = focused && idOf(focused);
  change();
  if (id && (!only || only === id)) list().querySelector(`[data-row="${CSS.escape(id)}"] a`)?.focus({ preventScroll: true });
}

function letGo() {
  if (held) settle(held);
}

function tellNews(number) {
  const button = pane.querySelector("[data-list-news]");
  button.hidden = !number;
  button.textContent = say("newRows", { number });
  button.style.setProperty("--news-top", `${pane.querySelector("[data-list-top]").offsetHeight + 8}px`);
}

/* -- which one is open, which one is chosen */

function showCurrent(conversation) {
  for (const row of all()) {
    const link = row.querySelector("a");
    link.toggleAttribute("aria-current", idOf(row) === conversation);
    if (idOf(row) === conversation) link.setAttribute("aria-current", "true");
    link.classList.toggle("chosen", idOf(row) === chosen && chosen !== conversation);
  }
}

export function move(step) {
  const every = all();
  if (!every.length) return;
  const at = every.findIndex((row) => idOf(row) === (chosen ?? here()));
  const to = every[Math.max(0, Math.min(every.length - 1, at + step))];
  chosen = idOf(to);
  to.scrollIntoView({ block: "nearest" });
  to.querySelector("a").focus({ preventScroll: true });
  showCurrent(here());
}

export function openChosen() {
  const row = all().find((one) => idOf(one) === chosen);
  if (row) open(row.querySelector("a").getAttribute("href"));
}

hear("opened", () => { chosen = null; });

/* Read here: the weight goes at once, the server's word follows. */
function calm(conversation, seq) {
  const row = all().find((one) => idOf(one) === conversation);
  if (!row || Number(row.dataset.seq) > seq) return;
  row.querySelector("a").classList.remove("unread");
  row.querySelector(".count.new")?.remove();
}

/* -- other lists, older rows */

const addressOf = (which, of) => `/console/?view=${which}${of ? `&kind=${of}` : ""}`;

export async function show(which, of = kind) {
  const nodes = await ask(addressOf(which, of));
  if (!nodes) return;
  view = which;
  kind = of;
  pane.replaceChildren(...nodes.childNodes, pane.querySelector("[data-splitter]"));
  pane.querySelector("[data-list-news]").addEventListener("click", letGo);
  Object.assign(rows().dataset, { view, kind });
  chosen = null;
  root.dataset.shows = here() && matchMedia("(min-width: 761px)").matches ? "conversation" : "list";
  if (!here()) history.replaceState({}, "", addressOf(view, kind));
  watchOlder();
  showCurrent(here());
  rows().scrollTop = 0;
}

on("click", ".view[data-view]", (link, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  show(link.dataset.view);
});

on("click", ".kind[data-kind]", (link, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  show(view, link.dataset.kind);
});

let edge = null;
function watchOlder() {
  edge?.disconnect();
  const link = rows().querySelector("a[data-older]");
  if (!link) return;
  edge = new IntersectionObserver(([seen]) => seen.isIntersecting && older(link), { root: rows(), rootMargin: "500px" });
  edge.observe(link);
}

async function older(link) {
  if (link.dataset.loading) return;
  link.dataset.loading = "yes";
  const nodes = await ask(`/console/${link.getAttribute("href")}`);
  if (!nodes || !link.isConnected) return;
  const known = new Set(all().map(idOf));
  list().append(...[...nodes.querySelectorAll("[data-row]")].filter((row) => !known.has(idOf(row))));
  link.remove();
  rows().append(...nodes.querySelectorAll("a[data-older]"));
  watchOlder();
}

export const rowOf = (conversation) => all().find((row) => idOf(row) === conversation);
