/* "Are you sure?" in our own dialog: hx-confirm="what happens" on anything htmx, data-confirm="…" on a plain form.
   data-confirm-label says what the button says. */

import { on } from "./controller.js";

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  ask(ctx.confirm, event.target, issueRequest, dropRequest);
});

on("submit", "form[data-confirm]", (form, event) => {
  if (form.dataset.confirmed) return;
  event.preventDefault();
  ask(form.dataset.confirm, form, () => {
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
  });
});

function ask(text, asker, goOn, leave = () => {}) {
  const made = document.getElementById("confirm-dialog").content.cloneNode(true);
  const dialog = made.querySelector("dialog");
  const go = made.querySelector("[data-confirm-go]");
  let answered = false;
  made.querySelector("[data-confirm-text]").textContent = text;
  if (asker.dataset.confirmLabel) go.textContent = asker.dataset.confirmLabel;
  if (asker.matches(".danger")) go.className = "button danger";
  go.addEventListener("click", () => {
    answered = true;
    dialog.close();
    goOn();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (!answered) leave();
  });
  document.body.append(made);
  dialog.showModal();
}
