// What this browser keeps: in localStorage, and where that is closed to us in memory, for as long as the page lives.

const memory = new Map()
let shelf = null
let inbox = ""

export function keepFor(key) {
  inbox = `kefu:${key}:`
  try {
    shelf = window.localStorage
    shelf.setItem(`${inbox}probe`, "1")
    shelf.removeItem(`${inbox}probe`)
  } catch {
    shelf = null
  }
}

export const keep = {
  get(name) {
    const kept = memory.get(name) ?? fromShelf(name)
    try {
      return kept == null ? null : JSON.parse(kept)
    } catch {
      return null
    }
  },

  set(name, value) {
    const text = JSON.stringify(value)
    try {
      if (!shelf) throw new Error("closed")
      shelf.setItem(inbox + name, text)
      memory.delete(name)
    } catch {
      memory.set(name, text)
    }
  },

  drop(name) {
    memory.delete(name)
    try {
      shelf?.removeItem(inbox + name)
    } catch {}
  },

  names(beginning) {
    const kept = shelf ? Object.keys(shelf).filter(name => name.startsWith(inbox)).map(name => name.slice(inbox.length)) : []
    return [...new Set([...kept, ...memory.keys()])].filter(name => name.startsWith(beginning)).sort()
  },

  dropAll(beginning) {
    for (const name of this.names(beginning)) this.drop(name)
  },
}

function fromShelf(name) {
  try {
    return shelf?.getItem(inbox + name)
  } catch {
    return null
  }
}
