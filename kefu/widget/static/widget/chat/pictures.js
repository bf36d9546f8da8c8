// Files can only be fetched with the token, so pictures are fetched, not linked.

import { el, icon, iconButton } from "./elements.js"
import { say, size } from "./words.js"
import { previews } from "./uploads.js"

export function attachment(server, file) {
  return /^image\//.test(file.type) ? picture(server, file) : card(server, file)
}

function picture(server, file) {
  const image = el("img", { alt: file.name, width: file.width, height: file.height, draggable: "false" })
  const frame = el("button", { type: "button", class: "picture", "aria-label": say("file.view", { name: file.name }), onclick: () => view(server, file) }, image)
  const shown = previews.has(file.id) ? Promise.resolve(previews.get(file.id)) : load(server, file, true)
  shown.then(address => { image.src = address }, () => frame.replaceChildren(icon("file"), file.name))
  return frame
}

function card(server, file) {
  return el("button", { type: "button", class: "document", onclick: () => save(server, file) }, icon("file"),
    el("span", {}, el("b", {}, file.name), el("small", {}, size(file.size))), icon("download"))
}

async function view(server, file) {
  const image = el("img", { alt: file.name })
  const box = el("dialog", { class: "viewer", "aria-label": file.name, onclose: () => box.remove(), onclick: event => event.target === box && box.close() },
    el("div", { class: "viewer-bar" }, iconButton("download", say("file.download", { name: file.name }), () => save(server, file)), iconButton("close", say("close"), () => box.close())), image)
  document.body.append(box)
  box.showModal()
  image.src = await load(server, file, false).catch(() => previews.get(file.id) ?? "")
}

async function load(server, file, thumb) {
  const name = thumb ? file.id : `${file.id}:whole`
  if (!previews.has(name)) previews.set(name, URL.createObjectURL(await server.file(file.id, thumb)))
  return previews.get(name)
}

async function save(server, file) {
  saveAs(await server.file(file.id), file.name)
}

export function saveAs(blob, name) {
  const address = URL.createObjectURL(blob)
  const link = el("a", { href: address, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(address), 60000)
}
