/* Search as one types; the address keeps up, so that it can be reloaded and passed on. */

import { controller } from "../js/controller.js";
import { ask } from "./desk.js";

controller("[data-search]", (form) => {
  const input = form.querySelector("input");
  const found = document.querySelector("[data-found]");
  let timer;
  let running;

  async function look() {
    running?.abort();
    running = new AbortController();
    const address = `${form.getAttribute("action")}?q=${encodeURIComponent(input.value)}`;
    const nodes = await ask(address, { signal: running.signal });
    if (!nodes || !form.isConnected) return;
    found.replaceChildren(...nodes.childNodes);
    history.replaceState({}, "", address);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 180);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    look();
  });
});
