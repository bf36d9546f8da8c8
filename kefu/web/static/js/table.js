/* Tables with data-rows: one row takes part in Tab order, arrows move, Enter opens the row's first link. */

import { controller } from "./controller.js";

controller("table[data-rows]", (table) => {
  const rows = () => [...table.tBodies].flatMap((body) => [...body.rows]);

  function reach(row) {
    for (const each of rows()) each.tabIndex = each === row ? 0 : -1;
  }

  reach(rows()[0]);
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) reach(row);
  });
  table.addEventListener("keydown", (event) => {
    const all = rows();
    const at = all.indexOf(event.target);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to]?.focus();
    } else if (event.key === "Enter") {
      all[at].querySelector("a, button")?.click();
    }
  });
  table.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label") || getSelection().toString()) return;
    event.target.closest("tbody tr")?.querySelector("a")?.click();
  });
});
