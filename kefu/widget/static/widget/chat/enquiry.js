// What the desk needs to know before it can help with a topic, and nothing more.

import { Answers } from "./answers.js"
import { button, el, focusQuietly, icon } from "./elements.js"
import { keep } from "./keep.js"
import { masked } from "./masking.js"
import { Uploads } from "./uploads.js"
import { say } from "./words.js"

const FILLS = { name: "name", email: "email", phone: "tel" }
const INPUTS = { email: "email", phone: "tel", date: "date" }

export class Enquiry {
  #topic; #desk; #send; #draft; #fields; #offline; #errors

  constructor(topic, { desk, server, limits, send, given }) {
    this.#topic = topic
    this.#desk = desk
    this.#send = send
    this.#draft = `form:${topic.id}`
    this.#offline = desk.form.offline
    this.uploads = new Uploads(server, limits, () => this.submit && (this.submit.disabled = this.uploads.busy))
    const kept = given ?? keep.get(this.#draft) ?? { fields: {}, text: "" }
    this.#fields = [...topic.fields.map(field => this.#field(field, kept.fields[field.name])), this.#message(kept.text)]
    this.submit = button(say(desk.form.offline ? "leave.message" : "start"), null, { look: "primary wide", type: "submit" })
    this.node = el("form", { class: "enquiry", novalidate: true, tabindex: -1, oninput: () => this.#save(), onsubmit: event => { event.preventDefault(); this.#submit() } },
      el("h2", {}, topic.label),
      el("p", { class: "lead" }, desk.form.offline ? [desk.hours.text, " ", say("offline.promise")] : desk.expectedReply),
      topic.fields.length > 0 && el("p", { class: "hint" }, say("required.hint")),
      this.#fields.map(field => field.node), new Answers(server, this.#fields.at(-1).input).node, this.#attach(), this.submit,
      el("p", { class: "promise" }, icon("shield"), el("span", {}, say("never.ask"))))
    if (given?.files) this.uploads.restore(given.files)
    this.#errors = given?.errors ?? {}
    this.#blame()
  }

  update() {}

  shown() {}

  leave() {}

  focus() {
    focusQuietly(this.#fields[0].input, this.node)
  }

  #message(value) {
    return this.#field({ name: "text", label: say("message.label"), help: say("message.help"), type: "long", required: true }, value)
  }

  #attach() {
    return el("div", { class: "attach" }, this.uploads.trouble, this.uploads.list, this.uploads.input,
      button(say("attach"), () => this.uploads.input.click(), { look: "quiet", glyph: "clip" }))
  }

  #field({ name, label, help, type, required, options }, value) {
    const id = `field-${name}`
    const input = inputFor({ name, type, required, options }, id, value)
    const trouble = el("p", { class: "trouble", id: `${id}-trouble`, hidden: true })
    input.setAttribute("aria-describedby", `${id}-help ${id}-trouble`)
    const caption = el("label", { for: id }, label, !required && el("small", {}, ` (${say("optional")})`))
    const about = el("p", { class: "help", id: `${id}-help`, hidden: !help }, help)
    const field = { name, type, required, input, trouble }
    input.addEventListener("input", () => !trouble.hidden && complain(field, wrong(field)))
    field.node = el("div", { class: "field" }, caption, input, about, trouble)
    return field
  }

  // The desk has opened or closed since: other things are asked then.
  get isOutdated() {
    return this.#desk.form.offline !== this.#offline && !this.uploads.busy
  }

  get given() {
    return { topic: this.#topic.id, order: this.#topic.order, files: this.uploads.stored, errors: this.#errors, ...this.#given }
  }

  get #given() {
    const { text, ...fields } = Object.fromEntries(this.#fields.map(({ name, input }) => [name, input.value.trim()]))
    return { fields, text }
  }

  #save() {
    keep.set(this.#draft, this.#given)
  }

  async #submit() {
    for (const field of this.#fields) complain(field, wrong(field))
    const first = this.#fields.find(field => !field.trouble.hidden)
    if (first) return first.input.focus()
    const { fields, text } = this.#given
    const safe = {}
    for (const { name, type } of this.#topic.fields) safe[name] = /^(text|long)$/.test(type) ? await masked(fields[name]) : fields[name]
    const { id, order } = this.#topic
    if (order) safe.order_number = order.number
    this.#send({ topic: id, order, fields: safe, text: await masked(text), files: this.uploads.stored })
    keep.drop(this.#draft)
  }

  #blame() {
    for (const field of this.#fields) if (this.#errors[field.name]) complain(field, this.#errors[field.name])
  }
}

function inputFor({ name, type, required, options }, id, value) {
  const common = { id, name, "aria-required": required ? "true" : null, autocomplete: FILLS[name] ?? "off" }
  if (type === "long") return el("textarea", { ...common, rows: 4, maxlength: name === "text" ? 20000 : 4000, value: value ?? "" })
  if (type === "choice") return pick(el("select", common, el("option", { value: "" }, say("choose")), options.map(one => el("option", {}, one))), value)
  return el("input", { ...common, type: INPUTS[type] ?? "text", inputmode: type === "number" ? "decimal" : null, maxlength: 200, value: value ?? "" })
}

function pick(select, value) {
  select.value = value ?? ""
  return select
}

function wrong({ type, required, input }) {
  const given = input.value.trim()
  if (required && !given) return say(type === "choice" ? "wrong.choose" : "wrong.empty")
  if (type === "email" && given && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given)) return say("wrong.email")
  if (type === "number" && given && !/^-?\d+([.,]\d+)?$/.test(given)) return say("wrong.number")
  if (type === "phone" && given && !/^[+\d][\d\s().-]{4,}$/.test(given)) return say("wrong.phone")
  return ""
}

function complain({ input, trouble }, sentence) {
  input.setAttribute("aria-invalid", sentence ? "true" : "false")
  trouble.hidden = !sentence
  trouble.replaceChildren(...(sentence ? [icon("alert"), sentence] : []))
}
