/* Menus: placed when opened, walked with arrows, Home, End and first letters; Tab leaves. */

import { controller } from "./controller.js";
import { place } from "./place.js";

controller("[data-menu]", (menu) => {
  const opener = () => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);

  menu.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    opener()?.setAttribute("aria-expanded", String(open));
    if (!open) return;
    if (opener()) place(menu, opener());
    items(menu)[0]?.focus();
  });

  menu.addEventListener("keydown", (event) => {
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key] ?? byLetter(all, at, event);
    if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      all.at(to % all.length)?.focus();
    } else if (event.key === "Tab") {
      menu.hidePopover();
    }
  });

  menu.addEventListener("click", (event) => {
    if (event.target.closest(".menu-item")) menu.hidePopover();
  });
});

const items = (menu) => [...menu.querySelectorAll(".menu-item:not(:disabled)")];

function byLetter(all, at, event) {
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const letter = event.key.toLowerCase();
  const next = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const found = next.find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
  return found && all.indexOf(found);
}
