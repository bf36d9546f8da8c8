/* "3 min" must not stay "3 min". The words are those of kefu/web/moments.py, from <html data-ages>. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const [now, minutes, hours, days] = (document.documentElement.dataset.ages ?? "now|0 min|0 h|0 d").split("|");

export function relative(seconds) {
  if (seconds < MINUTE) return now;
  if (seconds < HOUR) return minutes.replace("0", Math.floor(seconds / MINUTE));
  if (seconds < DAY) return hours.replace("0", Math.floor(seconds / HOUR));
  return days.replace("0", Math.floor(seconds / DAY));
}

function tick() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
    if (seconds < 0 || seconds > 7 * DAY) continue;
    const text = relative(seconds);
    if (element.textContent !== text) element.textContent = text;
  }
}

setInterval(tick, 20_000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
