/* Ctrl/⌘-K: every action by its name; what is no action is searched for. */

import { controller } from "../js/controller.js";
import { say } from "./desk.js";
import { perform } from "./keyboard.js";

controller("[data-palette]", (dialog) => {
  const input = dialog.querySelector("input");
  const options = [...dialog.querySelectorAll("[data-run]")];
  const lookUp = dialog.querySelector("[data-look-up]");
  let active = 0;

  const shown = () => [...dialog.querySelectorAll("[role=option]:not([hidden])")];

  function filter() {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of options) option.hidden = !words.every((word) => option.textContent.toLowerCase().includes(word));
    lookUp.hidden = !words.length;
    lookUp.querySelector("[data-look-up-words]").textContent = say("lookUp", { words: input.value.trim() });
    mark(0);
  }

  function mark(place) {
    const every = shown();
    active = (place + every.length) % (every.length || 1);
    every.forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
    input.setAttribute("aria-activedescendant", every[active]?.id ?? "");
    every[active]?.scrollIntoView({ block: "nearest" });
  }

  function choose(option) {
    if (!option) return;
    dialog.close();
    if (option === lookUp) location.assign(`/console/search?q=${encodeURIComponent(input.value.trim())}`);
    else perform(option.dataset.run);
  }

  new MutationObserver(() => {
    if (!dialog.open) return;
    input.value = "";
    filter();
    input.focus();
  }).observe(dialog, { attributeFilter: ["open"] });

  input.addEventListener("input", filter);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(active + step);
    else if (event.key === "Enter") choose(shown()[active]);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => choose(event.target.closest("[role=option]")));
});
