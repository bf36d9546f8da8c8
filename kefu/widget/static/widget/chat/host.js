// Talk with the page that embeds us. Its address was checked against the inbox's list when this page was made;
// what comes from elsewhere, or from another window of the same site, is dropped.

export class Host {
  #origin

  constructor(origin, commands) {
    this.#origin = window.parent === window ? null : origin
    if (!this.#origin) return
    const known = new Map(Object.entries(commands))
    window.addEventListener("message", event => {
      if (event.origin !== this.#origin || event.source !== window.parent) return
      if (event.data?.kefu === 1) known.get(event.data.do)?.(event.data.with)
    })
  }

  get embedded() {
    return window.parent !== window
  }

  tell(say, given = {}) {
    if (this.#origin) window.parent.postMessage({ ...given, kefu: 1, say }, this.#origin)
  }
}
