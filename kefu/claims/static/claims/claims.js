/* Pages of claims: the scanner's field, filters that apply themselves, rows by key. */

import { controller, on } from "../js/controller.js";

const typing = (target) => target.closest("input, select, textarea, [contenteditable]");

/* "/" leads to the field that finds. */
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-finds]");
  if (!field || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  event.preventDefault();
  field.focus();
  field.select();
});

/* A filter that is chosen applies itself. */
controller("[data-applies]", () => document.documentElement.classList.add("scripted-filters"));
on("change", "[data-applies] select", (select) => select.form.requestSubmit());

/* An answer is where one looks next, also on a narrow screen where it stands below. */
controller("[data-arrives]", (answer) => {
  answer.scrollIntoView({ block: "nearest" });
  answer.focus({ preventScroll: true });
});

/* Rows by j and k. */
document.addEventListener("keydown", (event) => {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const rows = [...document.querySelectorAll("a.claim-row")];
  if (!rows.length) return;
  event.preventDefault();
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))].focus();
});

/* A scanner types fast and ends with Enter, wherever the focus is: the next number belongs to the field. Slow typing and
   fields that are being filled in stay what they are. */
const FAST = 40;
let scanned = "";
let lastKey = 0;
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-scans]");
  if (!field || event.target === field || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const isFast = event.timeStamp - lastKey < FAST;
  lastKey = event.timeStamp;
  if (event.key === "Enter" && isFast && scanned.length > 2) {
    event.preventDefault();
    field.value = scanned;
    field.form.requestSubmit();
  } else if (event.key.length === 1) {
    scanned = isFast ? scanned + event.key : event.key;
  }
});

/* 1 to 9 go to what there is to do: a form opens at its first field, a button waits for Enter. */
document.addEventListener("keydown", (event) => {
  if (!/^[1-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const control = document.querySelector(`.claim-acts [data-key="${event.key}"]`);
  if (!control) return;
  event.preventDefault();
  const act = control.closest("details");
  if (act) act.open = true;
  (act?.querySelector("form :is(input:not([type=hidden]), textarea, select)") ?? control).focus();
});
