/* The conversation itself: what arrives, what is on its way, what was missed, scrolling back, read marks. */

import { addressOf, ask, conversationPane, copyOf, hear, here, post, root, say, tell } from "./desk.js";
import { fragment } from "../js/trusted.js";
import { controller } from "../js/controller.js";
import htmx from "../vendor/htmx.js";

const TOGETHER = 5 * 60_000;
const NEAR_END = 90;
const zone = root.dataset.zone;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
const date = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone });

let log = null;
let inner = null;
let below = 0;
let told = 0;
let shown = { seq: 0, at: 0 }; // the last reply that has stood before the reader's eyes, and since when
let before = 0;
let edges = null;
let stick = true;

const highestSeq = () => Math.max(0, ...[...inner.querySelectorAll("[data-seq]")].slice(-20).map((bubble) => Number(bubble.dataset.seq)));

export const highestReply = () => Math.max(0, ...[...inner.querySelectorAll("[data-reply-seq]")].slice(-20).map((bubble) => Number(bubble.dataset.replySeq)));

/* The number of the last reply that was really read: what arrived this moment does not count. */
export const seenReply = () => (Date.now() - shown.at > 600 ? shown.seq : before);

export const begin = () => controller("[data-log]", wake);

function wake(element) {
  log = element;
  inner = log.querySelector("[data-log-inner]");
  below = told = before = 0;
  shown = { seq: 0, at: 0 };
  dress(inner);
  land();
  log.addEventListener("scroll", scrolled, { passive: true });
  // Also when what is in it grows by itself, as when styles or fonts come late: whoever is at the end stays there.
  const sizes = new ResizeObserver(() => stick && toEnd());
  sizes.observe(log);
  sizes.observe(inner);
  watchEdges();
  look();
}

function scrolled() {
  stick = isAtEnd();
  if (stick) clearBelow();
  look();
}

const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
const toEnd = () => { log.scrollTop = log.scrollHeight; };

/* On the message asked for, else the first unread one, else the end. */
function land() {
  const asked = location.hash.startsWith("#m") && document.getElementById(location.hash.slice(1));
  const mark = inner.querySelector("[data-new-mark]");
  if (asked) {
    asked.classList.add("found");
    asked.scrollIntoView({ block: "center" });
  } else if (mark) {
    log.scrollTop += mark.getBoundingClientRect().top - log.getBoundingClientRect().top - 24;
  } else {
    toEnd();
  }
  stick = isAtEnd();
}

/* -- what arrives */

hear("message", (message) => message.conversation === here() && arrive(message.html, message));
hear("redrawn", (message) => message.conversation === here() && redraw(fragment(message.html).firstElementChild));
hear("timeline", (line) => line.conversation === here() && arrive(line.html, line));
hear("resync", missed);
hear("line", (state) => state === "open" && missed());

function arrive(html, { by }) {
  if (!inner || inner.querySelector("[data-after]")) return tellBelow();
  const nodes = [...fragment(html).children];
  const wasAtEnd = stick;
  for (const node of nodes) place(node);
  if (wasAtEnd) toEnd();
  else if (by !== "staff") tellBelow();
  look();
}

/* Only where it stands already: an older message may be on a page that nobody has asked for. */
function redraw(node) {
  if (!inner?.querySelector(`#${CSS.escape(node.id)}`)) return;
  const wasAtEnd = stick;
  place(node);
  if (wasAtEnd) toEnd();
}

/* What was said while this screen was away. */
export async function missed() {
  const conversation = here();
  if (!conversation || !inner || inner.querySelector("[data-after]")) return;
  const nodes = await ask(`${addressOf(conversation)}messages?after=${highestSeq()}`, { mayBeGone: true });
  if (!nodes || conversation !== here()) return;
  const wasAtEnd = stick;
  for (const node of [...nodes.querySelectorAll("[data-bubble], [data-fact]")]) place(node, { rendered: true });
  if (wasAtEnd) toEnd();
  look();
}

