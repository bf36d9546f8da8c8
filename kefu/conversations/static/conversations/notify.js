/* Being told in another tab or window: a sound, a desktop notification, a number in the title. Each can be turned off. */

import { addressOf, ask, hear, me, root, say } from "./desk.js";
import { on } from "../js/controller.js";
import { csrfToken } from "../js/trusted.js";
import { open } from "./panes.js";
import { rowOf } from "./list.js";
import * as stream from "./stream.js";

const teams = new Set(root.dataset.teams.split(" "));
let unseen = 0;
let plain = document.title;
let sound = null;

hear("changed", (change) => {
  if (!concernsMe(change)) return;
  if (document.hidden || !document.hasFocus()) badge(unseen + 1);
  if (stream.isLeading() && !(stream.anyVisible(change.conversation) && document.hasFocus())) ring();
  if (stream.isLeading() && !stream.anyVisible()) setTimeout(() => notify(change), 900); // the list knows the words by then
});

/* What a customer wrote to me, and whoever comes new into my teams. */
function concernsMe({ by, kind, assignee, team, note }) {
  if (by !== "customer" || note) return false;
  if (kind === "message.posted") return assignee === me;
  return kind === "conversation.started" && !assignee && teams.has(team);
}

async function notify({ conversation, kind }) {
  if (root.dataset.desktop !== "on" || !("Notification" in window) || Notification.permission !== "granted") return;
  const isNew = kind === "conversation.started";
  const row = rowOf(conversation) ?? (await rowElsewhere(conversation, isNew ? "unassigned" : "mine"));
  const name = row?.querySelector(".list-row-title")?.firstChild?.textContent.trim() ?? "";
  const title = isNew ? say("notifyUnassigned") : say("notifyTitle", { name });
  const body = row?.querySelector(".list-row-text")?.textContent.trim() ?? "";
  const told = new Notification(title, { body, tag: conversation, renotify: true, silent: true });
  told.addEventListener("click", () => {
    window.focus();
    open(addressOf(conversation));
    told.close();
  });
}

/* The list on the screen may be another one. */
async function rowElsewhere(conversation, view) {
  const nodes = await ask(`/console/?list=${view}`, { mayBeGone: true });
  return nodes?.querySelector(`[data-row="${CSS.escape(conversation)}"]`);
}

function ring() {
  if (root.dataset.sound !== "on") return;
  try {
    sound ??= new AudioContext();
    [660, 880].forEach((pitch, place) => tone(pitch, sound.currentTime + place * 0.12));
  } catch {
    /* browsers that have not been touched yet stay silent */
  }
}

function tone(pitch, at) {
  const [voice, volume] = [sound.createOscillator(), sound.createGain()];
  voice.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.08, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
  voice.connect(volume).connect(sound.destination);
  voice.start(at);
  voice.stop(at + 0.25);
}

function badge(number) {
  if (!unseen) plain = document.title;
  unseen = number;
  document.title = number ? `(${number}) ${plain.replace(/^\(\d+\) /, "")}` : plain;
}

function seen() {
  if (!document.hidden && unseen) badge(0);
}
addEventListener("visibilitychange", seen);
addEventListener("focus", seen);
hear("opened", () => { plain = document.title; unseen = 0; });

/* -- the switches */

on("change", "[data-preference] input[type=checkbox]", async (box) => {
  const { preference } = box.form.dataset;
  if (preference === "desktop" && box.checked && !(await allowed())) {
    box.checked = false;
    box.form.querySelector("[data-notify-help]").hidden = false;
  }
  root.dataset[preference] = box.checked ? "on" : "off";
  if (preference === "sound" && box.checked) ring();
  save(preference, box.checked);
});

/* Wanted is not yet allowed: this browser may never have been asked. */
const desktop = document.querySelector('[data-preference="desktop"] input[type=checkbox]');
if (desktop?.checked && !("Notification" in window && Notification.permission === "granted")) desktop.checked = false;

const allowed = async () => "Notification" in window && (await Notification.requestPermission()) === "granted";

function save(name, isOn) {
  const body = new URLSearchParams({ name, ...(isOn ? { on: "on" } : {}) });
  fetch("/console/preferences", { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" } }).catch(() => {});
}
