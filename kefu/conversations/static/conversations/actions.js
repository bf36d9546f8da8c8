/* What each action of the table does. Those of a conversation press the control that stands for them on the page. */

import * as composer from "./composer.js";
import * as layout from "./layout.js";
import * as list from "./list.js";
import { conversationPane, root } from "./desk.js";
import { showList } from "./panes.js";

const press = (does) => document.querySelector(`#main [data-does="${does}"]`)?.click();

const ACTIONS = {
  next: () => list.move(1),
  previous: () => list.move(-1),
  open: () => list.openChosen(),
  back: () => showList(),
  search,
  reply: () => composer.focus("reply"),
  note: () => composer.focus("note"),
  send: () => composer.submit(),
  attach: () => composer.attach(),
  take: () => press("take"),
  assign: () => press("assign"),
  "hand-over": () => press("hand-over"),
  solve: () => press("solve"),
  tag: () => press("tag"),
  priority: () => press("priority"),
  context: () => layout.toggleContext(),
  "go-mine": () => list.show("mine"),
  "go-team": () => list.show("team"),
  "go-unassigned": () => list.show("unassigned"),
  "go-waiting": () => list.show("waiting"),
  "go-all": () => list.show("all"),
  "go-articles": () => document.querySelector('.rail [data-goes="articles"]').click(),
  keys: () => document.getElementById("keys").showModal(),
  palette: () => document.getElementById("palette").showModal(),
  escape: () => {
    if (root.dataset.context === "open") layout.toggleContext();
    else conversationPane().focus({ preventScroll: true });
  },
};

export const run = (action) => ACTIONS[action]?.();

function search() {
  const field = document.querySelector("[data-search] input, .list-search input");
  field?.focus();
  field?.select();
}
