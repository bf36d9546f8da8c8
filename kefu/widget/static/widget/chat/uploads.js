// Files on their way to the desk: refused before they are sent where that is already certain, shown with their
// progress, and each one can be called back.

import { el, icon, iconButton } from "./elements.js"
import { size, say } from "./words.js"

export const previews = new Map()

export class Uploads {
  #server; #limits; #changed; #files = []

  constructor(server, limits, changed) {
    this.#server = server
    this.#limits = limits
    this.#changed = changed
    this.list = el("ul", { class: "uploads", hidden: true })
    this.trouble = el("p", { class: "trouble", role: "alert", hidden: true })
    this.input = el("input", { type: "file", multiple: true, accept: limits.types.join(","), hidden: true, "aria-hidden": "true", tabindex: -1,
      onchange: () => { this.add([...this.input.files]); this.input.value = "" } })
  }

  get busy() {
    return this.#files.some(file => !file.stored)
  }

  get stored() {
    return this.#files.map(file => file.stored).filter(Boolean)
  }

  get empty() {
    return !this.#files.length
  }

  restore(stored) {
    this.#files = stored.map(one => ({ name: one.name, bytes: one.size, stored: one }))
    this.#draw()
  }

  clear() {
    this.#files = []
    this.#complain("")
    this.#draw()
  }

  add(chosen) {
    this.#complain("")
    for (const file of chosen) {
      const refusal = this.#refusal(file)
      if (refusal) this.#complain(refusal)
      else this.#send(file)
    }
    this.#draw()
  }

  #refusal(file) {
    const ending = `.${file.name.split(".").pop().toLowerCase()}`
    if (this.#files.length >= this.#limits.max_count) return say("file.many", { count: this.#limits.max_count })
    if (file.size > this.#limits.max_bytes) return say("file.large", { name: file.name, size: size(file.size), limit: size(this.#limits.max_bytes) })
    if (!file.size) return say("file.empty", { name: file.name })
    if (!this.#limits.types.includes(file.type) && !this.#limits.types.includes(ending)) return say("file.type", { name: file.name })
    return null
  }

  async #send(file) {
    const upload = { name: file.name, bytes: file.size, share: 0, stop: new AbortController() }
    this.#files.push(upload)
    try {
      upload.stored = await this.#server.upload(file, { signal: upload.stop.signal, progress: share => this.#progress(upload, share) })
      if (file.type.startsWith("image/")) previews.set(upload.stored.id, URL.createObjectURL(file))
    } catch (trouble) {
      this.#files = this.#files.filter(one => one !== upload)
      if (!upload.stop.signal.aborted) this.#complain(say("file.failed", { name: file.name, why: trouble.message }))
    }
    this.#draw()
  }

  #remove(upload) {
    upload.stop?.abort()
    this.#files = this.#files.filter(one => one !== upload)
    this.#draw()
  }

  #progress(upload, share) {
    upload.share = share
    if (upload.bar) upload.bar.value = share
  }

  #complain(sentence) {
    this.trouble.replaceChildren(...(sentence ? [icon("alert"), sentence] : []))
    this.trouble.hidden = !sentence
  }

  #draw() {
    this.list.hidden = this.empty
    this.list.replaceChildren(...this.#files.map(upload => this.#row(upload)))
    this.#changed()
  }

  #row(upload) {
    upload.bar = upload.stored ? null : el("progress", { max: 1, value: upload.share, "aria-label": say("file.sending", { name: upload.name }) })
    const remove = say(upload.stored ? "file.remove" : "file.cancel", { name: upload.name })
    return el("li", { class: "upload" }, icon("file"),
      el("span", { class: "upload-name" }, el("b", {}, upload.name), upload.bar ?? el("small", {}, size(upload.bytes))),
      iconButton("close", remove, () => this.#remove(upload)))
  }
}
