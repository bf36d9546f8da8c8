// The tabs of one browser: one of them holds the stream and passes on what it hears. A tab that cannot see
// the others (storage blocked, an old browser) simply leads for itself.

const QUIET_TOO_LONG = 70000

export class Tabs {
  #name; #channel; #lead; #follow; #heard = Date.now(); #leading = false

  constructor(name, { lead, follow, hear }) {
    this.#name = name
    this.#lead = lead
    this.#follow = follow
    try {
      if (!navigator.locks) throw new Error("no locks")
      this.#channel = new BroadcastChannel(name)
    } catch {
      return
    }
    this.#channel.onmessage = ({ data }) => {
      this.#heard = Date.now()
      if (data.kind !== "alive") hear(data)
    }
  }

  get leading() {
    return this.#leading
  }

  stand() {
    if (!this.#channel) return this.#take()
    this.#campaign({})
    document.addEventListener("visibilitychange", () => this.#replaceSilentLeader())
    setInterval(() => this.#replaceSilentLeader(), 20000)
  }

  tell(message) {
    this.#channel?.postMessage(message)
  }

  alive() {
    this.tell({ kind: "alive" })
  }

  // One tab at a time does this work; where locks are missing everyone does, and the desk drops the repeats.
  async alone(what, work) {
    if (!this.#channel) return work()
    let entered = false
    try {
      return await navigator.locks.request(`${this.#name}:${what}`, () => { entered = true; return work() })
    } catch (refused) {
      if (entered) throw refused
      return work()
    }
  }

  #take() {
    this.#leading = true
    this.#lead()
  }

  async #campaign(options) {
    try {
      await navigator.locks.request(`${this.#name}:stream`, options, () => {
        this.#take()
        return new Promise(() => {})
      })
    } catch (refused) {
      if (refused.name !== "AbortError") return this.#take()
      this.#leading = false
      this.#follow()
      this.#heard = Date.now()
      this.#campaign({})
    }
  }

  // A suspended tab can hold the lock without hearing anything (seen on phones).
  #replaceSilentLeader() {
    if (this.#leading || document.hidden || Date.now() - this.#heard < QUIET_TOO_LONG) return
    this.#heard = Date.now()
    this.#campaign({ steal: true })
  }
}
