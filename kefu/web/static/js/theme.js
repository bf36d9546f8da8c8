/* Light, dark or as the system has it: changed at once, remembered in a cookie that the server reads. */

import { on } from "./controller.js";

on("submit", "[data-theme-form]", (form, event) => {
  event.preventDefault();
  const theme = event.submitter.value;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.cookie = `kefu-theme=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  for (const item of form.querySelectorAll("[aria-checked]")) item.setAttribute("aria-checked", String(item === event.submitter));
});
