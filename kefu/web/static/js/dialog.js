/* Dialogs: data-dialog-open="id" opens, data-dialog-close closes, a click beside the dialog closes too.
   A dialog that arrives with data-dialog-now opens itself. A form inside that succeeds closes it when its answer says
   `HX-Trigger: dialog-close`. */

import { controller, on } from "./controller.js";

on("click", "[data-dialog-open]", (button) => document.getElementById(button.dataset.dialogOpen)?.showModal());
on("click", "[data-dialog-close]", (button) => button.closest("dialog")?.close());
document.addEventListener("dialog-close", (event) => event.target.closest?.("dialog")?.close());

controller("[data-dialog]", (dialog) => {
  if ("dialogNow" in dialog.dataset) dialog.showModal();

  let pressedBeside = false;
  dialog.addEventListener("pointerdown", (event) => { pressedBeside = event.target === dialog; });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && pressedBeside) dialog.close();
  });
});
