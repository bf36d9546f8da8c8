/* The only two ways for a string to become part of the page: fragments our own server made.
   htmx asks for its policy through an extension; without one nothing is swapped under our headers. */

import htmx from "../vendor/htmx.js";

function policy(name, rules) {
  return window.trustedTypes ? window.trustedTypes.createPolicy(name, rules) : rules;
}

const kefu = policy("kefu", { createHTML: (html) => html, createScriptURL: sameOrigin });

function sameOrigin(address) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError(`Not ours: ${url.origin}`);
  return url.href;
}

/* The nodes of a fragment that came from our server. */
export function fragment(html) {
  const box = document.createElement("template");
  box.innerHTML = kefu.createHTML(html);
  return box.content;
}

/* For Worker and service worker registration. */
export const scriptAddress = (address) => kefu.createScriptURL(address);

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

htmx.registerExtension("kefu", {
  init: (api) => api.initSecurity(policy("htmx", { createHTML: (html) => html })),
  htmx_config_request: (element, { ctx }) => {
    if (ctx.request.method !== "GET") ctx.request.headers["X-CSRFToken"] = csrfToken();
  },
});