/* A message that is already there replaces itself; a new one goes to its place, above what is still on its way. */
function place(node, { rendered = false } = {}) {
  if (!rendered) setClock(node);
  const same = node.id && inner.querySelector(`#${CSS.escape(node.id)}`);
  const own = node.dataset.clientId && inner.querySelector(`[data-pending][data-client-id="${CSS.escape(node.dataset.clientId)}"]`);
  if (same) same.replaceWith(node);
  else if (own) own.replaceWith(node);
  else inner.insertBefore(node, successor(node));
  beginDay(node);
  group(node);
  group(next(node));
  setMark(node);
  htmx.process(node);
}

function successor(node) {
  const pending = inner.querySelector("[data-pending]");
  if (!node.dataset.seq) return pending;
  const later = [...inner.querySelectorAll(":scope > [data-bubble][data-seq]")].reverse();
  let found = pending;
  for (const bubble of later) {
    if (Number(bubble.dataset.seq) < Number(node.dataset.seq)) break;
    found = bubble;
  }
  return found;
}

function setClock(node) {
  const time = node.querySelector("time");
  if (!time) return;
  time.textContent = clock.format(new Date(node.dataset.at));
  time.title = `${date.format(new Date(node.dataset.at))} ${time.textContent}`;
  for (const stamp of node.querySelectorAll("[data-stamp] time")) {
    const moment = new Date(stamp.dateTime);
    stamp.textContent = `${date.format(moment)} ${clock.format(moment)}`;
  }
}

function beginDay(node) {
  const day = date.format(new Date(node.dataset.at ?? Date.now()));
  const days = [...inner.querySelectorAll("[data-day]")];
  if (days.at(-1)?.dataset.day >= day) return;
  const made = document.createElement("p");
  made.className = "day";
  made.dataset.day = day;
  made.append(Object.assign(document.createElement("time"), { dateTime: day, textContent: day }));
  node.before(made);
  nameDays(inner);
}

const previous = (node) => node?.previousElementSibling;
const next = (node) => node?.nextElementSibling;

function group(node) {
  if (!node?.matches?.("[data-bubble]")) return;
  const last = previous(node);
  const same = last?.matches("[data-bubble]") && last.dataset.author === node.dataset.author && isNote(last) === isNote(node);
  node.classList.toggle("follows", Boolean(same && Date.parse(node.dataset.at) - Date.parse(last.dataset.at) < TOGETHER));
}

const isNote = (bubble) => bubble.classList.contains("note");

function dress(part) {
  nameDays(part);
  for (const bubble of part.querySelectorAll("[data-bubble]")) setMark(bubble);
}

function nameDays(part) {
  const today = date.format(new Date());
  const yesterday = date.format(new Date(Date.now() - 86_400_000));
  for (const time of part.querySelectorAll("[data-day] time")) {
    time.textContent = { [today]: say("today"), [yesterday]: say("yesterday") }[time.dateTime] ?? time.dateTime;
  }
}

/* -- on its way */

export function showPending(item) {
  if (item.conversation !== here() || !inner) return null;
  const known = inner.querySelector(`[data-client-id="${CSS.escape(item.client_id)}"]`);
  const bubble = known ?? copyOf("pending-bubble");
  if (!known) {
    bubble.dataset.clientId = item.client_id;
    bubble.dataset.author = root.dataset.staff;
    bubble.dataset.at = new Date(item.at).toISOString();
    bubble.classList.toggle("note", item.kind === "note");
    bubble.querySelector(".bubble-kind").hidden = item.kind !== "note";
    bubble.querySelector(".bubble-text").textContent = item.text;
    bubble.querySelector(".bubble-files").append(...item.names.map(pendingFile));
    inner.append(bubble);
    beginDay(bubble);
    group(bubble);
    stick = true;
    toEnd();
  }
  return bubble.hasAttribute("data-pending") ? bubble : null;
}

function pendingFile(name) {
  const item = document.createElement("li");
  const box = document.createElement("span");
  box.className = "bubble-file";
  box.append(copyOf("icon-file"), name);
  item.append(box);
  return item;
}

export function dropPending(clientId) {
  inner?.querySelector(`[data-pending][data-client-id="${CSS.escape(clientId)}"]`)?.remove();
}

/* -- scrolling back, and down again after a search */

function watchEdges() {
  edges?.disconnect();
  edges = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) load(target);
    },
    { root: log, rootMargin: "800px 0px" },
  );
  findEdges();
}

