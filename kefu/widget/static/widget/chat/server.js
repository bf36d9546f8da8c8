// Every request to the desk. The token travels in a header only: never in an address, never in a cookie.

import { learnTime, say, tongue } from "./words.js"

export class Trouble extends Error {
  constructor(status, problem = {}, wait = 0) {
    super(problem.detail || say(status ? "trouble" : "trouble.network"))
    this.status = status
    this.fields = problem.errors ?? {}
    this.wait = wait
  }

  get passes() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export class Server {
  constructor({ base, key, read }, token) {
    this.base = base
    this.articles = read
    this.api = `/w/${key}/api`
    this.live = `/live/w/${key}`
    this.token = token
    this.stranger = () => {}
  }

  start = given => this.#ask("POST", `${this.api}/start`, given)
  state = () => this.#ask("GET", `${this.api}/state`)
  day = () => this.#ask("GET", `${this.api}/day`)
  open = enquiry => this.#ask("POST", `${this.api}/conversations`, { ...enquiry, read: this.articles })
  messages = (id, query) => this.#ask("GET", `${this.api}/conversations/${id}/messages?${new URLSearchParams(query)}`)
  orders = () => this.#ask("GET", `${this.api}/orders`)
  lookUp = asked => this.#ask("POST", `${this.api}/orders/look-up`, asked)
  talkAbout = (id, order) => this.#ask("POST", `${this.api}/conversations/${id}/order`, order)
  end = id => this.#ask("POST", `${this.api}/conversations/${id}/end`)
  mailTranscript = id => this.#ask("POST", `${this.api}/conversations/${id}/transcript`)
  transcript = id => this.#fetchBlob(`${this.api}/conversations/${id}/transcript`)
  identify = proof => this.#ask("POST", `${this.api}/identify`, proof)
  sendCode = email => this.#ask("POST", `${this.api}/code`, { email })
  checkCode = (email, code) => this.#ask("POST", `${this.api}/code/check`, { email, code })
  suggested = (text, conversation) => this.#ask("POST", `${this.api}/articles`, { text, conversation })
  openedArticle = (text, article) => this.#ask("POST", `${this.api}/articles/opened`, { text, article })
  settleArticle = (ticket, solved) => this.#ask("POST", `${this.api}/articles/settled`, { ticket, solved })
  about = given => this.#ask("POST", `${this.api}/about`, given)
  logout = () => this.#ask("POST", `${this.api}/logout`)
  post = message => this.#ask("POST", `${this.live}/messages`, message)
  typing = (conversation, text) => this.#ask("POST", `${this.live}/typing`, { conversation, text })
  read = mark => this.#ask("POST", `${this.live}/read`, mark)
  file = (id, thumb) => this.#fetchBlob(`${this.api}/files/${id}${thumb ? "?thumb=1" : ""}`)

  async listen({ cursor, poll, signal }) {
    const headers = { ...this.#headers(), Accept: "text/event-stream" }
    if (cursor != null) headers["Last-Event-ID"] = cursor
    return this.#fetch(`${this.live}/events${poll ? "?poll=1" : ""}`, { headers, signal })
  }

  // fetch cannot tell how much of a body went out, so uploads use the older way.
  upload(file, { progress, signal }) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest()
      const body = new FormData()
      body.append("file", file, file.name)
      request.open("POST", this.base + `${this.api}/files`)
      for (const [name, value] of Object.entries(this.#headers())) request.setRequestHeader(name, value)
      request.responseType = "json"
      request.upload.onprogress = event => event.lengthComputable && progress(event.loaded / event.total)
      request.onload = () => (request.status < 300 ? done(request.response) : failed(new Trouble(request.status, request.response ?? {})))
      request.onerror = () => failed(new Trouble(0))
      signal.addEventListener("abort", () => { request.abort(); failed(signal.reason) })
      request.send(body)
    })
  }

  async #ask(method, path, given) {
    const headers = this.#headers()
    if (given) headers["Content-Type"] = "application/json"
    const answer = await this.#fetch(path, { method, headers, body: given && JSON.stringify(given), signal: AbortSignal.timeout(20000) })
    learnTime(answer.headers.get("Date"))
    return answer.status === 204 || answer.status === 202 ? null : answer.json()
  }

  async #fetchBlob(path) {
    return (await this.#fetch(path, { headers: this.#headers() })).blob()
  }

  async #fetch(path, options) {
    let answer
    try {
      answer = await fetch(this.base + path, { credentials: "omit", cache: "no-store", ...options })
    } catch (trouble) {
      if (options.signal?.aborted && options.signal.reason?.name !== "TimeoutError") throw trouble
      throw new Trouble(0)
    }
    if (answer.ok) return answer
    if (answer.status === 401) this.stranger()
    const problem = await answer.json().catch(() => ({}))
    throw new Trouble(answer.status, problem, Number(answer.headers.get("Retry-After")) || 0)
  }

  #headers() {
    const headers = { "Accept-Language": tongue() }
    if (this.token) headers.Authorization = `Bearer ${this.token}`
    return headers
  }
}
