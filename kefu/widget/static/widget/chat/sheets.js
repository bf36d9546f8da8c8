// What slides up over the chat: the menu, the code by e-mail, the end of a conversation.

import { button, el, icon, iconButton } from "./elements.js"
import { saveAs } from "./pictures.js"
import { say } from "./words.js"

export function menu({ conversation, visitor, sound, actions }) {
  const sheet = open(say("menu"))
  const item = (glyph, words, act) => el("button", { type: "button", class: "choice", onclick: () => { sheet.close(); act() } }, icon(glyph), el("span", {}, words))
  sheet.fill(el("div", { class: "choices" },
    item(sound.on ? "quiet" : "bell", say(sound.on ? "sound.off" : "sound.on"), () => { sound.on = !sound.on }),
    conversation && item("mail", say("transcript.mail"), () => mailTranscript(conversation, actions)),
    conversation && item("download", say("transcript.save"), () => saveTranscript(conversation, actions)),
    !visitor.verified && item("clock", say("history"), () => history(actions)),
    conversation && !conversation.isOver && item("end", say("end"), () => end(conversation, actions))))
}

function end(conversation, actions) {
  const sheet = open(say("end.title"))
  sheet.fill(el("p", {}, say("end.words")), el("div", { class: "answers" },
    button(say("end.yes"), () => sheet.trying(async () => { await actions.end(conversation); sheet.close() }), { look: "primary" }),
    button(say("end.no"), () => sheet.close(), { look: "quiet" })))
}

function mailTranscript(conversation, actions) {
  const sheet = open(say("transcript.mail"))
  sheet.fill(el("p", { role: "status" }, say("loading")))
  sheet.trying(async () => {
    await actions.server.mailTranscript(conversation.id)
    sheet.fill(el("p", { role: "status" }, say("transcript.sent")))
  })
}

function saveTranscript(conversation, actions) {
  actions.server.transcript(conversation.id).then(blob => saveAs(blob, `${conversation.number}.txt`), trouble => {
    open(say("transcript.save")).complain(trouble.message)
  })
}

function history(actions) {
  const sheet = open(say("history.title"))
  const email = el("input", { id: "code-email", type: "email", autocomplete: "email", required: true })
  sheet.fill(el("form", { onsubmit: event => { event.preventDefault(); send() } },
    el("p", {}, say("history.words")), el("div", { class: "field" }, el("label", { for: "code-email" }, say("email")), email),
    button(say("code.send"), null, { look: "primary wide", type: "submit" })))
  const send = () => sheet.trying(async () => {
    await actions.server.sendCode(email.value.trim())
    code(sheet, email.value.trim(), actions)
  })
  email.focus()
}

function code(sheet, email, actions) {
  const field = el("input", { id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, pattern: "[0-9]{6}", required: true, class: "code" })
  sheet.fill(el("form", { onsubmit: event => { event.preventDefault(); check() } },
    el("p", { role: "status" }, say("code.sent", { email })), el("div", { class: "field" }, el("label", { for: "code" }, say("code")), field),
    button(say("code.check"), null, { look: "primary wide", type: "submit" })))
  const check = () => sheet.trying(async () => {
    await actions.become(await actions.server.checkCode(email, field.value.trim()))
    sheet.close()
  })
  field.focus()
}

function open(title) {
  const body = el("div", { class: "sheet-body" })
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true })
  const box = el("dialog", { class: "sheet", "aria-labelledby": "sheet-title", onclose: () => box.remove(), onclick: event => event.target === box && box.close() },
    el("div", { class: "sheet-card" }, el("div", { class: "sheet-head" }, el("h2", { id: "sheet-title" }, title), iconButton("close", say("close"), () => box.close())), body, trouble))
  document.body.append(box)
  box.showModal()
  const complain = sentence => {
    trouble.hidden = !sentence
    trouble.replaceChildren(...(sentence ? [icon("alert"), sentence] : []))
  }
  return {
    close: () => box.close(),
    fill: (...content) => { complain(""); body.replaceChildren(...content) },
    complain,
    async trying(work) {
      complain("")
      box.setAttribute("aria-busy", "true")
      await work().catch(mishap => { body.querySelector("[role=status]:only-child")?.remove(); complain(mishap.message) })
      box.removeAttribute("aria-busy")
    },
  }
}
