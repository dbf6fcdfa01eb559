// Figures as a reader writes them, in the language of the page.

const LOCALE = document.documentElement.lang;
const format = (options) => {
  const made = new Intl.NumberFormat(LOCALE, options);
  return (value) => made.format(value);
};

export const count = format({ maximumFractionDigits: 0 });
export const short = format({ maximumSignificantDigits: 3 });
export const oneDecimal = (value) => (Math.round(value * 10) / 10 + 0).toFixed(1).replace("-", "−");
export const chance = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));
export const percent = format({ style: "percent", maximumSignificantDigits: 2 });
const withSign = format({ maximumFractionDigits: 0, signDisplay: "exceptZero" });
export const signed = (value) => withSign(value).replace("-", "−");

/** Tell whoever reads aloud that a name is Korean, whatever the page speaks; return the element. */
export function asKorean(named) {
  if (/[가-힣]/.test(named.textContent)) named.lang = "ko";
  else named.removeAttribute("lang");
  return named;
}

/** Put figures into a sentence: fill("{n}명", {n: 3}) → "3명". */
export function fill(sentence, figures) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => figures[name]);
}
