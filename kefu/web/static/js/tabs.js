/* Tabs within a page:
   <div data-tabs><div class="tabs" role="tablist" aria-label="…">
     <button class="tab" type="button" role="tab" aria-controls="a" aria-selected="true">…</button> …
   </div><div class="tab-panel" role="tabpanel" id="a">…</div> …</div>
   Without scripts every panel shows. `tabs:change` bubbles from the tab that was chosen. */

import { controller } from "./controller.js";

controller("[data-tabs]", (box) => {
  const tabs = [...box.querySelectorAll('[role="tab"]')];

  function choose(tab, { focus = false } = {}) {
    for (const each of tabs) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls"));
      if (panel) panel.hidden = !chosen;
    }
    if (focus) tab.focus();
    tab.dispatchEvent(new CustomEvent("tabs:change", { bubbles: true }));
  }

  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  box.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(tabs.at(to % tabs.length), { focus: true });
  });
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
});
