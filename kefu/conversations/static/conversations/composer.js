/* Writing: reply and note, drafts by conversation and device, files, and the warning when someone was faster. */

import { controller } from "../js/controller.js";
import { conversationPane, hear, here, keep, post, say, toast } from "./desk.js";
import { send } from "./outbox.js";
import { highestReply, missed, seenReply } from "./thread.js";
import { Uploads } from "./uploads.js";

const LONGEST = 20_000;
const TELL_LEFT = 1_000;
const TYPING_EVERY = 3_000;

let composer = null;

export const begin = () => controller("[data-composer]", (form) => { composer = new Composer(form); });

export const focus = (kind) => composer?.turn(kind, { focus: true });
export const submit = () => composer?.form.requestSubmit();
export const attach = () => composer?.form.querySelector('input[type="file"]').click();

hear("refused", ({ item, why }) => {
  if (item.conversation === here()) composer?.takeBack(item, why);
  else keepForLater(item, why);
});

/* Its conversation is not open: the words wait there as a draft, above what may already stand in it. */
function keepForLater({ conversation, kind, text, extra }, why) {
  const draft = keep.get(`draft.${conversation}`) ?? {};
  const words = [text, draft[kind]].filter(Boolean).join("\n");
  keep.set(`draft.${conversation}`, { ...draft, kind, [kind]: words, at: Date.now(), ...(extra ? { extra } : {}) });
  toast(why, "bad");
}

class Composer {
  constructor(form) {
    this.form = form;
    this.conversation = here();
    this.text = form.querySelector("[data-text]");
    this.texts = { reply: "", note: "" };
    this.typedAt = 0;
    this.knew = 0; // the last reply that stood there when this was begun
    this.uploads = new Uploads(form.querySelector("[data-files]"), {
      address: form.dataset.upload,
      accept: form.querySelector('input[type="file"]').accept,
      changed: () => this.showState(),
    });
    this.extra = form.querySelector("[data-composer-extra]");
    this.listen();
    this.showExtra();
    this.recall();
  }

  /* What the channel adds that this conversation's replies leave by: fields with data-extra, sent along to its own door. */
  showExtra() {
    const solving = this.form.querySelector("[data-send-and-solve]");
    if (!this.extra) return;
    solving.hidden = false;
    solving.addEventListener("click", () => this.send({ solve: true }));
    this.extra.addEventListener("input", () => this.written());
    this.extra.addEventListener("change", () => this.written());
  }

  get fields() {
    return [...(this.extra?.querySelectorAll("[data-extra]") ?? [])];
  }

  get chosen() {
    return Object.fromEntries(this.fields.map((field) => [field.dataset.extra, field.type === "checkbox" ? field.checked : field.value]));
  }