function findEdges() {
  for (const link of inner.querySelectorAll("[data-before], [data-after]")) edges.observe(link);
}

async function load(link) {
  if (link.dataset.loading) return;
  link.dataset.loading = "yes";
  const conversation = here();
  const back = "before" in link.dataset;
  const query = back ? `before=${link.dataset.before}` : `after=${link.dataset.after}`;
  const nodes = await ask(`${addressOf(conversation)}messages?${query}`);
  if (!nodes || conversation !== here() || !link.isConnected) return void delete link.dataset.loading;
  const page = document.createElement("div");
  page.className = "log-page";
  page.append(...nodes.children);
  if (back) prepend(link, page);
  else link.replaceWith(...page.childNodes);
  dress(inner);
  htmx.process(page);
  findEdges();
}

/* What one is reading stays where it is. The page is left out of layout while it is far away. */
function prepend(link, page) {
  const fromEnd = log.scrollHeight - log.scrollTop;
  const first = next(link);
  const further = page.querySelector("[data-before]");
  link.replaceWith(...(further ? [further] : []), page);
  const lastDay = [...page.querySelectorAll("[data-day]")].at(-1);
  const opens = first?.matches(".log-page") ? first.querySelector("[data-day]") : first;
  if (opens?.dataset.day && opens.dataset.day === lastDay?.dataset.day) opens.remove();
  page.style.containIntrinsicBlockSize = `auto ${page.offsetHeight}px`;
  page.classList.add("settled");
  log.scrollTop = log.scrollHeight - fromEnd;
}

/* -- new below, read marks */

function tellBelow() {
  below += 1;
  const button = conversationPane().querySelector("[data-to-latest]");
  button.querySelector("span").textContent = say("newBelow", { number: below });
  button.hidden = false;
}

function clearBelow() {
  below = 0;
  const button = conversationPane().querySelector("[data-to-latest]");
  if (button) button.hidden = true;
}

export function toLatest() {
  if (inner.querySelector("[data-after]")) return location.assign(addressOf(here()));
  toEnd();
  clearBelow();
}

let looking;
export function look() {
  clearTimeout(looking);
  looking = setTimeout(markRead, 250);
}
addEventListener("focus", look);
addEventListener("visibilitychange", look);

/* Read is what stood in a visible window, at the end of the log. */
function markRead() {
  if (!inner || document.hidden || !document.hasFocus()) return;
  const seq = lastVisibleReply();
  if (seq > shown.seq) {
    before = shown.seq;
    shown = { seq, at: Date.now() };
  }
  const pane = conversationPane();
  if (seq > told && seq > Number(pane.dataset.read)) {
    told = seq;
    post("/live/console/read", { conversation: here(), seq }).catch(() => { told = 0; });
    tell("read-here", { conversation: here(), seq });
  }
}

function lastVisibleReply() {
  const end = log.getBoundingClientRect().bottom + 4;
  const bubbles = [...inner.querySelectorAll("[data-reply-seq]:not([data-reply-seq=''])")].reverse();
  const last = bubbles.find((bubble) => bubble.getBoundingClientRect().top < end - 20);
  return Number(last?.dataset.replySeq ?? 0);
}

hear("read", (marks) => {
  const pane = conversationPane();
  if (marks.conversation !== here()) return;
  if (marks.customer_read_seq) pane.dataset.customerRead = Math.max(pane.dataset.customerRead, marks.customer_read_seq);
  if (marks.customer_delivered_seq) pane.dataset.customerDelivered = Math.max(pane.dataset.customerDelivered, marks.customer_delivered_seq);
  for (const bubble of inner?.querySelectorAll(".bubble.staff") ?? []) setMark(bubble);
});

function setMark(bubble) {
  const mark = bubble.querySelector?.("[data-mark]");
  if (!mark) return;
  const { customerRead, customerDelivered } = conversationPane().dataset;
  const seq = Number(bubble.dataset.replySeq);
  const state = seq <= Number(customerRead) ? "read" : seq <= Number(customerDelivered) ? "delivered" : "sent";
  if (mark.classList.contains(state)) return;
  mark.className = `mark ${state}`;
  mark.replaceChildren(copyOf(`mark-${state}`));
}
