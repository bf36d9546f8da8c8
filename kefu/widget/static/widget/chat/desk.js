// What this browser knows of the desk: the visitor's conversations and what was said in them, kept in step with
// the stream. Messages are ordered by their number; a number that is missing is fetched.

const TYPING_LASTS = 6000
const DAY_LASTS = 600000

export class Desk {
  #server; #changed; #filling = new Set()

  constructor(server, changed) {
    this.#server = server
    this.#changed = changed
    this.forget()
  }

  forget() {
    this.conversations = new Map()
    this.visitor = {}
    this.form = { topics: [] }
    this.agents = []
    this.hours = { open: true, text: "" }
    this.greeting = this.expectedReply = ""
    this.dayUntil = Infinity
  }

  learn(state) {
    if (state.hours) this.#learnDay(state)
    for (const summary of state.conversations) this.learnConversation(summary)
    this.#changed({ kind: "state" })
  }

  async renewDay() {
    this.dayUntil = Date.now() + DAY_LASTS
    this.#learnDay(await this.#server.day())
    this.#changed({ kind: "state" })
  }

  // Not all at once: every chat that is open would ask at the stroke of the hour.
  #learnDay({ greeting, expected_reply, hours, agents, has_orders, form }) {
    Object.assign(this, { greeting, expectedReply: expected_reply, hours, agents, hasOrders: has_orders, form })
    this.dayUntil = Date.now() + Math.min(DAY_LASTS, (hours.changes_in ?? Infinity) * 1000 + Math.random() * 10000)
  }

  learnConversation(summary) {
    const known = this.conversations.get(summary.id) ?? new Conversation(summary.id)
    this.conversations.set(summary.id, known)
    known.learn(summary)
    return known
  }

  hear(event, news) {
    const conversation = this.conversations.get(news.conversation ?? news.id)
    if (!conversation) return this.#changed({ kind: "stranger" })
    if (event === "message") return this.#hearMessage(conversation, news)
    if (event === "typing") conversation.someoneTypes(news.name, () => this.#changed({ kind: "typing", conversation }))
    else conversation.learn(event === "read" ? news : { ...news, messages: undefined })
    this.#changed({ kind: event, conversation })
  }

  posted(item, answer) {
    const author = { kind: "customer", name: this.visitor.name }
    const conversation = this.conversations.get(answer.conversation)
    if (!conversation) return this.#changed({ kind: "stranger" })
    this.#hearMessage(conversation, { ...answer, client_id: item.id, author, files: item.files })
  }

  async older(conversation) {
    const { messages, more } = await this.#server.messages(conversation.id, { before: conversation.oldest })
    conversation.add(messages)
    conversation.more = more
    this.#changed({ kind: "older", conversation })
  }

  get newestFirst() {
    return [...this.conversations.values()].sort((one, other) => other.movedAt.localeCompare(one.movedAt))
  }

  get unread() {
    return this.newestFirst.reduce((sum, conversation) => sum + conversation.unread.length, 0)
  }

  #hearMessage(conversation, message) {
    const isNew = !conversation.has(message.seq)
    const gap = message.seq > conversation.known + 1
    conversation.add([message])
    if (message.author.kind === "staff") conversation.typing = null
    if (gap) this.#fill(conversation)
    else conversation.known = Math.max(conversation.known, message.seq)
    this.#changed({ kind: "message", conversation, message, isNew })
  }

  // Numbers may be missing for good (notes share them), so what counts is that the stretch was asked for.
  async #fill(conversation) {
    if (this.#filling.has(conversation.id)) return
    this.#filling.add(conversation.id)
    try {
      for (let more = true; more;) {
        const upTo = conversation.newest
        const answer = await this.#server.messages(conversation.id, { after: conversation.known })
        conversation.add(answer.messages)
        more = answer.more
        conversation.known = more ? answer.messages.at(-1).seq : Math.max(upTo, conversation.known)
      }
      this.#changed({ kind: "filled", conversation })
    } catch {
      setTimeout(() => this.#fill(conversation), 3000)
    } finally {
      this.#filling.delete(conversation.id)
    }
  }
}

export class Conversation {
  #bySeq = new Map()

  constructor(id) {
    this.id = id
    this.messages = []
    this.known = 0
    this.more = false
    this.typing = null
    this.read_seq = this.staff_read_seq = this.staff_delivered_seq = 0
  }

  learn({ messages, ...told }) {
    for (const name of ["number", "status", "subject"]) if (told[name] != null) this[name] = told[name]
    told.read_seq = told.customer_read_seq ?? told.read_seq
    for (const name of ["read_seq", "staff_read_seq", "staff_delivered_seq"]) if (told[name] > this[name]) this[name] = told[name]
    if (messages) this.#learnLatest(messages, told.last_seq ?? 0)
  }

  // The latest fifty join on to what is known, or replace it when something between may be missing.
  #learnLatest(messages, last) {
    const first = messages[0]?.seq ?? 0
    if (first > this.known + 1) {
      this.#bySeq.clear()
      this.more = first > 1
    }
    this.add(messages)
    this.known = Math.max(this.known, last)
  }

  add(messages) {
    for (const message of messages) this.#bySeq.set(message.seq, message)
    this.messages = [...this.#bySeq.values()].sort((one, other) => one.seq - other.seq)
  }

  has(seq) {
    return this.#bySeq.has(seq)
  }

  holds(clientId) {
    return this.messages.some(message => message.client_id === clientId)
  }

  get oldest() {
    return this.messages[0]?.seq ?? 0
  }

  get newest() {
    return this.messages.at(-1)?.seq ?? 0
  }

  get movedAt() {
    return this.messages.at(-1)?.at ?? ""
  }

  get unread() {
    return this.messages.filter(message => message.author.kind === "staff" && message.seq > this.read_seq)
  }

  get answeredBy() {
    return this.messages.findLast(message => message.author.kind === "staff")?.author
  }

  get isOver() {
    return this.status === "solved" || this.status === "closed"
  }

  stateOf(message) {
    if (message.seq <= this.staff_read_seq) return "read"
    return message.seq <= this.staff_delivered_seq ? "delivered" : "sent"
  }

  someoneTypes(name, stopped) {
    clearTimeout(this.typing?.timer)
    this.typing = { name, timer: setTimeout(() => { this.typing = null; stopped() }, TYPING_LASTS) }
  }
}
