// Card numbers and the like are hidden before anything leaves the browser, by the same rules as on the desk,
// which looks again: rules that did not load in time must not keep anyone from writing.

const PATIENCE = 2000

let rules

export function maskWith(address) {
  if (address) rules = import(address).catch(() => null)
}

export async function masked(text) {
  const loaded = await Promise.race([rules, new Promise(done => setTimeout(done, PATIENCE))])
  return loaded ? loaded.mask(text) : text
}

// How masked numbers look: what was hidden before it left cannot be told from the answer.
export const hasMasked = text => /\*{4} \d{4}\b|\d{3}\*{11}/.test(text)