  choose(values = {}) {
    for (const field of this.fields) {
      const value = values[field.dataset.extra] ?? (field.type === "checkbox" ? field.defaultChecked : field.defaultValue);
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    this.extra?.dispatchEvent(new CustomEvent("chosen"));
  }

  get isChosen() {
    return this.fields.some((field) => (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));
  }

  get kind() {
    return this.form.elements.kind.value;
  }

  listen() {
    const { form, text } = this;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    text.addEventListener("input", () => this.written());
    for (const radio of form.querySelectorAll('[name="kind"]')) radio.addEventListener("change", () => this.turned(radio.value));
    form.querySelector('input[type="file"]').addEventListener("change", ({ target }) => {
      this.uploads.add(target.files);
      target.value = "";
      text.focus();
    });
    form.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      this.uploads.add(event.clipboardData.files);
    });
    this.listenForDrops(form.querySelector(".composer-box"));
    form.querySelector("[data-send-anyway]").addEventListener("click", () => this.send({ anyway: true }));
    form.querySelector("[data-keep-writing]").addEventListener("click", () => { this.warn(""); text.focus(); });
  }

  listenForDrops(box) {
    const pane = conversationPane();
    pane.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      box.classList.add("over");
    });
    pane.addEventListener("dragleave", (event) => pane.contains(event.relatedTarget) || box.classList.remove("over"));
    pane.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      box.classList.remove("over");
      this.uploads.add(event.dataTransfer.files);
    });
  }

  turn(kind, { focus: andFocus = false } = {}) {
    const radio = this.form.querySelector(`[name="kind"][value="${kind}"]`);
    if (!radio.disabled && this.kind !== kind) {
      radio.checked = true;
      this.turned(kind);
    }
    if (andFocus) this.text.focus();
  }

  /* Reply and note keep their own words: nothing written for the team goes to the customer by a slip. */
  turned(kind) {
    this.texts[kind === "note" ? "reply" : "note"] = this.text.value;
    this.text.value = this.texts[kind] ?? "";
    this.dressAs(kind);
    this.warn("");
    this.save();
    this.showState();
  }

  dressAs(kind) {
    this.text.placeholder = kind === "note" ? this.text.dataset.noteWords : this.text.dataset.replyWords;
  }

  written() {
    this.knew ||= highestReply();
    this.grow();
    this.showState();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), 300);
    if (this.text.value && Date.now() - this.typedAt > TYPING_EVERY) {
      this.typedAt = Date.now();
      post("/live/console/typing", { conversation: this.conversation, note: this.kind === "note" }).catch(() => {});
    }
  }

  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.blockSize = "auto";
    this.text.style.blockSize = `${this.text.scrollHeight}px`;
  }

  showState() {
    const left = LONGEST - this.text.value.length;
    const words = this.form.querySelector("[data-left]");
    words.hidden = left > TELL_LEFT;
    words.textContent = say("left", { number: left });
    const state = this.form.querySelector("[data-draft-state]");
    state.textContent = this.uploads.busy ? say("uploading") : "";
  }

  recall() {
    const kept = keep.get(`draft.${this.conversation}`);
    if (kept) {
      this.texts = { reply: kept.reply ?? "", note: kept.note ?? "" };
      const radio = this.form.querySelector(`[name="kind"][value="${kept.kind}"]:enabled`);
      if (radio) radio.checked = true;
      this.text.value = this.texts[this.kind] ?? "";
      this.knew = kept.knew ?? 0;
      if (kept.extra) this.choose(kept.extra);
    }
    this.dressAs(this.kind);
    this.grow();
    if (this.text.value) this.form.querySelector("[data-draft-state]").textContent = say("draftKept");
  }

  save() {
    this.texts[this.kind] = this.text.value;
    const { reply, note } = this.texts;
    const extra = this.isChosen ? { extra: this.chosen } : {};
    const draft = { kind: this.kind, reply, note, knew: this.knew, at: Date.now(), ...extra };
    keep.set(`draft.${this.conversation}`, reply || note ? draft : null);
  }

  send({ anyway = false, solve = false } = {}) {
    const text = this.text.value.trim();
    const files = this.uploads.ready;
    if (this.uploads.busy) return this.showState();
    if (!text && !files.length) return this.text.focus();
    const reply = this.kind === "reply";
    send({
      conversation: this.conversation,
      kind: this.kind,
      text,
      files: files.map((file) => file.id),
      names: files.map((file) => file.name),
      ...(reply && !anyway ? { seen: Math.max(this.knew || highestReply(), seenReply()) } : {}),
      ...(reply && this.extra ? { door: this.extra.querySelector("[data-door]").dataset.door, extra: { ...this.chosen, anyway, solve } } : {}),
    });
    this.clear();
  }

  clear() {
    clearTimeout(this.saving);
    this.text.value = "";
    this.uploads.clear();
    this.choose();
    this.warn("");
    this.save();
    this.grow();
    this.showState();
    this.typedAt = this.knew = 0;
  }

  /* The server held it back: what was said meanwhile is shown, what was written stands here again. */
  async takeBack(item, why) {
    this.turn(item.kind);
    this.text.value = this.text.value ? `${item.text}\n${this.text.value}` : item.text;
    if (item.extra) this.choose(item.extra);
    this.uploads.files = new Set(item.files.map((id, place) => this.#known(id, item.names[place])));
    await missed();
    this.knew = highestReply();
    this.save();
    this.grow();
    this.warn(why || say("changedCustomer"));
    this.text.focus();
  }

  #known(id, name) {
    const row = document.createElement("li");
    row.className = "composer-file";
    row.textContent = name;
    this.uploads.list.append(row);
    return { id, name, row };
  }

  warn(words) {
    const warning = this.form.querySelector("[data-changed]");
    warning.hidden = !words;
    warning.querySelector("[data-changed-text]").textContent = words;
  }
}

/* Drafts of conversations long past are let go. */
export function forgetOldDrafts() {
  const month = Date.now() - 30 * 86_400_000;
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.includes(".draft."))) {
      if ((JSON.parse(localStorage[key])?.at ?? 0) < month) localStorage.removeItem(key);
    }
  } catch {
    /* storage is blocked */
  }
}
