// The button on the brand's page. The server sends this file followed by `(settings)`, see widget/views.py.
(config => {
  "use strict"
  if (window.kefu?.started) return

  const base = new URL(document.currentScript.src)
  const flag = `kefu:${config.key}`
  const small = "(max-width: 480px), (max-height: 480px)"
  const phone = matchMedia(small)
  const settings = { position: "right", type: "standard", launcherTitle: "", hideBubble: false, locale: "", color: config.accent }
  const listeners = []
  const pending = []
  let frame, isOpen = false, isReady = false, started = false, unread = 0, identity, title, pageScroll

  // Storage may be closed to us; then the chat simply isn't loaded before it is asked for.
  const storage = (what, ...given) => { try { return localStorage[what](flag, ...given) } catch {} }

  const calls = Object.assign(Object.create(null), {
    settings(given) {
      for (const name of Object.keys(settings)) if (Object.hasOwn(given ?? {}, name)) settings[name] = given[name]
      draw()
    },
    identify(given) { identity = given; tell("identify", given) },
    set(given) { tell("set", given) },
    label(name) { tell("label", String(name)) },
    locale(language) {
      if (language === settings.locale) return
      settings.locale = language
      draw()
      if (frame) load()
    },
    color(value) { settings.color = value; draw(); tell("color", value) },
    open: () => show(true),
    close: () => show(false),
    // A browser that others use too: what it remembers is told to forget even where nobody has opened the chat yet.
    logout() {
      identity = undefined
      if (!frame && storage("getItem")) load()
      storage("removeItem")
      count(0)
      if (frame) tell("logout")
    },
    on(name, listener) {
      listeners.push([name, listener])
      if (name === "ready" && started) listener()
    },
  })

  function announce(name, ...given) {
    for (const [wanted, listener] of listeners) if (wanted === name) try { listener(...given) } catch (mistake) { console.error(mistake) }
  }

  // ---- what is drawn

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElementNS(/^(svg|path)$/.test(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", tag)
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
    node.append(...children)
    return node
  }
  const icon = (name, ...paths) => make("svg", { class: name, viewBox: "0 0 24 24", "aria-hidden": "true" }, ...paths.map(d => make("path", { d })))

  const host = make("div", { id: "kefu" })
  const badge = make("span", { class: "badge", hidden: "" })
  const label = make("span", { class: "label" })
  const button = make("button", { type: "button", class: "button", "aria-expanded": "false", "aria-controls": "panel" },
    icon("talk", "M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.168l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719"),
    icon("less", "m6 9 6 6 6-6"), label, badge)
  const preview = make("button", { type: "button", class: "preview", hidden: "" })
  const panel = make("div", { id: "panel", class: "panel", role: "dialog" })
  const root = make("div", { class: "root" }, panel, preview, button)
  button.addEventListener("click", () => show(!isOpen))
  preview.addEventListener("click", () => show(true))
  root.addEventListener("keydown", event => { if (event.key === "Escape" && isOpen) show(false) })

  const styles = `
    :host { all: initial }
    .root { --side: 20px; position: fixed; z-index: 2147483000; inset: auto var(--side) calc(20px + env(safe-area-inset-bottom)) auto;
      font: 15px/22px system-ui, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color-scheme: light dark }
    .root.left { inset: auto auto calc(20px + env(safe-area-inset-bottom)) var(--side) }
    [hidden] { display: none !important }
    button { all: unset; box-sizing: border-box; cursor: pointer }
    .button { position: relative; display: flex; align-items: center; justify-content: center; gap: 8px; min-width: 56px; height: 56px; margin-left: auto;
      padding: 0 16px; width: fit-content; border-radius: 28px; background: var(--accent); color: var(--ink); font-weight: 600;
      box-shadow: 0 1px 3px #0003, 0 8px 24px #0003; transition: transform .14s ease-out }
    .left .button { margin-left: 0 }
    .button:hover { transform: translateY(-2px) }
    button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; box-shadow: 0 0 0 3px Canvas }
    svg { width: 24px; height: 24px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
    .label:empty, .less, .open .talk, .open .label { display: none }
    .open .less { display: block }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; box-sizing: border-box; padding: 0 6px; border-radius: 11px;
      background: #c8321f; color: #fff; font: 600 12px/22px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px Canvas }
    .preview { position: absolute; right: 0; bottom: 72px; width: max-content; max-width: min(300px, calc(100vw - 40px)); padding: 12px 16px; border-radius: 14px;
      background: Canvas; color: CanvasText; box-shadow: 0 0 0 1px #0001, 0 8px 32px #0003;
      display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; overflow-wrap: anywhere }
    .preview b { display: block; font-size: 13px; line-height: 18px }
    .left .preview { right: auto; left: 0 }
    .panel { position: absolute; right: 0; bottom: 72px; width: 400px; max-width: calc(100vw - 2 * var(--side)); height: min(704px, calc(100vh - 120px));
      border-radius: 16px; overflow: hidden; background: Canvas; box-shadow: 0 0 0 1px #0001, 0 12px 48px #0004;
      visibility: hidden; opacity: 0; transform: translateY(8px); transition: opacity .14s ease-out, transform .14s ease-out, visibility 0s .14s }
    .left .panel { right: auto; left: 0 }
    .open .panel { visibility: visible; opacity: 1; transform: none; transition-delay: 0s }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal }
    .blocked { position: absolute; inset: auto 24px 24px; padding: 16px; border-radius: 10px; background: Canvas; color: CanvasText; box-shadow: 0 0 0 1px #8886 }
    .blocked a { color: inherit; display: block; padding: 11px 0; font-weight: 600 }
    @media ${small} {
      .open .button { display: none }
      .panel, .left .panel { position: fixed; inset: 0; width: auto; max-width: none; height: auto; border-radius: 0 }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important } }
    @media print { .root { display: none } }`

  function language() {
    const wanted = [settings.locale, document.documentElement.lang, ...(navigator.languages ?? []), config.language]
    return wanted.map(tag => String(tag ?? "").toLowerCase()).map(tag => tag.startsWith("zh") ? "zh-hans" : tag.split(/[-_]/)[0]).find(tag => Object.hasOwn(config.texts, tag)) ?? "en"
  }

  function inkOn(colour) {
    const [red, green, blue] = [1, 3, 5].map(at => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.36 ? "#16130f" : "#fff"
  }

  function draw() {
    const texts = config.texts[language()]
    const colour = /^#[0-9a-f]{6}$/i.test(settings.color) ? settings.color : config.accent
    root.style.setProperty("--accent", colour)
    root.style.setProperty("--ink", inkOn(colour))
    root.lang = language()
    root.classList.toggle("left", settings.position === "left")
    root.classList.toggle("open", isOpen)
    label.textContent = settings.type === "expanded_bubble" ? settings.launcherTitle || texts.open : ""
    button.hidden = settings.hideBubble && !isOpen
    button.setAttribute("aria-expanded", isOpen)
    button.setAttribute("aria-label", isOpen ? texts.close : unread ? `${texts.open} (${texts.unread.replace("{count}", unread)})` : settings.launcherTitle || texts.open)
    badge.textContent = unread > 9 ? "9+" : unread
    badge.hidden = !unread || isOpen
    if (isOpen) preview.hidden = true
    panel.setAttribute("aria-label", texts.title)
    if (frame) frame.title = texts.title
  }

  function count(total, from, text) {
    unread = total
    if (text && !isOpen && !settings.hideBubble) {
      preview.replaceChildren(make("b", {}, from ?? ""), text)
      preview.hidden = false
    }
    if (!total) preview.hidden = true
    blink()
    draw()
    announce("unread", total)
  }

  function blink() {
    if (document.hidden && unread) {
      title ??= document.title
      document.title = `(${unread}) ${title}`
    } else if (title != null) {
      document.title = title
      title = undefined
    }
  }

  // ---- the frame

  function load() {
    isReady = false
    frame ??= make("iframe", { allow: "clipboard-write", referrerpolicy: "origin" })
    frame.src = `${base.origin}/w/${config.key}/chat?language=${language()}&host=${encodeURIComponent(location.origin)}`
    if (!frame.isConnected) panel.append(frame)
    clearTimeout(load.timer)
    load.timer = setTimeout(blocked, 12000)
    draw()
  }

  // The page's own policy may refuse the frame: say so, and offer the same chat in a window of its own.
  function blocked() {
    if (isReady || panel.querySelector(".blocked")) return
    const texts = config.texts[language()]
    console.warn(`Kefu: the chat did not load. Allow ${base.origin} in this page's Content-Security-Policy (script-src, frame-src, connect-src), and this site in the inbox.`)
    panel.append(make("div", { class: "blocked", role: "status" }, texts.blocked, make("a", { href: `${base.origin}/chat/${config.key}`, target: "_blank", rel: "noopener" }, texts.window)))
  }
  document.addEventListener("securitypolicyviolation", event => {
    if (event.blockedURI.startsWith(base.origin)) blocked()
  })

  function show(yes) {
    if (yes === isOpen || !host.isConnected) return
    isOpen = yes
    if (yes && !frame) load()
    draw()
    fit()
    tell(yes ? "open" : "close")
    if (yes) frame.focus()
    else if (document.activeElement === host) button.focus()
    announce(yes ? "open" : "close")
  }

  // On a phone the chat is the screen: the page behind stands still, and the panel ends where the keyboard begins.
  function fit() {
    const view = window.visualViewport
    const whole = isOpen && phone.matches
    if (whole !== (pageScroll != null)) {
      const style = document.documentElement.style
      if (whole) pageScroll = style.overflow
      style.overflow = whole ? "hidden" : pageScroll
      if (!whole) pageScroll = undefined
    }
    panel.style.setProperty("top", whole && view ? `${view.offsetTop}px` : "")
    panel.style.setProperty("height", whole && view ? `${view.height}px` : "")
  }

  function tell(what, given) {
    if (isReady) frame.contentWindow.postMessage({ kefu: 1, do: what, with: given }, base.origin)
    else if (!/^(open|close|identify)$/.test(what)) pending.push([what, given])
  }

  const heard = Object.assign(Object.create(null), {
    here() {
      clearTimeout(load.timer)
      panel.querySelector(".blocked")?.remove()
    },
    ready() {
      isReady = true
      if (settings.color !== config.accent) tell("color", settings.color)
      tell("page", { address: location.origin + location.pathname, title: document.title })
      if (identity) tell("identify", identity)
      for (const [what, given] of pending.splice(0)) tell(what, given)
      tell(isOpen ? "open" : "close")
    },
    unread: ({ count: total, name, text }) => count(Number(total) || 0, name, text),
    close: () => show(false),
    talked: () => storage("setItem", "1"),
    forgotten: () => storage("removeItem"),
  })
  addEventListener("message", event => {
    if (event.origin !== base.origin || !frame || event.source !== frame.contentWindow) return
    if (event.data?.kefu === 1) heard[event.data.say]?.(event.data)
  })

  function start() {
    const shadow = host.attachShadow({ mode: "open" })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    shadow.adoptedStyleSheets = [sheet]
    shadow.append(root)
    document.body.append(host)
    visualViewport?.addEventListener("resize", fit)
    visualViewport?.addEventListener("scroll", fit)
    phone.addEventListener("change", fit)
    document.addEventListener("visibilitychange", blink)
    draw()
    const waiting = window.kefu?.q ?? []
    window.kefu = (name, ...given) => calls[name]?.(...given)
    window.kefu.started = true
    for (const call of waiting) window.kefu(...call)
    started = true
    announce("ready")
    dispatchEvent(new CustomEvent("kefu:ready"))
    if (storage("getItem")) (window.requestIdleCallback ?? setTimeout)(() => frame ?? load(), { timeout: 4000 })
  }
  if (document.body) start()
  else addEventListener("DOMContentLoaded", start)
})
