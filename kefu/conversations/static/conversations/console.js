/* The console's entry: wakes the modules in the order in which they need each other. */

import * as stream from "./stream.js";
import * as list from "./list.js";
import * as outbox from "./outbox.js";
import * as keyboard from "./keyboard.js";
import * as composer from "./composer.js";
import * as thread from "./thread.js";
import { on } from "../js/controller.js";
import { perform } from "./keyboard.js";
import "./layout.js";
import "./others.js";
import "./notify.js";
import "./palette.js";
import "./searching.js";

thread.begin();
list.begin();
outbox.begin();
composer.begin();
stream.begin();
keyboard.begin();
composer.forgetOldDrafts();

on("click", "[data-to-latest]", thread.toLatest);
on("click", 'a[data-does="context"], a[data-does="back"], a[data-does="keys"]', (link, event) => {
  event.preventDefault();
  perform(link.dataset.does);
});
