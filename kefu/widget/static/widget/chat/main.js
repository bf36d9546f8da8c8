// The chat: one page, shown in a frame on the brand's site or in a window of its own.

import { paint } from "./colour.js"
import { Conversation, Desk } from "./desk.js"
import { button, el, iconButton } from "./elements.js"
import { Enquiry } from "./enquiry.js"
import { Home } from "./home.js"
import { Host } from "./host.js"
import { keep, keepFor } from "./keep.js"
import { maskWith, masked } from "./masking.js"
import { Orders } from "./orders.js"
import { Outbox } from "./outbox.js"
import { Server } from "./server.js"
import { menu } from "./sheets.js"
import { sound } from "./sound.js"
import { Stream } from "./stream.js"
import { Tabs } from "./tabs.js"
import { Thread } from "./thread.js"
import { say, speak } from "./words.js"

const config = JSON.parse(document.getElementById("kefu-config").textContent)
const place = Object.fromEntries(["back", "mark", "title", "subtitle", "tools", "notice", "screen"].map(id => [id, document.getElementById(id)]))

keepFor(config.key)
speak(config.texts, config.language)
paint(config.brand.accent)
maskWith(config.masking)

const server = new Server(config, keep.get("token"))
const desk = new Desk(server, heard)
const stream = new Stream(server, { hear: onEvent, change: onLine })
const tabs = new Tabs(`kefu:${config.key}`, { lead: () => stream.start(), follow: () => stream.stop(), hear: onTab })
const outbox = new Outbox(server, tabs, { delivered, changed: outboxChanged })
const host = new Host(config.host, {
  open: () => { opened = true; lookedAt() },
  close: () => { opened = false },
  identify, set: given => about({ attributes: given }), label: name => { labels.add(name); about({ labels: [name] }) }, page: page => about({ page }),
  color: paint, logout,
})

let opened = !host.embedded
let screen
let marks = new Map()
const labels = new Set()

const actions = {
  server,
  portal: `${config.base}/`,
  show,
  enquire: (topic, given) => go(new Enquiry(topic, { desk, server, limits: config.files, given, send: enquire }), topic.label),
  orders: () => go(new Orders({ desk, server, actions })),
  talkAbout,
  edit(item) {
    outbox.drop(item)
    actions.enquire(topicOf(item), item)
  },
  typing: async (conversation, text) => isPlaced(conversation) && server.typing(conversation.id, await masked(text)).catch(() => {}),
  seen,
  end: async conversation => { desk.learnConversation(await server.end(conversation.id)); heard({ kind: "conversation", conversation }) },
  become,
}

// ---- beginning

async function begin() {
  for (let wait = 1; ; wait = Math.min(30, wait * 2)) {
    try {
      await tabs.alone("start", startOnce)
      break
    } catch (trouble) {
      if (!trouble.passes) return refuse(trouble)
      onLine(false)
      await new Promise(done => { begin.again = done; setTimeout(done, wait * 1000) })
    }
  }
  onLine(true)
  stand()
  host.tell("ready")
  first()
  watchTheDay()
  outbox.flush()
}

function stand() {
  if (stand.done) return
  stand.done = true
  tabs.stand()
}

async function startOnce() {
  server.token = keep.get("token")
  take(await server.start({ language: config.language }).catch(withoutToken))
}

// A token that the desk no longer knows is worth nothing; what was written with it is not lost, see `orphans`.
function withoutToken(trouble) {
  if (trouble.status !== 401 || !server.token) throw trouble
  server.token = null
  return server.start({ language: config.language })
}

function take({ token, visitor, state }) {
  if (token) keep.set("token", server.token = token)
  desk.visitor = visitor
  desk.learn(state)
  stream.cursor = state.cursor
  orphans()
}

