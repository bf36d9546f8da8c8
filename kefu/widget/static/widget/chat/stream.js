// The desk's events as they happen: one long answer that is read as it grows, or, where something on the way
// holds such answers back, one short answer after another. Either way each event comes with the place to resume from.

const FIRST_BYTE = 8000
const SILENCE = 65000
const BETWEEN_POLLS = 1000
const TRY_STREAMING_AGAIN = 300000

export class Stream {
  #server; #hear; #change; #running = null; #polling = false; #failures = 0; #wake = () => {}

  constructor(server, { hear, change }) {
    this.#server = server
    this.#hear = hear
    this.#change = change
    this.cursor = null
  }

  start() {
    if (this.#running) return
    this.#running = new AbortController()
    this.#run(this.#running.signal)
  }

  stop() {
    this.#running?.abort()
    this.#running = null
    this.#wake()
  }

  // Back on line, or looked at again: no reason to wait any longer.
  nudge() {
    this.#failures = 0
    this.#wake()
  }

  async #run(stopped) {
    while (!stopped.aborted) {
      const polled = this.#polling
      const began = Date.now()
      try {
        const ended = await this.#listen(stopped)
        if (polled && ended === "end") {
          if (Date.now() - began < BETWEEN_POLLS) await new Promise(done => setTimeout(done, BETWEEN_POLLS))
          continue
        }
      } catch (trouble) {
        if (stopped.aborted) return
        if (trouble.status === 401) return this.stop()
        if (polled) this.#polling = false
      }
      if (this.#polling && !polled) continue
      this.#failures++
      this.#change(false)
      await this.#rest()
    }
  }

  async #listen(stopped) {
    const ending = new AbortController()
    const end = () => ending.abort()
    stopped.addEventListener("abort", end)
    const poll = this.#polling
    let timer = setTimeout(() => { this.#fallBack(); end() }, poll ? SILENCE : FIRST_BYTE)
    try {
      const answer = await this.#server.listen({ cursor: this.cursor, poll, signal: ending.signal })
      return await this.#read(answer, () => {
        clearTimeout(timer)
        timer = setTimeout(end, SILENCE)
      })
    } finally {
      clearTimeout(timer)
      end()
      stopped.removeEventListener("abort", end)
    }
  }

  #fallBack() {
    if (this.#polling) return
    this.#polling = true
    setTimeout(() => { this.#polling = false }, TRY_STREAMING_AGAIN)
  }

  async #read(answer, alive) {
    const frames = new Frames()
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return "end"
      alive()
      this.#failures = 0
      this.#change(true)
      for (const frame of frames.take(value)) {
        if (frame.event === "bye") return "bye"
        this.#pass(frame)
      }
    }
  }

  // The greeting's place lies after what was missed, which may not have arrived yet: it counts only for a beginner.
  #pass({ id, event, data }) {
    if (event === "ready" && this.cursor != null) return
    if (event) this.#hear(event, data, id)
    if (id != null) this.cursor = id
  }

  #rest() {
    const longest = Math.min(30, 2 ** this.#failures) * 1000
    return new Promise(done => {
      this.#wake = done
      setTimeout(done, Math.max(1000, longest * (0.5 + Math.random() / 2)))
    })
  }
}

// Cuts text/event-stream into frames, whatever the pieces it arrives in.
export class Frames {
  #rest = ""

  take(text) {
    const blocks = (this.#rest + text).replace(/\r\n/g, "\n").split("\n\n")
    this.#rest = blocks.pop()
    return blocks.map(read).filter(Boolean)
  }
}

function read(block) {
  const frame = { data: "" }
  for (const line of block.split("\n")) {
    const [, name, value] = line.match(/^(\w+): ?(.*)$/) ?? []
    if (name === "data") frame.data += value
    else if (name === "id" || name === "event") frame[name] = value
  }
  if (frame.id == null && !frame.event) return null
  frame.data = frame.data ? JSON.parse(frame.data) : {}
  return frame
}
