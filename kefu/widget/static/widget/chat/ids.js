// UUIDv7: sorted by the time they were made, also within one millisecond and when the clock steps back.

let last = 0
let step = 0

export function newId() {
  const time = Math.max(Date.now(), last)
  step = time === last ? step + 1 : crypto.getRandomValues(new Uint16Array(1))[0] & 0x7ff
  last = step > 0xfff ? time + 1 : time
  if (step > 0xfff) step = 0
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let at = 0; at < 6; at++) bytes[at] = Math.floor(last / 2 ** (40 - 8 * at)) & 0xff
  bytes[6] = 0x70 | (step >> 8)
  bytes[7] = step & 0xff
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}
