// Elements are built and never parsed: the page's policy refuses markup made from strings.

const SVG = "http://www.w3.org/2000/svg"
const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "textContent", "className", "src"])

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) put(node, name, value)
  node.append(...children.flat(2).filter(child => child != null && child !== false))
  return node
}

function put(node, name, value) {
  if (value == null || value === false) return
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
  else if (AS_PROPERTY.has(name)) node[name] = value
  else node.setAttribute(name, value === true ? "" : value)
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS(SVG, "use")
  use.setAttribute("href", `#i-${name}`)
  svg.append(use)
  return svg
}

export function button(words, onclick, { look = "", glyph, ...rest } = {}) {
  return el("button", { type: "button", class: `button ${look}`, onclick, ...rest }, glyph && icon(glyph), el("span", {}, words))
}

export function iconButton(glyph, words, onclick, rest = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": words, title: words, onclick, ...rest }, icon(glyph))
}

export function face(initials, kind = "") {
  return el("span", { class: `face ${kind}`, "aria-hidden": "true" }, initials || icon("person"))
}

// On a touch screen the keyboard comes only when it is asked for.
const touch = matchMedia("(pointer: coarse)")

export function focusQuietly(field, otherwise) {
  (touch.matches ? otherwise : field)?.focus({ preventScroll: true })
}

export const hasTouch = () => touch.matches

// Only plain web addresses become links; whatever else a message holds stays text.
export function prose(text) {
  const pieces = String(text ?? "").split(/(https?:\/\/[^\s<>"'\u0080-\uffff]+)/)
  return pieces.filter(Boolean).map((piece, at) => (at % 2 || pieces.length === 1) && link(piece) || piece)
}

function link(piece) {
  const tail = piece.match(/[.,;:!?)\]]*$/)[0]
  const address = piece.slice(0, piece.length - tail.length)
  if (!/^https?:\/\//.test(address)) return null
  return [el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, readable(address)), tail]
}

// Chinese as such; signs, and what cannot be seen, stay as they are written.
const readable = address => address.replace(/(%[89a-f][0-9a-f])+/gi, written => {
  try {
    const said = decodeURIComponent(written)
    return /^[\p{L}\p{N}]+$/u.test(said) ? said : written
  } catch {
    return written
  }
})

// Brings a list of elements in line with rows of {key, look, draw, touch}. What looks the same is left where it is
// and only touched, so that a screen reader does not read it again.
export function arrange(list, rows) {
  const before = new Map([...list.children].map(node => [node.dataset.key, node]))
  let place = list.firstElementChild
  for (const row of rows) {
    let node = before.get(row.key)
    if (node?.dataset.look === row.look) before.delete(row.key)
    else node = draw(row, node)
    row.touch?.(node)
    if (node === place) place = place.nextElementSibling
    else list.insertBefore(node, place)
  }
  for (const node of before.values()) node.remove()
}

function draw(row, old) {
  const node = row.draw()
  node.dataset.key = row.key
  node.dataset.look = row.look
  if (!old) node.classList.add("new")
  return node
}
