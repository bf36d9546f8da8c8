/* One stream a browser, whatever the number of tabs. The tab that holds the lock listens for all and passes on what it
   hears; when it goes, another takes over at the same place in the log. Without locks or channels every tab listens for
   itself. A hidden tab keeps listening: that is when notifications matter. */

import { conversationPane, here, me, root, tab, tell } from "./desk.js";

const SILENCE = 70_000;
const FIRST_BYTE = 8_000;
const FORGOTTEN = 150_000;
const shared = "locks" in navigator && "BroadcastChannel" in window;
const channel = shared ? new BroadcastChannel(`kefu-console-${me}`) : null;
const tabs = new Map();

let leading = !shared;
let cursor = root.dataset.cursor;
let state = "opening";
let listening = null;
let watched = "";
let polling = false;
let failures = 0;

export const isLeading = () => leading;
export const anyVisible = (conversation) =>
  [...tabs.values()].some((one) => one.visible && (!conversation || one.watch === conversation));

export function begin() {
  channel?.addEventListener("message", ({ data }) => receive(data));
  announce();
  addEventListener("visibilitychange", announce);
  addEventListener("pagehide", () => channel?.postMessage({ is: "bye", tab }));
  addEventListener("pageshow", (event) => event.persisted && announce());
  addEventListener("online", wake);
  setInterval(announce, 20_000);
  if (shared) navigator.locks.request(`kefu-stream-${me}`, () => new Promise(lead));
  else lead();
}

/* Which conversation this tab shows, from which place in the log on. */
export function watch(from) {
  if (from) cursor = older(cursor, from);
  announce(from);
}

function announce(from) {
  const mine = { is: "watching", tab, watch: here(), visible: !document.hidden, from: typeof from === "string" ? from : null };
  note(mine);
  channel?.postMessage(mine);
}

function note({ tab: whose, watch: conversation, visible, from }) {
  tabs.set(whose, { watch: conversation, visible, at: Date.now() });
  if (!leading) return;
  if (whose !== tab && state !== "opening") channel.postMessage({ is: "state", state });
  follow(from);
}

function receive(data) {
  if (data.is === "watching") note(data);
  else if (data.is === "who") announce();
  else if (data.is === "bye") forget(data.tab);
  else if (data.is === "state") setState(data.state);
  else if (data.is === "event") take(data);
}

function forget(whose) {
  tabs.delete(whose);
  if (leading) follow();
}

function lead() {
  leading = true;
  channel?.postMessage({ is: "who" });
  setTimeout(() => listen(), shared ? 80 : 0);
}

function wanted() {
  for (const [whose, one] of tabs) if (whose !== tab && Date.now() - one.at > FORGOTTEN) tabs.delete(whose);
  return [...new Set([...tabs.values()].map((one) => one.watch).filter(Boolean))].sort();
}

/* Listen anew when what the tabs show has changed; from the older place if one of them knows less. */
function follow(from) {
  if (from) cursor = older(cursor, from);
  if (listening && wanted().join() !== watched) listening.abort("other conversations");
}

async function listen() {
  for (;;) {
    listening = new AbortController();
    const watch = wanted();
    watched = watch.join();
    try {
      await hearOut(watch, listening.signal);
    } catch (trouble) {
      if (trouble.status === 401) return location.reload();
      if (listening.signal.reason === "other conversations") continue;
      failures += 1;
      setLater();
      await rest(trouble.retryAfter);
    }
  }
}

async function hearOut(watch, signal) {
  const query = new URLSearchParams(watch.map((one) => ["watch", one]));
  if (cursor) query.set("after", cursor);
  query.set("language", document.documentElement.lang);
  if (polling) query.set("poll", "1");
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(signal.reason));
  const silence = new Timer(() => ending.abort("silence"));
  silence.set(polling ? SILENCE : FIRST_BYTE);
  try {
    const answer = await fetch(`/live/console/events?${query}`, { signal: ending.signal, cache: "no-store" });
    if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status, retryAfter: Number(answer.headers.get("Retry-After")) });
    if (polling) connected();
    await read(answer, () => silence.set(SILENCE));
  } catch (trouble) {
    if (ending.signal.reason === "silence" && state === "opening") polling = true; // something on the way holds streams back
    throw trouble;
  } finally {
    silence.clear();
  }
}

async function read(answer, alive) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return polling ? undefined : Promise.reject(new Error("ended"));
    alive();
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) pass(parsed(frame));
  }
}

function parsed(frame) {
  const found = {};
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) found[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  return found;
}

function pass({ id, event, data }) {
  if (!event) return;
  const news = { is: "event", event, data: JSON.parse(data || "{}"), id };
  if (event === "ready" || event === "resync") connected();
  take(news);
  channel?.postMessage(news);
}

/* After a break, however short, each tab also asks for what it may have missed. */
function connected() {
  const state = failures ? "again" : "open";
  failures = 0;
  setState(state);
  channel?.postMessage({ is: "state", state });
}

function take({ event, data, id }) {
  if (id) cursor = id;
  tell(event, data);
}

const settle = new Timer(() => {
  setState("reconnecting");
  channel?.postMessage({ is: "state", state: "reconnecting" });
});

/* A short break is not worth a word. */
function setLater() {
  if (state !== "reconnecting") settle.setOnce(1_500);
}

function setState(now) {
  const isOpen = now !== "reconnecting";
  if (isOpen) settle.clear();
  if (isOpen && state === "open" && now !== "again") return;
  state = isOpen ? "open" : now;
  show();
  tell("line", state);
}

export function show() {
  const strip = conversationPane()?.querySelector("[data-reconnecting]");
  if (strip) strip.hidden = state !== "reconnecting";
  root.dataset.line = state;
}

let wake = () => {};
function rest(seconds) {
  const longest = seconds ? seconds * 1000 : Math.min(20_000, 400 * 2 ** failures);
  return new Promise((done) => {
    wake = done;
    setTimeout(done, longest * (0.5 + Math.random() / 2));
  });
}

function Timer(ring) {
  let timer = null;
  this.set = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; ring(); }, wait);
  };
  this.setOnce = (wait) => timer ?? this.set(wait);
  this.clear = () => {
    clearTimeout(timer);
    timer = null;
  };
}

function older(one, other) {
  if (!one || !other) return one || other;
  const [a, b] = [one, other].map((text) => text.split("-").map(Number));
  const first = a.findIndex((number, place) => number !== b[place]);
  return first < 0 || a[first] < b[first] ? one : other;
}
