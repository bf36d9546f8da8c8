// What the page says comes with it, in the reader's language; here it is only filled in.

let texts = {}
let language = "en"
let plural, clock, weekday, date, dateWithYear
let lag = 0

export function speak(given, tag) {
  texts = given
  language = tag
  const dates = tag === "zh-hans" ? "zh-CN" : tag
  plural = new Intl.PluralRules(dates)
  clock = new Intl.DateTimeFormat(dates, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
  weekday = new Intl.DateTimeFormat(dates, { weekday: "long" })
  date = new Intl.DateTimeFormat(dates, { month: "long", day: "numeric" })
  dateWithYear = new Intl.DateTimeFormat(dates, { year: "numeric", month: "long", day: "numeric" })
}

export const tongue = () => language

export function say(name, values = {}) {
  return (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

export function sayCount(name, count) {
  const form = `${name}.${plural.select(count)}`
  return say(form in texts ? form : `${name}.other`, { count })
}

// Clocks of visitors are wrong: "today" is the server's.
export function learnTime(header) {
  const theirs = Date.parse(header ?? "")
  if (theirs) lag = theirs - Date.now()
}

export const now = () => new Date(Date.now() + lag)

export const time = at => clock.format(new Date(at))

export function day(at) {
  const then = new Date(at)
  const ago = Math.round((midnight(now()) - midnight(then)) / 864e5)
  if (ago === 0) return say("today")
  if (ago === 1) return say("yesterday")
  if (ago > 1 && ago < 7) return weekday.format(then)
  return (then.getFullYear() === now().getFullYear() ? date : dateWithYear).format(then)
}

const midnight = at => new Date(at.getFullYear(), at.getMonth(), at.getDate())

export const when = at => (midnight(new Date(at)) - midnight(now()) === 0 ? time(at) : day(at))

export function size(bytes) {
  const kilo = bytes / 1024
  if (kilo < 1000) return `${Math.max(1, Math.round(kilo))} KB`
  return `${(kilo / 1024).toFixed(1)} MB`
}
