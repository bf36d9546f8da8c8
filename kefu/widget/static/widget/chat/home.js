// The first screen: who is here and when they answer, what was said before, and what one may want.

import { el, face, icon } from "./elements.js"
import { say, sayCount, when } from "./words.js"

export class Home {
  #desk; #actions

  constructor({ desk, actions }) {
    this.#desk = desk
    this.#actions = actions
    this.node = el("section", { class: "home", tabindex: -1 })
    this.update()
  }

  update() {
    this.node.replaceChildren(...[this.#welcome(), this.#conversations(), this.#order(), this.#topics(), this.#promise()].filter(Boolean))
  }

  focus() {
    this.node.focus({ preventScroll: true })
  }

  leave() {}

  shown() {}

  #welcome() {
    const { greeting, agents, hours, expectedReply } = this.#desk
    return el("div", { class: "welcome" },
      agents.length > 0 && el("div", { class: "faces" }, agents.slice(0, 4).map(agent => face(agent.avatar_initials, "staff"))),
      el("h2", {}, greeting || say("hello")),
      el("p", { class: `presence ${hours.open ? "here" : "closed"}` }, el("span", { class: "dot", "aria-hidden": "true" }),
        el("span", {}, hours.open ? expectedReply || hours.text : hours.text || say("closed"))))
  }

  #conversations() {
    const all = this.#desk.newestFirst
    if (!all.length) return null
    return el("div", { class: "group" }, el("h3", {}, say("yours")), el("ul", { class: "cards" }, all.slice(0, 20).map(one => el("li", {}, this.#card(one)))))
  }

  #card(conversation) {
    const last = conversation.messages.at(-1)
    const unread = conversation.unread.length
    return el("button", { type: "button", class: `card ${unread ? "fresh" : ""}`, onclick: () => this.#actions.show(conversation) },
      face(conversation.answeredBy?.initials, conversation.answeredBy ? "staff" : ""),
      el("span", { class: "card-words" },
        el("b", {}, conversation.subject || conversation.number),
        el("small", {}, words(last))),
      el("span", { class: "card-side" },
        el("time", { datetime: last?.at }, last && when(last.at)),
        unread > 0 ? el("span", { class: "count", "aria-label": sayCount("unread", unread) }, unread) : conversation.isOver && el("small", { class: "pill" }, say(`status.${conversation.status}`))))
  }

  #order() {
    return this.#desk.hasOrders && el("div", { class: "choices" },
      el("button", { type: "button", class: "choice", onclick: this.#actions.orders }, icon("box"), el("span", {}, say("order.find")), icon("right")))
  }

  #topics() {
    const { topics } = this.#desk.form
    const shown = topics.length ? topics : [{ id: "", label: say("talk"), fields: [] }]
    return el("div", { class: "group" }, el("h3", {}, say(this.#desk.conversations.size ? "ask.more" : "ask")),
      el("ul", { class: "choices" }, shown.map(topic => el("li", {},
        el("button", { type: "button", class: "choice", onclick: () => this.#actions.enquire(topic) }, el("span", {}, topic.label), icon("right"))))))
  }

  #promise() {
    return el("p", { class: "promise" }, icon("shield"),
      el("span", {}, say("never.ask"), " ", el("a", { href: this.#actions.portal, target: "_blank", rel: "noopener" }, say("really.us"))))
  }
}

function words(message) {
  if (!message) return ""
  if (message.text) return (message.author.kind === "customer" ? `${say("you")}: ` : "") + message.text.slice(0, 140)
  return message.files?.map(file => file.name).join(", ") ?? ""
}
