/* Articles into the reply: buttons beside the conversation, and a list under "#" in the composer. */

import { controller, on } from "../js/controller.js";
import { fragment } from "../js/trusted.js";

const PAUSE = 250;
const ASKED = /(?:^|\s)#([^#\n]{0,60})$/;

const field = () => document.querySelector("[data-composer] [data-text]");

/* In place of what stands from "from" to the caret; the composer hears of it as if it were typed. */
function insert(text, words, from = text.selectionStart) {
  text.setRangeText(words, from, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
}

function line(look, words) {
  const made = document.createElement("p");
  made.className = look;
  made.textContent = words;
  return made;
}

class UnderHash {
  constructor(text) {
    this.text = text;
    this.box = this.list = null;
    this.chosen = 0;
    text.addEventListener("input", () => this.listen());
    text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    // Before the composer's own keys.
    text.addEventListener("keydown", (event) => this.key(event), { capture: true });
  }

  get asked() {
    return this.text.value.slice(0, this.text.selectionStart).match(ASKED);
  }

  listen() {
    clearTimeout(this.timer);
    if (!this.asked) return this.close();
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    const address = document.querySelector("[data-articles]")?.dataset.articles;
    const asked = this.asked?.[1];
    if (!address || asked === undefined) return this.close();
    const answer = await fetch(`${address}?${new URLSearchParams({ q: asked })}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || this.asked?.[1] !== asked) return;
    const found = fragment(await answer.text());
    this.open([...found.querySelectorAll("[data-offer]")].filter((offer) => offer.querySelector("[data-insert]")));
  }

  open(offers) {
    this.close();
    if (!offers.length) return;
    const { label, keys } = document.querySelector("[data-articles]").dataset;
    this.list = document.createElement("ul");
    this.list.id = "articles-under-hash";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    this.list.append(...offers.map((offer, place) => this.option(offer, place)));
    this.box = document.createElement("div");
    this.box.className = "articles-under-hash";
    this.box.append(this.list, line("articles-under-hash-keys small quiet", keys));
    this.box.lastChild.id = "articles-under-hash-keys";
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    this.text.closest("[data-composer]").append(this.box);
    this.text.setAttribute("aria-controls", this.list.id);
    this.text.setAttribute("aria-describedby", this.box.lastChild.id);
    this.choose(0);
  }

  option(offer, place) {
    const option = document.createElement("li");
    const [link, passage] = [...offer.querySelectorAll("[data-insert]")].map((button) => button.dataset.insert);
    Object.assign(option.dataset, { link, passage });
    option.id = `articles-under-hash-${place}`;
    option.setAttribute("role", "option");
    option.append(
      line("strong", offer.querySelector("a").textContent),
      line("small quiet one-line", offer.querySelector(".beside-excerpt").textContent),
    );
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); this.take(option.dataset.link); });
    return option;
  }

  choose(place) {
    const options = [...this.list.children];
    this.chosen = (place + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.chosen)));
    this.text.setAttribute("aria-activedescendant", options[this.chosen].id);
    options[this.chosen].scrollIntoView({ block: "nearest" });
  }

  /* Enter puts the link in, Tab the passage with it. Enter while an input method is choosing belongs to that. */
  key(event) {
    if (!this.list || event.isComposing || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const option = this.list.children[this.chosen];
    const does = {
      ArrowDown: () => this.choose(this.chosen + 1),
      ArrowUp: () => this.choose(this.chosen - 1),
      Enter: () => this.take(option.dataset.link),
      Tab: () => this.take(option.dataset.passage),
      Escape: () => this.close(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does();
  }

  take(words) {
    const asked = this.asked;
    const from = asked ? this.text.selectionStart - asked[1].length - 1 : this.text.selectionStart;
    this.close();
    insert(this.text, words, from);
  }

  close() {
    clearTimeout(this.timer);
    this.box?.remove();
    this.box = this.list = null;
    this.text.removeAttribute("aria-controls");
    this.text.removeAttribute("aria-describedby");
    this.text.removeAttribute("aria-activedescendant");
  }
}

// Last: a controller may begin at once, and needs what stands above.
controller("[data-inserts]", (buttons) => { buttons.hidden = !field(); });

on("click", "[data-insert]", (button) => insert(field(), button.dataset.insert));

controller("[data-composer] [data-text]", (text) => { new UnderHash(text); });
