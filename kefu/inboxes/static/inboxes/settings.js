import { controller } from "../js/controller.js";
import "../vendor/htmx.js";

controller("[data-copy]", (box) => {
  const button = box.querySelector("[data-copy-button]");
  const text = box.querySelector("[data-copy-text]");
  if (!button || !text || !navigator.clipboard) return;
  const label = button.lastChild;
  const words = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    label.textContent = box.dataset.copy || words;
    setTimeout(() => (label.textContent = words), 2000);
  });
});
