/* Mail in the console's composer: whom it goes to, its further fields, and the marks that become its formatting. */

import { controller, on } from "../js/controller.js";

controller("[data-mail-composer]", (composer) => {
  const extra = composer.closest("[data-composer-extra]");
  const fields = composer.querySelector("[data-mail-fields]");
  fields.hidden = true;
  fields.dataset.folds = "";
  composer.addEventListener("input", () => showRecipients(composer));
  extra.addEventListener("chosen", () => {
    showRecipients(composer);
    if (valueOf(composer, "cc") || valueOf(composer, "bcc") || valueOf(composer, "later")) open(composer, true);
  });
  showRecipients(composer);
});

/* The line again, since another mail came in: what nobody has edited says what is usual now. */
controller("[data-mail-line]", (line) => {
  const composer = line.closest("[data-mail-composer]");
  for (const name of ["to", "subject"]) follow(field(composer, name), line.dataset[name]);
  showRecipients(composer);
  open(composer, !composer.querySelector("[data-mail-fields]").hidden);
});

function follow(input, usual) {
  const isEdited = input.value !== input.defaultValue;
  input.defaultValue = usual;
  if (!isEdited) input.value = usual;
}

function field(composer, name) {
  return composer.querySelector(`[data-extra="${name}"]`);
}

function valueOf(composer, name) {
  return field(composer, name)?.value.trim() ?? "";
}

/* Everyone who will get it, hidden copies too, so that nobody is written to unseen. */
function showRecipients(composer) {
  const shown = composer.querySelector("[data-mail-shown]");
  const everyone = [valueOf(composer, "to"), valueOf(composer, "cc"), ...(valueOf(composer, "bcc") ? [`Bcc: ${valueOf(composer, "bcc")}`] : [])];
  shown.textContent = everyone.filter(Boolean).join(", ") || shown.dataset.nobody;
  shown.title = shown.textContent;
}

function open(composer, isOpen) {
  composer.querySelector("[data-mail-fields]").hidden = !isOpen;
  composer.querySelector("[data-mail-more]").setAttribute("aria-expanded", String(isOpen));
}

on("click", "[data-mail-more]", (button) => {
  const isOpen = button.getAttribute("aria-expanded") !== "true";
  const composer = button.closest("[data-mail-composer]");
  open(composer, isOpen);
  if (isOpen) field(composer, "to").focus();
});

on("click", "[data-mail-all]", (button) => {
  const composer = button.closest("[data-mail-composer]");
  const cc = field(composer, "cc");
  const known = new Set(cc.value.split(/[,;]/).map((one) => one.trim()));
  cc.value = [cc.value.trim(), ...button.dataset.mailAll.split(/,\s*(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter((one) => !known.has(one))].filter(Boolean).join(", ");
  cc.dispatchEvent(new Event("input", { bubbles: true }));
  open(composer, true);
});

/* -- marks, put around what is chosen in the text */

function textOf(button) {
  return button.closest("form").querySelector("textarea");
}

on("click", "[data-mail-mark]", (button) => around(textOf(button), button.dataset.mailMark, button.dataset.mailMark));
on("click", "[data-mail-link]", (button) => around(textOf(button), "[", "](https://)"));
on("click", "[data-mail-lines]", (button) => {
  const text = textOf(button);
  const start = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
  const chosen = text.value.slice(start, text.selectionEnd);
  put(text, start, text.selectionEnd, chosen.split("\n").map((line) => button.dataset.mailLines + line).join("\n"));
});

function around(text, before, after) {
  const { selectionStart: start, selectionEnd: end } = text;
  const chosen = text.value.slice(start, end);
  put(text, start, end, before + chosen + after);
  const within = after.startsWith("](") && chosen ? start + before.length + chosen.length + 2 : start + before.length;
  text.setSelectionRange(within, after.startsWith("](") && chosen ? text.value.indexOf(")", within) : within + chosen.length);
}

/* A picture stands where it was pasted; the file itself goes the way of all files. */
on("paste", "form:has([data-mail-composer]) textarea", (text, event) => {
  if (text.form.elements.kind.value === "note") return;
  const pictures = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  for (const { name } of pictures) put(text, text.selectionStart, text.selectionEnd, `![${name.replace(/[[\]\n]/g, "")}]\n`);
});

function put(text, start, end, words) {
  text.focus();
  text.setRangeText(words, start, end, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
