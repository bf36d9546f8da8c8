/* Articles that may answer what is being written in a contact form. Only the customer says whether one did. */

import { controller } from "../js/controller.js";

const PAUSE = 600;
const SHORTEST = 4;

controller("[data-answers]", (box) => {
  const text = box.closest("form").elements.text;
  let timer, asked, ticket;

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });

  async function look() {
    const words = text.value.trim();
    if (words === asked || ticket) return;
    asked = words;
    const answer = words.length < SHORTEST ? null : await send("", { text: words });
    if (words !== asked || ticket) return;
    const articles = answer?.articles ?? [];
    box.replaceChildren(...(articles.length ? [line("h2", box.dataset.title), list(articles, words)] : []));
  }

  function list(articles, words) {
    const found = document.createElement("ul");
    found.append(...articles.map((one) => {
      const row = document.createElement("li");
      const link = line("a", one.title);
      Object.assign(link, { href: one.address, target: "_blank", rel: "noopener" });
      link.addEventListener("click", () => open(one, words));
      row.append(link);
      return row;
    }));
    return found;
  }

  async function open(one, words) {
    const noted = await send("/opened", { text: words, article: one.article });
    if (!noted?.ticket || ticket) return;
    ticket = noted.ticket;
    const question = document.createElement("div");
    question.className = "contact-answered";
    question.append(line("p", box.dataset.question), button(box.dataset.yes, "yes"), button(box.dataset.no, "no"));
    box.append(question);
  }

  function button(words, solved) {
    const made = line("button", words);
    Object.assign(made, { type: "button", className: "button" });
    made.addEventListener("click", async () => {
      await send("/settled", { ticket, solved });
      ticket = null;
      box.replaceChildren(line("p", solved === "yes" ? box.dataset.glad : box.dataset.goOn));
      (solved === "yes" ? box : text).focus();
    });
    return made;
  }

  /* Null where it did not work: the form goes on without. */
  async function send(where, given) {
    const body = new URLSearchParams({ ...given, language: document.documentElement.lang });
    const answer = await fetch(box.dataset.answers + where, { method: "POST", body }).catch(() => null);
    return answer?.ok && answer.status !== 204 ? answer.json() : null;
  }
});

function line(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}
