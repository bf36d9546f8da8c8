/* Messages on their way. Each has its client id before it is sent, so that sending it again stores it once; until the
   server has it, it waits in this browser's storage and survives a reload, a closed tab and a lost connection. */

import { hear, keep, post, say, tab, tell } from "./desk.js";
import { dropPending, showPending } from "./thread.js";

const KEY = "outbox";
const GIVEN_UP = new Set([400, 403, 404, 405, 413, 422]);
const going = new Set();
const failures = new Map();

const all = () => keep.get(KEY) ?? [];
const ours = (item) => item.tab === tab;
const change = (alter) => keep.set(KEY, alter(all()));
const drop = (item) => change((items) => items.filter((one) => one.client_id !== item.client_id));
const update = (item) => change((items) => items.map((one) => (one.client_id === item.client_id ? item : one)));

export function begin() {
  if (navigator.locks) navigator.locks.request(`kefu-tab-${tab}`, () => new Promise(() => {}));
  addEventListener("online", sendAll);
  hear("line", (state) => state === "open" && sendAll());
  hear("opened", showAll);
  setTimeout(adopt, 500);
  setInterval(adopt, 15_000);
  showAll();
}

export function send(item) {
  const whole = { client_id: crypto.randomUUID(), at: Date.now(), tab, ...item };
  memory.set(whole.client_id, whole);
  change((items) => [...items, whole]);
  draw(whole, say("sending"));
  sendAll();
}

/* Storage may be blocked: what this tab sends is also held here. */
const memory = new Map();
const waiting = () => [...new Map([...all().filter(ours), ...memory.values()].map((item) => [item.client_id, item])).values()];

/* In their order within a conversation, side by side across conversations. */
function sendAll() {
  for (const item of waiting()) {
    if (!item.failed && !going.has(item.conversation)) go(item);
  }
}

async function go(item) {
  going.add(item.conversation);
  let answer = null;
  try {
    answer = await post(item.door ?? "/live/console/messages", bodyOf(item));
  } catch {
    /* no line */
  }
  going.delete(item.conversation);
  await settle(item, answer);
}

const bodyOf = ({ conversation, client_id, text, kind, files, seen, extra }) => ({
  conversation, client_id, text, kind, files, ...(extra ? { extra } : {}), ...(seen === undefined ? {} : { seen_reply_seq: seen }),
});

async function settle(item, answer) {
  if (answer?.ok) done(item);
  else if (answer?.status === 409 || (answer?.status === 422 && item.extra)) refused(item, await problemOf(answer));
  else if (answer && GIVEN_UP.has(answer.status)) fail(item, (await problemOf(answer)).detail);
  else if (answer?.status === 401) location.reload();
  else later(item, answer);
}

function done(item) {
  forget(item);
  const bubble = showPending(item);
  if (bubble) {
    bubble.classList.remove("pending");
    stateOf(bubble, say("sent"));
  }
  sendAll();
}

function forget(item) {
  drop(item);
  memory.delete(item.client_id);
  failures.delete(item.client_id);
}

/* Somebody replied meanwhile, or it was closed: back into the composer, nothing is lost. */
function refused(item, problem) {
  forget(item);
  dropPending(item.client_id);
  tell("refused", { item, why: problem.detail ?? "" });
}

function fail(item, detail) {
  const failed = { ...item, failed: detail || say("failed") };
  memory.set(item.client_id, failed);
  update(failed);
  draw(failed);
  sendAll();
}

function later(item, answer) {
  const tries = (failures.get(item.client_id) ?? 0) + 1;
  failures.set(item.client_id, tries);
  const asked = Number(answer?.headers.get("Retry-After")) * 1000;
  draw(item, navigator.onLine && answer ? say("sending") : say("waitingForLine"));
  setTimeout(sendAll, (asked || Math.min(30_000, 500 * 2 ** tries)) * (0.75 + Math.random() / 2));
}

async function problemOf(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}

/* -- what tabs left behind that are gone */

async function adopt() {
  const orphans = all().filter((item) => !ours(item));
  if (!orphans.length) return sendAll();
  const alive = await livingTabs();
  change((items) => items.map((item) => (ours(item) || alive(item) ? item : { ...item, tab })));
  showAll();
  sendAll();
}

async function livingTabs() {
  if (!navigator.locks) return (item) => Date.now() - item.at < 60_000;
  const { held } = await navigator.locks.query();
  const names = new Set(held.map((lock) => lock.name));
  return (item) => names.has(`kefu-tab-${item.tab}`);
}

/* -- how it looks */

function showAll() {
  for (const item of waiting()) draw(item, say("sending"));
}

function draw(item, words) {
  const bubble = showPending(item);
  if (!bubble) return;
  bubble.classList.toggle("failed", Boolean(item.failed));
  if (item.failed) stateOf(bubble, item.failed, button("retry", () => retry(item)), button("discard", () => discard(item)));
  else stateOf(bubble, words);
}

const stateOf = (bubble, ...parts) => bubble.querySelector("[data-state]").replaceChildren(...parts.flatMap((part) => [part, " "]));

function button(word, pressed) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: say(word) });
  made.addEventListener("click", pressed);
  return made;
}

function retry(item) {
  const again = { ...item, failed: undefined };
  memory.set(item.client_id, again);
  update(again);
  draw(again, say("sending"));
  sendAll();
}

function discard(item) {
  forget(item);
  dropPending(item.client_id);
}
