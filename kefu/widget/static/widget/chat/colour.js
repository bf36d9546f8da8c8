// The brand's colour, made readable: the accent as a surface and the ink on it, and the accent as text on light and dark.

export function paint(colour) {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return
  const rgb = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16))
  const text = `light-dark(${css(until(rgb, [0, 0, 0], [240, 236, 230]))}, ${css(until(rgb, [255, 255, 255], [60, 57, 52]))})`
  set("accent", colour)
  set("accent-hover", `color-mix(in oklab, ${colour} 88%, ${contrast(rgb, [255, 255, 255]) >= 4.5 ? "black" : "white"})`)
  set("accent-soft", `color-mix(in oklab, ${colour} 14%, var(--surface))`)
  set("accent-text", text)
  set("focus", text)
  set("on-accent", contrast(rgb, [255, 255, 255]) >= 4.5 ? "#fff" : "#000")
}

const set = (name, value) => document.documentElement.style.setProperty(`--${name}`, value)

function until(colour, towards, ground) {
  let mixed = colour
  for (let share = 0; share <= 1 && contrast(mixed, ground) < 4.6; share += 0.05)
    mixed = colour.map((part, at) => part + (towards[at] - part) * share)
  return mixed
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour) {
  const [red, green, blue] = colour.map(part => part / 255).map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const css = colour => `rgb(${colour.map(Math.round).join(" ")})`
