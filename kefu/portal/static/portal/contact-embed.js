// A contact form on the brand's own page, where the script stands. The server sends this file followed by `(settings)`,
// see portal/contact.py.
(config => {
  "use strict"
  const script = document.currentScript
  const desk = new URL(script.src).origin
  const frame = document.createElement("iframe")
  const asked = new URLSearchParams({ host: location.origin })
  for (const name of ["topic", "language"]) if (script.dataset[name]) asked.set(name, script.dataset[name])
  frame.src = `${desk}/contact/${config.key}/embedded?${asked}`
  frame.title = config.title
  frame.style.cssText = "display:block;width:100%;height:480px;border:0;color-scheme:normal"
  script.after(frame)

  // Only the form in this very frame may say how high it is.
  addEventListener("message", event => {
    if (event.origin !== desk || event.source !== frame.contentWindow || event.data?.kefu !== "form") return
    const height = Number(event.data.height)
    if (height > 0 && height < 20000) frame.style.height = `${Math.ceil(height)}px`
  })
})
