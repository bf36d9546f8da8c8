/* On a phone the navigation of the settings is a row that scrolls: where one is should be in sight. */

import { controller } from "./controller.js";

controller(".settings-nav [aria-current]", (link) => {
  const row = link.closest(".settings-nav");
  row.scrollLeft += link.getBoundingClientRect().left - (row.clientWidth - link.offsetWidth) / 2;
});
