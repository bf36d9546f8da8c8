// An order: found by its number and a second fact, or one's own once it is proved who one is. What opens it again is
// kept in memory only and is gone with the page.

import { button, el, focusQuietly, icon } from "./elements.js"
import { day, say, time } from "./words.js"

export class Orders {
  #desk; #server; #actions; #first

  constructor({ desk, server, actions }) {
    this.#desk = desk
    this.#server = server
    this.#actions = actions
    this.list = el("div", { class: "group" })
    this.node = el("section", { class: "enquiry orders", tabindex: -1 }, el("h2", {}, say("order.find")), this.list, this.#form())
    if (desk.visitor.verified) server.orders().then(({ orders }) => this.#show(orders, "", "order.yours"), () => {})
  }

  update() {}

  shown() {}

  leave() {}

  focus() {
    focusQuietly(this.#first, this.node)
  }

  #form() {
    const trouble = el("p", { class: "trouble", role: "alert", hidden: true })
    const [number, fact] = ["number", "fact"].map(name => el("input", { id: `order-${name}`, required: true, autocomplete: name === "fact" ? "email" : "off", maxlength: name === "fact" ? 254 : 80 }))
    const submit = button(say("order.go"), null, { look: "primary wide", type: "submit" })
    const ask = async event => {
      event.preventDefault()
      submit.disabled = true
      trouble.hidden = true
      try {
        const { orders, ticket } = await this.#server.lookUp({ number: number.value, fact: fact.value })
        this.#show(orders, ticket)
        form.reset()
        this.node.scrollTo({ top: 0 })
        this.list.querySelector("summary").focus()
      } catch (mishap) {
        trouble.hidden = false
        trouble.replaceChildren(icon("alert"), mishap.message)
        fact.focus()
      }
      submit.disabled = false
    }
    const field = (input, words) => el("div", { class: "field" }, el("label", { for: input.id }, words), input)
    const form = el("form", { onsubmit: ask }, el("p", { class: "hint" }, say("order.words")),
      field(number, say("order.number")), field(fact, say("order.fact")), trouble, submit)
    this.#first = number
    return form
  }

  #show(orders, ticket, title) {
    this.list.replaceChildren(...[title && orders.length > 0 && el("h3", {}, say(title)), ...orders.map((order, place) => this.#order(order, ticket, place === 0))].filter(Boolean))
  }

  #order(order, ticket, open) {
    return el("details", { class: "order", open },
      el("summary", {}, el("span", {}, order.number, el("small", {}, order.placed)), el("span", { class: `status ${order.status}` }, order.label)),
      el("div", { class: "order-body" }, el("p", {}, order.next),
        el("ul", {}, order.lines.map(line => el("li", {}, el("span", {}, `${line.name} × ${line.qty}`, [line.options, ...line.may].map(words => el("small", {}, words))), el("span", {}, line.paid))),
          el("li", {}, el("b", {}, say("order.total")), el("span", {}, order.total))),
        order.parcels.map(parcel),
        order.goes_to && el("small", {}, order.goes_to),
        button(say("order.talk"), event => this.#talk(event.currentTarget, { id: order.id, number: order.number, ticket }), { look: "wide" })))
  }

  #talk(pressed, order) {
    pressed.disabled = true
    this.#actions.talkAbout(order).catch(() => { pressed.disabled = false })
  }
}

function parcel({ carrier, number, link, label, seen }) {
  return el("div", {},
    el("p", {}, el("b", {}, label), link && el("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow" }, say("order.carrier"))),
    el("small", {}, [carrier, number].filter(Boolean).join(" ")),
    el("ol", { class: "seen" }, seen.map(one => el("li", {}, one.text, el("small", {}, [`${day(one.at)} ${time(one.at)}`, one.note].filter(Boolean).join(" · "))))))
}
