// Articles that may answer what is being written. Only the customer says whether one did.

import { button, el, icon } from "./elements.js"
import { masked } from "./masking.js"
import { say } from "./words.js"

const PAUSE = 600
const SHORTEST = 4

export class Answers {
  #server; #timer; #asked; #ticket

  constructor(server) {
    this.#server = server
    this.node = el("div", { class: "group", "aria-live": "polite" })
  }

  hear(text) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(text.trim()), PAUSE)
  }

  async #look(text) {
    if (text === this.#asked || this.#ticket) return
    this.#asked = text
    const safe = text.length < SHORTEST ? "" : await masked(text)
    const { articles } = safe ? await this.#server.suggested(safe).catch(() => ({ articles: [] })) : { articles: [] }
    if (text !== this.#asked || this.#ticket) return
    this.node.replaceChildren(...(articles.length ? [el("h3", {}, say("answers")), el("ul", { class: "choices" }, articles.map(one => this.#article(one, safe)))] : []))
  }

  #article({ article, title, address }, text) {
    const open = async () => {
      const noted = await this.#server.openedArticle(text, article).catch(() => null)
      if (!noted) return
      this.#ticket = noted.ticket
      this.node.append(this.question ?? (this.question = el("div", { class: "options" }, el("span", {}, say("answers.did")),
        button(say("answers.yes"), () => this.#settle(true), { look: "small" }), button(say("answers.no"), () => this.#settle(false), { look: "small quiet" }))))
    }
    return el("li", {}, el("a", { class: "choice", href: this.#server.base + address, target: "_blank", rel: "noopener", onclick: open }, el("span", {}, title), icon("right")))
  }

  async #settle(solved) {
    await this.#server.settleArticle(this.#ticket, solved).catch(() => {})
    this.#ticket = null
    this.question = null
    this.node.replaceChildren(el("p", { class: "hint" }, say(solved ? "answers.glad" : "answers.go.on")))
  }
}
