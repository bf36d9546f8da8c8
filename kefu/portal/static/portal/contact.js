/* A contact form with scripts: it hides what is not asked, sends once, proves that a browser is there, and tells its
   height to the page that shows it. Without scripts all of it works too, with more words on the page. */

import { controller } from "../js/controller.js";

controller("[data-contact]", (form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // Whoever comes back to the page by the browser's button may send again; the server counts it once.
  addEventListener("pageshow", () => (sent = false));

  const questions = [...form.querySelectorAll("[data-when]")];
  if (questions.length) {
    for (const words of form.querySelectorAll("[data-when-words]")) words.hidden = true;
    form.addEventListener("change", () => ask(form, questions));
    ask(form, questions);
  }
});

/* In the order of the page: what hangs on a hidden question is hidden as well. */
function ask(form, questions) {
  for (const question of questions) {
    const wanted = question.dataset.values.split("\n");
    const above = [...form.querySelectorAll(`[name="${question.dataset.when}"]`)];
    const asked = above.some((control) => !control.closest("[data-when][hidden]") && given(control).some((one) => wanted.includes(one)));
    question.hidden = !asked;
  }
}

function given(control) {
  if (control.type === "checkbox") return control.checked ? [control.value] : [];
  return [control.value];
}

controller("[data-proof]", async (box) => {
  if (!globalThis.crypto?.subtle) return;
  const words = box.querySelector("[data-proof-words]");
  words.textContent = words.dataset.working;
  const proof = await work(box.dataset.proof, Number(box.dataset.bits));
  box.querySelector('[name="proof"]').value = proof;
  box.closest("form").requestSubmit();
});

/* The first number with which SHA-256 of "challenge:number" begins with so many zero bits. In handfuls, so that the page
   stays alive. */
async function work(challenge, bits) {
  const encoder = new TextEncoder();
  for (let from = 0; ; from += 256) {
    const numbers = Array.from({ length: 256 }, (_, place) => from + place);
    const digests = await Promise.all(numbers.map((number) => crypto.subtle.digest("SHA-256", encoder.encode(`${challenge}:${number}`))));
    const found = digests.findIndex((digest) => begins(new DataView(digest), bits));
    if (found >= 0) return String(numbers[found]);
  }
}

function begins(digest, bits) {
  return digest.getUint32(0) >>> (32 - bits) === 0;
}

/* In a frame: the page around it is told how high the form is, and nobody else is. */
controller("[data-host]", (page) => {
  if (parent === window) return;
  const tell = () => parent.postMessage({ kefu: "form", height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, page.dataset.host);
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
});
