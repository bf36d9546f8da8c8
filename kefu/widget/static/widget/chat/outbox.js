// What was said but not yet acknowledged. Each item is kept under its own name, so that two tabs never overwrite
// one another; the id made here stays the same over every attempt, and the desk stores it once.

import { newId } from "./ids.js"
import { keep } from "./keep.js"

// An outage shows as no answer at all; a desk that answers but cannot take this one item must not hold up the rest.
const MOST_REFUSALS = 12

export class Outbox {
  #server; #tabs; #delivered; #changed; #flushing = false; #again = false; #failures = 0; #timer

  constructor(server, tabs, { delivered, changed }) {
    this.#server = server
    this.#tabs = tabs
    this.#delivered = delivered
    this.#changed = changed
  }

  get items() {
    return keep.names("out:").map(name => keep.get(name)).filter(Boolean)
  }

  for(conversation) {
    return this.items.filter(item => item.conversation === conversation)
  }

  // An enquiry opens a conversation; until the desk has answered it goes by the name "new:" and its id.
  enquire(enquiry) {
    const id = newId()
    return this.#put({ id, kind: "enquiry", conversation: `new:${id}`, ...enquiry })
  }

  say(conversation, { text, files }) {
    return this.#put({ id: newId(), kind: "message", conversation, text, files })
  }

  retry(item) {
    this.#put({ ...item, state: "waiting", sentence: "", errors: {}, refusals: 0 })
  }

  drop(item) {
    keep.drop(`out:${item.id}`)
    this.#changed(item.conversation)
  }

  clear() {
    keep.dropAll("out:")
  }

  async flush() {
    if (this.#flushing) return void (this.#again = true)
    this.#flushing = true
    clearTimeout(this.#timer)
    do {
      this.#again = false
      await this.#tabs.alone("outbox", () => this.#sendAll()).catch(() => this.#later(0))
    } while (this.#again)
    this.#flushing = false
  }

  #put(item) {
    const kept = { state: "waiting", at: Date.now(), ...item }
    keep.set(`out:${kept.id}`, kept)
    this.#changed(kept.conversation)
    this.flush()
    return kept
  }

  async #sendAll() {
    const held = new Set()
    for (const name of keep.names("out:")) {
      const item = keep.get(name)
      if (!item) continue
      if (item.state === "failed" || held.has(item.conversation)) held.add(item.kind === "enquiry" && item.conversation)
      else if (!(await this.#send(item))) return
    }
  }

  async #send(item) {
    try {
      const answer = item.kind === "enquiry" ? await this.#open(item) : await this.#post(item)
      this.#failures = 0
      keep.drop(`out:${item.id}`)
      this.#delivered(item, answer)
      return true
    } catch (trouble) {
      if (trouble.status === undefined) throw trouble
      if (trouble.status === 401 || (trouble.passes && !this.#isHopeless(item, trouble))) return this.#later(trouble.wait)
      keep.set(`out:${item.id}`, { ...item, state: "failed", sentence: trouble.message, errors: trouble.fields })
      this.#changed(item.conversation, trouble)
      return true
    }
  }

  #post({ conversation, id, text, files }) {
    return this.#server.post({ conversation, client_id: id, text, files: files.map(file => file.id) })
  }

  async #open({ conversation, id, topic, fields, text, files, order }) {
    const opened = await this.#server.open({ client_id: id, topic, fields, text, files: files.map(file => file.id), order })
    this.move(conversation, opened.id)
    return opened
  }

  move(from, to) {
    for (const item of this.for(from)) if (item.kind === "message") keep.set(`out:${item.id}`, { ...item, conversation: to })
  }

  #isHopeless(item, { status }) {
    const refusals = (item.refusals ?? 0) + (status >= 500)
    keep.set(`out:${item.id}`, { ...item, refusals })
    return refusals >= MOST_REFUSALS
  }

  #later(seconds) {
    this.#failures++
    const wait = seconds * 1000 || Math.min(30, 2 ** (this.#failures - 1)) * 1000
    this.#timer = setTimeout(() => this.flush(), wait * (1 + Math.random() / 4))
    return false
  }
}