function orphans() {
  for (const item of outbox.items) {
    const lost = item.kind === "message" && !item.conversation.startsWith("new:") && !desk.conversations.has(item.conversation)
    if (!lost) continue
    keep.set("unsent", [keep.get("unsent"), item.text].filter(Boolean).join("\n"))
    outbox.drop(item)
  }
}

// The desk no longer knows our token. Another tab may have a new one already.
server.stranger = async () => {
  const refused = server.token
  await begun
  if (server.token !== refused || stranger.waiting) return
  stranger.waiting = true
  stream.stop()
  desk.forget()
  await tabs.alone("start", startOnce).catch(() => {})
  stranger.waiting = false
  if (tabs.leading) stream.start()
  showAgain()
}
const stranger = { waiting: false }

async function again() {
  try {
    take(await server.start({ language: config.language }))
  } catch (trouble) {
    if (trouble.passes) setTimeout(again, 3000)
  }
}

// ---- what is heard

function onEvent(event, news, id) {
  tabs.tell({ kind: "event", event, news, id })
  apply(event, news)
}

function onTab({ kind, event, news, id, token }) {
  if (kind === "event") {
    if (id != null) stream.cursor = id
    apply(event, news)
  } else if (kind === "outbox") refresh()
  else if (kind === "line") showLine(onLine.was = news)
  else if (kind === "visitor" && token !== server.token) switchTo(token)
}

function apply(event, news) {
  if (event === "resync") again()
  else if (["message", "conversation", "read", "typing"].includes(event)) desk.hear(event, news)
}

function heard(change) {
  if (change.kind === "stranger") return later("again", again, 100)
  if (change.kind === "message") onMessage(change)
  tellUnread()
  refresh()
}

function onMessage({ conversation, message, isNew }) {
  if (message.author.kind !== "staff" || !isNew) return
  if (tabs.leading) mark(conversation, {})
  if (isWatching(conversation)) return
  if (tabs.leading) sound.chime()
  tellUnread.told = desk.unread
  host.tell("unread", { count: desk.unread, name: message.author.name, text: message.text?.slice(0, 200) })
}

function tellUnread() {
  const count = desk.unread
  document.title = count ? `(${count}) ${config.title}` : config.title
  if (tellUnread.told !== count) host.tell("unread", { count })
  tellUnread.told = count
}

function delivered(item, answer) {
  tabs.tell({ kind: "outbox" })
  if (item.kind === "enquiry") {
    const conversation = desk.learnConversation(answer)
    if (labels.size) about({ labels: [...labels] })
    if (screen instanceof Thread && screen.conversation.id === item.conversation) screen.become(conversation)
  } else {
    desk.posted(item, answer)
    if (answer.conversation !== item.conversation) followUp(item, answer)
  }
  refresh()
}

// The conversation was closed meanwhile: what was said went into a new one that continues it.
async function followUp(item, answer) {
  const watching = screen instanceof Thread && screen.conversation.id === item.conversation
  desk.learn(await server.state().catch(() => ({ conversations: [] })))
  const next = desk.conversations.get(answer.conversation)
  if (watching && next) show(next)
}

function outboxChanged(conversation, trouble) {
  tabs.tell({ kind: "outbox" })
  if (trouble?.status === 422) desk.renewDay().catch(() => {}) // it may ask for other things by now
  refresh()
}

// ---- read marks

function seen(conversation) {
  if (isWatching(conversation)) mark(conversation, { read: true })
}

function mark(conversation, { read }) {
  const newest = conversation.newest
  if (read && newest > conversation.read_seq) conversation.read_seq = newest
  else if (read) return
  marks.set(conversation.id, { conversation: conversation.id, seq: conversation.read_seq, delivered: newest })
  later("marks", sendMarks, 400)
  if (read) tellUnread()
}

async function sendMarks() {
  const sending = marks
  marks = new Map()
  for (const one of sending.values()) await server.read(one).catch(trouble => trouble.passes && !marks.has(one.conversation) && marks.set(one.conversation, one))
  if (marks.size) later("marks", sendMarks, 5000)
}

