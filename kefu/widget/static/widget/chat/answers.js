// Articles that may answer what is being written. Only the customer says whether one did.

import { button, el, focusQuietly, icon } from "./elements.js"
import { masked } from "./masking.js"
import { say } from "./words.js"

const PAUSE = 600
const SHORTEST = 4

export class Answers {
  #server; #field; #of; #timer; #asked; #ticket; #question

  // `of` tells the conversation that it would be said in, if there is one.
  constructor(server, field, of = () => null) {
    this.#server = server
    this.#field = field
    this.#of = of
    this.node = el("div", { class: "group found", "aria-live": "polite", tabindex: -1 })
    field.addEventListener("input", () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#look(field.value.trim()), PAUSE)
    })
  }

  // What was written is sent.
  clear() {
    clearTimeout(this.#timer)
    this.#asked = this.#ticket = this.#question = null
    this.node.replaceChildren()
  }

  async #look(text) {
    if (text === this.#asked || this.#ticket) return
    this.#asked = text
    const safe = text.length < SHORTEST ? "" : await masked(text)
    const { articles } = safe ? await this.#server.suggested(safe, this.#of()).catch(() => ({ articles: [] })) : { articles: [] }
    if (text !== this.#asked || this.#ticket) return
    this.node.replaceChildren(...(articles.length ? [el("p", { class: "hint" }, say("answers")), el("ul", { class: "choices" }, articles.map(one => this.#article(one, safe)))] : []))
  }

  #article({ article, title, address }, text) {
    const open = async () => {
      const noted = await this.#server.openedArticle(text, article).catch(() => null)
      if (!noted || text !== this.#asked) return
      this.#ticket = noted.ticket
      this.#question ??= el("div", { class: "options" }, el("span", {}, say("answers.did")),
        button(say("answers.yes"), () => this.#settle(true), { look: "small" }), button(say("answers.no"), () => this.#settle(false), { look: "small" }))
      this.node.append(this.#question)
    }
    return el("li", {}, el("a", { class: "choice", href: this.#server.base + address, target: "_blank", rel: "noopener", onclick: open }, el("span", {}, title), icon("right")))
  }

  async #settle(solved) {
    await this.#server.settleArticle(this.#ticket, solved).catch(() => {})
    this.#ticket = this.#question = null
    this.node.replaceChildren(el("p", { class: "hint" }, say(solved ? "answers.glad" : "answers.go.on")))
    if (solved) this.node.focus()
    else focusQuietly(this.#field, this.node)
  }
}
