/* One tooltip for the page: data-tip="words", data-key="e". Shows on hover after a moment, on keyboard focus at once. */

import { on } from "./controller.js";
import { place } from "./place.js";

const DELAY = 400;
const tip = document.createElement("div");
tip.className = "tooltip";
tip.popover = "manual";
tip.setAttribute("role", "tooltip");

let timer;
let shownFor;

on("pointerover", "[data-tip]", (element, event) => {
  if (event.pointerType === "mouse" && element !== shownFor) later(element);
});
on("pointerout", "[data-tip]", (element, event) => {
  if (!element.contains(event.relatedTarget)) hide();
});
on("focusin", "[data-tip]", (element) => {
  if (element.matches(":focus-visible")) show(element);
});
on("focusout", "[data-tip]", hide);
on("pointerdown", "[data-tip]", hide);
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());

function later(element) {
  clearTimeout(timer);
  timer = setTimeout(() => show(element), DELAY);
}

function show(element) {
  clearTimeout(timer);
  if (!element.isConnected || element.getAttribute("aria-expanded") === "true") return;
  tip.replaceChildren(element.dataset.tip, ...keyOf(element));
  (element.closest("dialog[open]") ?? document.body).append(tip);
  tip.showPopover();
  place(tip, element, { above: true, centred: true });
  shownFor = element;
}

function keyOf(element) {
  if (!element.dataset.key) return [];
  const key = document.createElement("kbd");
  key.textContent = element.dataset.key;
  return [key];
}

function hide() {
  clearTimeout(timer);
  if (shownFor && tip.isConnected) tip.hidePopover();
  shownFor = undefined;
}
