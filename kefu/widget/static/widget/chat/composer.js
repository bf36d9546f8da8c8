// Where one writes. What is written stays, whatever happens to the page, until the desk has it.

import { el, focusQuietly, hasTouch, iconButton } from "./elements.js"
import { keep } from "./keep.js"
import { masked } from "./masking.js"
import { Uploads } from "./uploads.js"
import { say } from "./words.js"

const LONGEST = 20000
const TYPING_EVERY = 3000

export class Composer {
  #send; #typing; #draft; #typedAt = 0; #timer

  constructor({ server, limits, draft, send, typing }) {
    this.#send = send
    this.#typing = typing
    this.#draft = `draft:${draft}`
    this.uploads = new Uploads(server, limits, () => this.#changed())
    this.field = el("textarea", { rows: 1, maxlength: LONGEST, "aria-label": say("write"), placeholder: say("write"), enterkeyhint: hasTouch() ? "enter" : "send",
      oninput: () => this.#typed(), onkeydown: event => this.#key(event), onpaste: event => this.#paste(event) })
    this.left = el("small", { class: "left", hidden: true })
    this.button = iconButton("send", say("send"), () => this.submit(), { class: "icon-button send", disabled: true })
    this.node = el("form", { class: "composer", onsubmit: event => { event.preventDefault(); this.submit() } },
      this.uploads.trouble, this.uploads.list, this.uploads.input,
      el("div", { class: "composer-row" }, iconButton("clip", say("attach"), () => this.uploads.input.click()), this.field, this.button), this.left)
    this.#restore()
  }

  focus() {
    focusQuietly(this.field)
  }

  async submit() {
    if (this.button.disabled) return
    this.button.disabled = this.field.readOnly = true
    this.#send({ text: await masked(this.field.value.trim()), files: this.uploads.stored })
    this.field.value = ""
    this.field.readOnly = false
    this.uploads.clear()
    this.#save()
    this.field.focus({ preventScroll: true })
  }

  addFiles(files) {
    this.uploads.add(files)
  }

  // The conversation has been given its place by the desk; the draft goes with it.
  moveTo(draft) {
    keep.drop(this.#draft)
    this.#draft = `draft:${draft}`
    this.#save()
  }

  close() {
    clearTimeout(this.#timer)
    this.#save()
  }

  #restore() {
    const draft = keep.get(this.#draft)
    if (!draft) return
    this.field.value = draft.text
    this.uploads.restore(draft.files)
    requestAnimationFrame(() => this.#grow())
  }

  #save() {
    const draft = { text: this.field.value, files: this.uploads.stored }
    if (draft.text || draft.files.length) keep.set(this.#draft, draft)
    else keep.drop(this.#draft)
  }

  #typed() {
    this.#changed()
    if (!this.field.value || Date.now() - this.#typedAt < TYPING_EVERY) return
    this.#typedAt = Date.now()
    this.#typing(this.field.value.slice(0, 200))
  }

  #changed() {
    if (!this.button) return
    const length = this.field.value.length
    this.button.disabled = this.uploads.busy || (!this.field.value.trim() && this.uploads.empty)
    this.left.hidden = length < LONGEST * 0.95
    this.left.textContent = say("left", { count: LONGEST - length })
    this.#grow()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#save(), 300)
  }

  #grow() {
    this.field.style.height = "auto"
    this.field.style.height = `${Math.min(this.field.scrollHeight, innerHeight / 3)}px`
  }

  // While a Chinese input method is choosing characters, Enter belongs to it.
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || hasTouch()) return
    event.preventDefault()
    this.submit()
  }

  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])]
    if (!files.length) return
    event.preventDefault()
    this.addFiles(files)
  }
}
