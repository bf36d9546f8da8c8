// Masks cards and ID numbers before they leave the browser; numbers.py looks again, and closer.

const HAN = "零一二三四五六七八九〇壹贰叁肆伍陆柒捌玖零幺";
const GAP = "[\\s\\p{Pd}\\p{Cf}−·•‧・._\\ufe0f\\u20e3]{0,4}";
const ANY = `[\\p{Nd}①-⑨⓪${HAN}]`;
const RUN = new RegExp(`\\*{4} \\d{4}\\b|\\d{3}\\*{11}|${ANY}(?:${GAP}${ANY}){12,}(?:${GAP}[xｘ])?`, "giu");
const GROUP = new RegExp(`[\\p{Nd}①-⑨⓪]+[xｘ]?|[${HAN}]+|[xｘ]`, "giu");
const USUAL = /^(\d+|(4,)+[1-4]|4,6,5|6,8,4|6,4,4,4|6,4,2,2,4)$/;
const CARD =
  /^(62\d{11,17}|(9558|6013)\d{12,15}|3[47]\d{13}|(4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|352[89]|35[3-8]\d|6011|64[4-9]\d|65\d\d)\d{12})$/;
const RARE_CARD = /^4(\d{12}|\d{18})$/;
const CARD_BEFORE = /卡|card|visa|银行|信用/i;
const OTHER_BEFORE = /(^|[^\da-z])(?!(card|visa|bank|no|id)$)[a-z]{1,4}$|\+$|\d\.$/i;

export function mask(text) {
  const masked = text.replace(RUN, maskRun);
  return masked === text ? text : mask(masked);
}

function maskRun(run, offset, text) {
  if (run.includes("*")) return run;
  const groups = [...run.matchAll(GROUP)];
  for (let first = 0; first < groups.length; first++) {
    for (let last = Math.min(groups.length, first + 19) - 1; last >= first; last--) {
      const start = groups[first].index;
      const end = groups[last].index + groups[last][0].length;
      const pieces = groups.slice(first, last + 1).map((group) => group[0]);
      const whole = pieces.length === groups.length && !run.includes(".");
      const usual = USUAL.test(pieces.map((piece) => piece.length));
      const shown = (whole || usual) && shownFor(pieces, text.slice(0, offset + start));
      if (shown) return run.slice(0, start) + shown + run.slice(end);
    }
  }
  return run;
}

function shownFor(pieces, before) {
  const digits = [...pieces.join("")].map(plain).join("");
  if (isId(digits)) return digits.slice(0, 3) + "*".repeat(11) + digits.slice(-4).toUpperCase();
  const rare = (pieces.length > 1 || CARD_BEFORE.test(before)) && RARE_CARD.test(digits);
  const card = (rare || CARD.test(digits)) && !OTHER_BEFORE.test(before) && isLuhn(digits);
  return card && "**** **** **** " + digits.slice(-4);
}

function plain(character) {
  return HAN.includes(character) ? HAN.indexOf(character) % 10 : character.normalize("NFKC").toLowerCase();
}

function isLuhn(digits) {
  const add = (sum, digit, i) => sum + (i % 2 ? digit * 2 - (digit > 4) * 9 : +digit);
  return [...digits].reverse().reduce(add, 0) % 10 === 0;
}

function isId(digits) {
  if (!/^[1-9]\d{16}[\dx]$/.test(digits)) return false;
  const day = digits.replace(/.{6}(....)(..)(..).*/, "$1-$2-$3");
  const born = new Date(day);
  const add = (sum, digit) => (sum * 2 + (digit > "9" ? 10 : +digit)) % 11;
  return day > "18" && born <= Date.now() && born.toISOString().startsWith(day) && [...digits].reduce(add, 0) === 1;
}
