/* Puts a floating element beside its anchor, inside the window. */

const GAP = 4;
const EDGE = 8;

export function place(floating, anchor, { above = false, centred = false } = {}) {
  const around = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  const roomBelow = innerHeight - around.bottom - GAP - EDGE;
  const roomAbove = around.top - GAP - EDGE;
  const goesAbove = above ? roomAbove >= height : roomBelow < height && roomAbove > roomBelow;
  const start = centred ? around.left + (around.width - width) / 2 : startOf(around, width);
  floating.style.left = `${Math.round(Math.max(EDGE, Math.min(start, innerWidth - width - EDGE)))}px`;
  floating.style.top = `${Math.round(Math.max(EDGE, goesAbove ? around.top - GAP - height : around.bottom + GAP))}px`;
}

function startOf(around, width) {
  return around.left + width > innerWidth - EDGE ? around.right - width : around.left;
}
