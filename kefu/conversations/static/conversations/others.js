/* Who else looks at this conversation, and who is typing. Both are heard in passing and fade by themselves. */

import { conversationPane, hear, here, me, say } from "./desk.js";

const LOOKS_FOR = 13_000;
const TYPES_FOR = 6_000;
let looking = new Map();
let typing = new Map();

hear("viewing", ({ conversation, staff, name, on }) => {
  if (conversation !== here() || staff === me) return;
  if (on) looking.set(staff, { name, until: Date.now() + LOOKS_FOR });
  else looking.delete(staff);
  draw();
});

hear("typing", ({ conversation, side, person, name, preview }) => {
  if (conversation !== here() || person === me) return;
  if (side === "staff" && person) looking.set(person, { name, until: Date.now() + LOOKS_FOR });
  typing.set(person ?? side, { name: side === "customer" ? conversationPane().dataset.customer : name, text: preview, until: Date.now() + TYPES_FOR });
  draw();
});

hear("message", ({ conversation, by, actor }) => {
  if (conversation !== here()) return;
  typing.delete(by === "customer" ? "customer" : actor);
  typing.delete(actor);
  draw();
});

hear("opened", () => {
  looking = new Map();
  typing = new Map();
});

setInterval(draw, 1_500);

function fresh(people) {
  for (const [key, one] of people) if (one.until < Date.now()) people.delete(key);
  return [...people.values()];
}

function draw() {
  const pane = conversationPane();
  show(pane.querySelector("[data-also-here]"), alsoHere(fresh(looking)));
  show(pane.querySelector("[data-typing]"), fresh(typing).map(typed).join(" · "));
}

function alsoHere(people) {
  const names = people.map((one) => one.name).join(", ");
  return names && say(people.length > 1 ? "alsoHereMany" : "alsoHere", { names });
}

const typed = ({ name, text }) => (text ? say("typingText", { name, text }) : say("typing", { name }));

function show(strip, words) {
  if (!strip) return;
  const place = strip.querySelector("span") ?? strip;
  if (place.textContent !== words) place.textContent = words;
  strip.hidden = !words;
}
