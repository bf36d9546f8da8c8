/* Toasts: good news goes after its seconds unless one is reading it; errors stay until closed. */

import { controller, on } from "./controller.js";

controller("[data-toast]", (toast) => {
  const seconds = Number(toast.dataset.toast);
  if (!seconds) return;
  let timer;
  const wait = () => { timer = setTimeout(() => toast.remove(), seconds * 1000); };
  const hold = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", wait);
  wait();
});

on("click", "[data-toast-close]", (button) => button.closest(".toast").remove());

/* Undone: what offered it has nothing left to offer. */
document.addEventListener("htmx:finally:request", (event) => event.target.closest?.(".toast")?.remove());

/* When the server was not reached at all there is no answer that could say so. */
document.addEventListener("htmx:error", () => {
  const template = document.getElementById("toast-unreachable");
  const box = document.getElementById("toasts");
  if (template && box && !box.querySelector("[data-unreachable]")) box.append(template.content.cloneNode(true));
});