// ---- who one is

async function identify(proof) {
  await begun
  const who = subjectOf(proof)
  if (who && keep.get("who") === who && desk.visitor.verified) return
  try {
    await become(await tabs.alone("outbox", () => server.identify(proof)), who)
  } catch (trouble) {
    console.warn(`Kefu: ${trouble.message}`)
  }
}

// A one-time proof must not be spent on what is known already.
function subjectOf({ identifier, jwt }) {
  try {
    return jwt ? JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub : identifier
  } catch {
    return identifier
  }
}

async function become(answer, who) {
  const before = keep.get("who")
  if (before && who && before !== who) forgetAll()
  if (who) keep.set("who", who)
  stand()
  stream.stop()
  desk.forget()
  take(answer)
  host.tell("talked")
  tabs.tell({ kind: "visitor", token: server.token })
  if (tabs.leading) stream.start()
  showAgain()
}

async function logout() {
  await begun
  await server.logout().catch(() => {})
  forgetAll()
  host.tell("forgotten")
  await switchTo(null)
  tabs.tell({ kind: "visitor", token: server.token })
}

async function switchTo(token) {
  stream.stop()
  desk.forget()
  server.token = token
  await again()
  if (tabs.leading) stream.start()
  showAgain()
}

function forgetAll() {
  for (const beginning of ["token", "who", "out:", "draft:", "form:"]) keep.dropAll(beginning)
  server.token = null
}

async function about(given) {
  await begun
  server.about(given).catch(() => {})
}

// ---- screens

function first() {
  const open = desk.newestFirst.filter(conversation => !conversation.isOver)
  const started = outbox.items.find(item => item.kind === "enquiry")
  if (started) show(pendingConversation(started))
  else if (open.length === 1 || open[0]?.unread.length) show(open[0])
  else goHome()
}

function goHome() {
  const unsent = keep.get("unsent")
  keep.drop("unsent")
  if (unsent) actions.enquire(topicOf({ topic: "" }), { fields: {}, text: unsent })
  else go(new Home({ desk, actions }))
}

// The same conversation, if whoever is here now may still see it.
function showAgain() {
  const same = screen instanceof Thread && desk.conversations.get(screen.conversation.id)
  if (same) show(same)
  else if (!(screen instanceof Enquiry)) goHome()
}

function show(conversation) {
  go(new Thread(conversation, { desk, outbox, server, limits: config.files, actions }))
}

function enquire(enquiry) {
  host.tell("talked")
  show(pendingConversation(outbox.enquire(enquiry)))
}

// In the conversation that is going on, or in a new one.
async function talkAbout(order) {
  const going = desk.newestFirst.find(one => isPlaced(one) && !one.isOver)
  if (!going) {
    const topic = desk.form.topics.find(one => one.fields.some(field => field.name === "order_number"))
    return actions.enquire(topicOf({ topic: topic?.id ?? "", order }))
  }
  await server.talkAbout(going.id, order)
  if (!keep.get(`draft:${going.id}`)) keep.set(`draft:${going.id}`, { text: `${say("order.about", order)}: `, files: [] })
  show(going)
}

function pendingConversation(item) {
  return new Conversation(item.conversation)
}

const isPlaced = conversation => !conversation.id.startsWith("new:")

const topicOf = item => withOrder(item.order, desk.form.topics.find(topic => topic.id === item.topic) ?? { id: item.topic, label: say("talk"), fields: [] })

// A number that is known is not asked for again.
function withOrder(order, topic) {
  return order ? { ...topic, order, label: say("order.about", order), fields: topic.fields.filter(field => field.name !== "order_number") } : topic
}

const isWatching = conversation => opened && !document.hidden && screen instanceof Thread && screen.conversation === conversation

function go(next) {
  screen?.leave()
  screen = next
  place.screen.replaceChildren(next.node)
  drawHead()
  if (opened) next.focus()
}

