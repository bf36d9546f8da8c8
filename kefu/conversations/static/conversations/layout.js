/* Panes remember their width, folds whether they are open; the customer can be put away. */

import { controller, on } from "../js/controller.js";
import { ask, copyOf, hear, keep, root, say, toast } from "./desk.js";

const LIMITS = { list: [240, 480], context: [260, 480] };
const NARROW = matchMedia("(max-width: 1100px)");

controller("[data-splitter]", (splitter) => {
  const name = splitter.dataset.splitter;
  const sign = name === "list" ? 1 : -1;
  splitter.hidden = false;
  set(name, keep.get(`width.${name}`) ?? 320, splitter);

  splitter.addEventListener("pointerdown", (event) => {
    const [from, width] = [event.clientX, widthOf(name)];
    splitter.setPointerCapture(event.pointerId);
    splitter.classList.add("moving");
    splitter.onpointermove = (moved) => set(name, width + sign * (moved.clientX - from), splitter);
    splitter.onpointerup = () => {
      splitter.onpointermove = null;
      splitter.classList.remove("moving");
      keep.set(`width.${name}`, widthOf(name));
    };
  });
  splitter.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (!step) return;
    event.preventDefault();
    set(name, widthOf(name) + sign * step, splitter);
    keep.set(`width.${name}`, widthOf(name));
  });
  splitter.addEventListener("dblclick", () => {
    set(name, 320, splitter);
    keep.set(`width.${name}`, null);
  });
});

const widthOf = (name) => Number.parseInt(getComputedStyle(root).getPropertyValue(`--${name}-width`), 10);

function set(name, width, splitter) {
  const [least, most] = LIMITS[name];
  const now = Math.round(Math.max(least, Math.min(most, width)));
  root.style.setProperty(`--${name}-width`, `${now}px`);
  for (const [key, value] of Object.entries({ valuenow: now, valuemin: least, valuemax: most })) splitter.setAttribute(`aria-${key}`, value);
}

/* -- the customer beside it: on a wide screen put away for good, on a narrow one laid over for a moment */

export function toggleContext() {
  if (NARROW.matches) {
    root.dataset.context = root.dataset.context === "open" ? "" : "open";
    if (root.dataset.context === "open") document.querySelector("#context a, #context button")?.focus();
  } else {
    root.dataset.context = root.dataset.context === "closed" ? "" : "closed";
    keep.set("context", root.dataset.context);
  }
}

function restore() {
  root.dataset.context = NARROW.matches ? "" : (keep.get("context") ?? "");
}
NARROW.addEventListener("change", restore);
hear("opened", restore);
restore();

controller("[data-fold]", (fold) => {
  const closed = () => new Set(keep.get("folds") ?? []);
  if (closed().has(fold.dataset.fold)) fold.open = false;
  fold.addEventListener("toggle", () => {
    const now = closed();
    if (fold.open) now.delete(fold.dataset.fold);
    else now.add(fold.dataset.fold);
    keep.set("folds", [...now]);
  });
});

document.documentElement.classList.add("scripted");
on("input", "[data-saves] :is(input, select, textarea)", (field) => field.form.classList.add("dirty"));
on("change", "[data-saves] :is(input, select, textarea)", (field) => field.form.classList.add("dirty"));

on("click", "[data-copy]", async (item) => {
  await navigator.clipboard?.writeText(item.dataset.copy);
  toast(say("copied"));
});

/* A dialog that arrives is there to be filled in: the first field, not the cross. */
controller("#dialogs dialog", (dialog) => {
  // Else the next one of its id takes its attributes when htmx settles, and loses "open".
  dialog.addEventListener("close", () => dialog.remove());
  setTimeout(() => dialog.querySelector(".dialog-body :is([role=combobox], textarea, input:not([type=hidden]))")?.focus());
});

/* Busy, away: the dot follows at once. */
on("submit", "[data-presence]", async (form, event) => {
  event.preventDefault();
  const { presence } = form.dataset;
  const nodes = await ask(form.action, { method: "POST", body: new FormData(form) });
  if (!nodes) return;
  document.querySelector("[data-me] .presence").className = `presence ${presence}`;
  for (const item of document.querySelectorAll("[data-presence] .menu-item")) {
    item.setAttribute("aria-checked", String(item.form === form));
  }
});

/* Pictures open over the page, full size. */
on("click", "a[data-picture]", (link, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = copyOf("lightbox");
  const small = link.querySelector("img");
  const large = dialog.querySelector("img");
  large.alt = small.alt;
  large.src = link.href;
  dialog.querySelector("a").href = link.href;
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
});
