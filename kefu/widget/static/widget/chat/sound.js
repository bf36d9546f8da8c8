// A short, quiet chime for an answer that nobody is looking at; made here, so that nothing has to be loaded.

import { keep } from "./keep.js"

let context

export const sound = {
  get on() {
    return keep.get("sound") ?? true
  },

  set on(yes) {
    keep.set("sound", yes)
  },

  // Browsers let a page sound only after one has touched it.
  allow() {
    context ??= window.AudioContext && new AudioContext()
  },

  chime() {
    if (!this.on || context?.state !== "running") return
    tone(659, 0)
    tone(880, 0.12)
  },
}

function tone(pitch, delay) {
  const at = context.currentTime + delay
  const source = new OscillatorNode(context, { frequency: pitch })
  const loudness = new GainNode(context, { gain: 0 })
  loudness.gain.linearRampToValueAtTime(0.08, at + 0.02)
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.4)
  source.connect(loudness).connect(context.destination)
  source.start(at)
  source.stop(at + 0.45)
}