function refresh() {
  later("refresh", () => { renewForm(); screen?.update(); drawHead() }, 0)
}

// With what was filled in so far, and the cursor where it was.
function renewForm() {
  if (!(screen instanceof Enquiry) || !screen.isOutdated) return
  const { id, selectionStart, selectionEnd } = document.activeElement ?? {}
  actions.enquire(topicOf(screen.given), screen.given)
  const same = id && document.getElementById(id)
  if (!same || document.activeElement === same) return
  same.focus({ preventScroll: true })
  if (selectionStart != null) same.setSelectionRange(selectionStart, selectionEnd)
}

function drawHead() {
  const conversation = screen instanceof Thread ? screen.conversation : null
  const agent = conversation?.answeredBy
  place.back.hidden = screen instanceof Home
  place.mark.textContent = agent?.initials || config.brand.name[0]
  place.mark.classList.toggle("person", Boolean(agent?.initials))
  place.title.textContent = agent ? agent.name : config.brand.name
  place.subtitle.textContent = screen instanceof Home ? "" : agent ? [config.brand.name, conversation.number].filter(Boolean).join(" · ") : desk.hours.open ? desk.expectedReply : desk.hours.text
  if (screen) document.documentElement.dataset.screen = screen.constructor.name.toLowerCase()
}

// It opens and closes, and colleagues come and go, while a chat stays open.
async function watchTheDay() {
  clearTimeout(watchTheDay.timer)
  if (document.hidden || !opened) return
  if (Date.now() >= desk.dayUntil) await desk.renewDay().catch(() => {})
  clearTimeout(watchTheDay.timer)
  watchTheDay.timer = setTimeout(watchTheDay, Math.max(1000, Math.min(desk.dayUntil - Date.now(), 600000)))
}

function lookedAt() {
  watchTheDay()
  screen?.focus()
  screen?.shown()
}

function refuse(trouble) {
  host.tell("ready")
  place.screen.replaceChildren(el("p", { class: "refused", role: "alert" }, trouble.status ? trouble.message : say("trouble")))
  if (!trouble.status) throw trouble
}

// ---- the line to the desk

function onLine(yes) {
  tabs.alive()
  if (onLine.was === yes) return
  onLine.was = yes
  tabs.tell({ kind: "line", news: yes })
  showLine(yes)
  if (yes) outbox.flush()
}

function showLine(yes) {
  clearTimeout(showLine.timer)
  if (yes) place.notice.hidden = true
  else showLine.timer = setTimeout(() => {
    place.notice.replaceChildren(el("span", {}, say(navigator.onLine ? "reconnecting" : "offline")))
    place.notice.hidden = false
  }, 2500)
}

function wake() {
  stream.nudge()
  begin.again?.()
  outbox.flush()
}

// The old connection may hang without a word after the network has changed.
function reconnect() {
  if (tabs.leading) {
    stream.stop()
    stream.start()
  }
  wake()
}

const timers = new Map()
function later(name, work, wait) {
  if (timers.has(name)) return
  timers.set(name, setTimeout(() => { timers.delete(name); work() }, wait))
}

// ---- the frame of the page

place.back.append(iconButton("left", say("back"), goHome))
place.tools.append(
  iconButton("more", say("menu"), () => menu({ conversation: screen instanceof Thread && isPlaced(screen.conversation) ? screen.conversation : null, visitor: desk.visitor, sound, actions }), { "aria-haspopup": "dialog" }),
  ...(config.host ? [iconButton("close", say("close"), () => host.tell("close"))] : []))
addEventListener("online", reconnect)
addEventListener("offline", () => onLine(false))
addEventListener("pageshow", event => event.persisted && reconnect())
addEventListener("pagehide", () => screen?.leave())
addEventListener("pointerdown", () => sound.allow())
addEventListener("keydown", event => {
  sound.allow()
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) host.tell("close")
})
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return
  wake()
  lookedAt()
})

host.tell("here")
const begun = begin()
