/* What all modules of the console share: who is here, what is open, asking the server, telling each other. */

import { csrfToken, fragment } from "../js/trusted.js";

export const root = document.querySelector("[data-console]");
export const me = root.dataset.staff;
export const tab = crypto.randomUUID();
export const canAnswer = root.dataset.canAnswer === "yes";

const words = document.querySelector("[data-words]").dataset;
const news = new EventTarget();

export const conversationPane = () => document.getElementById("main");
export const here = () => conversationPane()?.dataset.conversation || "";
export const addressOf = (conversation) => `/console/c/${conversation}/`;

/* say("newRows", { number: 3 }) */
export function say(key, values = {}) {
  return (words[`say${key[0].toUpperCase()}${key.slice(1)}`] ?? key).replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
}

export const tell = (name, detail) => news.dispatchEvent(new CustomEvent(name, { detail }));
export const hear = (name, heard) => news.addEventListener(name, (event) => heard(event.detail));

/* A fragment of ours, as nodes; null when it could not be had, which has then been said. */
export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: { "HX-Request": "true", ...options.headers } });
  } catch (trouble) {
    if (trouble.name !== "AbortError") toast(say("unreachable"), "bad");
    return null;
  }
  const away = answer.headers.get("HX-Redirect");
  if (away) {
    location.assign(away);
    return null;
  }
  const nodes = fragment(await answer.text());
  if (answer.ok) return nodes;
  if (answer.status === 404 && options.mayBeGone) return null;
  document.getElementById("toasts").append(nodes);
  return null;
}

export function toast(text, kind = "good") {
  const made = copyOf(`toast-${kind}`);
  made.querySelector(".toast-text").textContent = text;
  document.getElementById("toasts").append(made);
}

export const copyOf = (id) => document.getElementById(id).content.cloneNode(true).firstElementChild;

/* Storage that may be blocked or full: then the console forgets, and works. */
export const keep = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(`kefu.${me}.${key}`));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(`kefu.${me}.${key}`);
      else localStorage.setItem(`kefu.${me}.${key}`, JSON.stringify(value));
    } catch {
      /* not kept */
    }
  },
};

/* A door that is no live one would send a browser whose session has ended to a page; a program is told. */
export const post = (address, body) =>
  fetch(address, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
