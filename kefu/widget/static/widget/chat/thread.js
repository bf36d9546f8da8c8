// One conversation, on screen.

import { Answers } from "./answers.js"
import { arrange, button, el, face, icon, prose } from "./elements.js"
import { Composer } from "./composer.js"
import { hasMasked } from "./masking.js"
import { attachment } from "./pictures.js"
import { day, say, time } from "./words.js"

const TOGETHER = 5 * 60 * 1000

export class Thread {
  #desk; #outbox; #server; #actions; #firstUnread; #stuck = true; #loading = false

  constructor(conversation, { desk, outbox, server, limits, actions }) {
    this.conversation = conversation
    this.#desk = desk
    this.#outbox = outbox
    this.#server = server
    this.#actions = actions
    this.#firstUnread = conversation.unread[0]?.seq
    this.composer = new Composer({ server, limits, draft: conversation.id, send: said => this.#say(said), typing: text => actions.typing(this.conversation, text) })
    this.answers = new Answers(server, this.composer.field, () => this.conversation.id)
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": say("messages"), tabindex: 0 })
    this.earlier = el("p", { class: "earlier", role: "status" }, say("loading"))
    this.scroller = el("div", { class: "scroller", onscroll: () => this.#scrolled() }, this.earlier, this.log, this.typing = el("p", { class: "typing", hidden: true }))
    this.below = button(say("new.below"), () => this.#toEnd(), { look: "below", glyph: "down", hidden: true })
    this.note = el("p", { class: "thread-note", role: "status", hidden: true })
    this.node = el("section", { class: "thread", ondragover: event => event.preventDefault(), ondrop: event => this.#drop(event) },
      this.#trustLine(), this.scroller, this.below, this.note, this.answers.node, this.composer.node)
    this.update()
    requestAnimationFrame(() => this.#open())
  }

  update() {
    const bottom = this.scroller.scrollHeight - this.scroller.scrollTop
    const before = this.log.firstElementChild?.dataset.key
    arrange(this.log, this.#rows())
    const grewAbove = before && this.log.firstElementChild?.dataset.key !== before && !this.#stuck
    if (grewAbove) this.scroller.scrollTop = this.scroller.scrollHeight - bottom
    this.#showTyping()
    this.#showNote()
    this.earlier.hidden = !this.conversation.more
    if (this.#stuck) this.#toEnd()
    else if (!grewAbove) this.below.hidden = !this.conversation.unread.length
    this.#seen()
  }

  focus() {
    this.composer.focus()
  }

  leave() {
    this.composer.close()
  }

  shown() {
    this.#seen()
  }

  become(conversation) {
    this.conversation = conversation
    this.composer.moveTo(conversation.id)
    this.update()
  }

  #open() {
    const mark = this.log.querySelector(".unread-mark")
    if (mark) mark.scrollIntoView({ block: "start" })
    else this.#toEnd()
    this.#stuck = this.#atEnd
    this.#seen()
    new ResizeObserver(() => this.#stuck && this.#toEnd()).observe(this.scroller)
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.#loadEarlier(), { root: this.scroller, rootMargin: "400px" }).observe(this.earlier)
  }

  #trustLine() {
    return el("a", { class: "trust", href: this.#actions.portal, target: "_blank", rel: "noopener" }, icon("shield"), el("span", {}, say("really.us")), icon("away"))
  }

  #say(said) {
    this.#stuck = true
    this.#firstUnread = undefined
    this.answers.clear()
    this.#outbox.say(this.conversation.id, said)
  }

  #drop(event) {
    event.preventDefault()
    this.composer.addFiles([...event.dataTransfer.files])
  }

  // ---- rows

  #rows() {
    const waiting = this.#outbox.for(this.conversation.id).filter(item => !this.conversation.holds(item.id)).map(asMessage)
    const messages = [...this.conversation.messages, ...waiting]
    const lastOwn = messages.findLast(message => message.author.kind === "customer")
    return messages.flatMap((message, at) => [
      ...this.#dividers(message, messages[at - 1]),
      this.#row(message, { end: at === messages.length - 1, first: !together(messages[at - 1], message), last: !together(message, messages[at + 1]), lastOwn: message === lastOwn }),
    ])
  }

  #dividers(message, before) {
    const rows = []
    if (!before || day(before.at) !== day(message.at)) rows.push(divider(`day ${day(message.at)}`, "day", day(message.at)))
    if (message.seq && message.seq === this.#firstUnread) rows.push(divider("unread", "unread-mark", say("new.here")))
    return rows
  }

  #row(message, place) {
    const key = message.client_id || `seq ${message.seq}`
    const look = JSON.stringify([message.text, message.masked, (message.files ?? []).map(file => file.id)])
    if (message.author.kind === "system" && !message.author.name) return { key, look, draw: () => el("p", { class: "event" }, message.text) }
    return { key, look, draw: () => this.#bubble(message), touch: node => this.#touch(node, message, place) }
  }

  #bubble({ author, text, files, masked }) {
    const own = author.kind === "customer"
    let options = []
    if (author.kind === "system") [text, options] = offered(text)
    return el("div", { class: `message ${own ? "own" : "theirs"}` },
      !own && face(author.initials, "staff"),
      el("div", { class: "said" },
        el("span", { class: own ? "unseen" : "name" }, own ? say("you") : author.name),
        (files ?? []).map(file => attachment(this.#server, file)),
        text && el("p", { class: "bubble" }, prose(text)),
        options.length > 0 && el("div", { class: "options" }, options.map(text => button(text, () => this.#say({ text, files: [] }), { look: "small" }))),
        (masked?.length > 0 || hasMasked(text ?? "")) && el("p", { class: "masked" }, icon("shield"), say(own ? "masked.own" : "masked.theirs")),
        el("div", { class: "meta", "aria-live": "off" })))
  }

  #touch(node, message, { first, last, lastOwn, end }) {
    const options = node.querySelector(".options")
    if (options) options.hidden = !end || this.conversation.isOver
    const state = message.author.kind === "customer" ? message.state ?? this.conversation.stateOf(message) : ""
    node.classList.toggle("first", first)
    node.classList.toggle("last", last || lastOwn || state === "failed")
    node.classList.toggle("waiting", state === "waiting")
    const meta = node.querySelector(".meta")
    const look = `${state} ${lastOwn} ${message.at}`
    if (meta.dataset.look === look) return
    meta.dataset.look = look
    meta.replaceChildren(...(state === "failed" ? this.#failure(message.item) : metaOf(message, state, lastOwn)))
  }

  #failure(item) {
    const again = item.kind === "enquiry" ? [say("edit"), () => this.#actions.edit(item)] : [say("try.again"), () => this.#outbox.retry(item)]
    return [el("span", { class: "failed", role: "alert" }, icon("alert"), item.sentence || say("failed")),
      button(...again, { look: "small" }), button(say("discard"), () => this.#outbox.drop(item), { look: "small" })]
  }

  // ---- notes below

  #showTyping() {
    const name = this.conversation.typing?.name
    this.typing.hidden = !name
    if (name) this.typing.replaceChildren(el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), say("typing", { name }))
    else this.typing.replaceChildren()
  }

  #showNote() {
    const { hours, form } = this.#desk
    const sentence = this.conversation.isOver ? say(`note.${this.conversation.status}`) : hours.open ? "" : [hours.text, form.offline && say("note.offline")].filter(Boolean).join(" ")
    this.note.hidden = !sentence
    if (this.note.textContent !== sentence) this.note.textContent = sentence
  }

  // ---- scrolling

  get #atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 60
  }

  #scrolled() {
    this.#stuck = this.#atEnd
    if (this.#stuck) this.#seen()
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight
    this.#stuck = true
    this.#seen()
  }

  #seen() {
    if (!this.#stuck) return
    this.below.hidden = true
    this.#actions.seen(this.conversation)
  }

  async #loadEarlier() {
    if (this.#loading || !this.conversation.more) return
    this.#loading = true
    this.log.setAttribute("aria-busy", "true")
    await this.#desk.older(this.conversation).catch(() => new Promise(done => setTimeout(done, 3000)))
    this.log.removeAttribute("aria-busy")
    this.#loading = false
    if (this.earlier.getBoundingClientRect().bottom > 0) this.#loadEarlier()
  }
}

function asMessage(item) {
  return { ...item, client_id: item.id, item, at: new Date(item.at).toISOString(), author: { kind: "customer" }, seq: 0 }
}

// The assistant names itself in the first line, where the name stands anyway; lines that begin with › can be answered.
function offered(text) {
  const lines = text.split("\n").slice(1)
  const isOption = line => line.startsWith("› ")
  return [lines.filter(line => !isOption(line)).join("\n"), lines.filter(isOption).map(line => line.slice(2))]
}

function together(one, other) {
  return Boolean(one && other) && one.author.kind === other.author.kind && one.author.name === other.author.name
    && Math.abs(new Date(other.at) - new Date(one.at)) < TOGETHER
}

function divider(key, look, words) {
  return { key, look: words, draw: () => el("p", { class: `divider ${look}` }, el("span", {}, words)) }
}

const GLYPHS = { waiting: "clock", sent: "tick", delivered: "ticks", read: "ticks" }

function metaOf(message, state, lastOwn) {
  if (!state) return [el("time", { datetime: message.at }, time(message.at))]
  const words = el("span", { class: lastOwn ? "" : "unseen" }, say(`state.${state}`))
  return [state !== "waiting" && el("time", { datetime: message.at }, time(message.at)), el("span", { class: `state ${state}` }, icon(GLYPHS[state])), words].filter(Boolean)
}
