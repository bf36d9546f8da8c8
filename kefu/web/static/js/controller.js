/* A controller is a function that wakes up for every element matching a selector, now or swapped in later. */

const controllers = [];

export function controller(selector, connect) {
  const entry = { selector, connect, known: new WeakSet() };
  controllers.push(entry);
  wake(entry, document);
}

function wake(entry, root) {
  if (root.matches?.(entry.selector)) begin(entry, root);
  for (const element of root.querySelectorAll(entry.selector)) begin(entry, element);
}

function begin(entry, element) {
  if (entry.known.has(element)) return;
  entry.known.add(element);
  entry.connect(element);
}

new MutationObserver((changes) => {
  for (const change of changes) {
    for (const node of change.addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      for (const entry of controllers) wake(entry, node);
    }
  }
}).observe(document, { childList: true, subtree: true });

/* on("click", "[data-x]", (element, event) => …): one listener on the page, for elements that come and go. */
export function on(type, selector, heard, options) {
  document.addEventListener(
    type,
    (event) => {
      const element = event.target.closest?.(selector);
      if (element) heard(element, event);
    },
    options,
  );
}
