// Gives back what a USB scanner typed while the Korean input method was on: each key of the two-set (두벌식) layout
// became a letter of Hangul, and letters became syllables.

const INITIALS = "R RR S E EE F A Q QQ T TT D W WW C Z X V G".split(" ");
const VOWELS = "K O I OI J P U UP H HK HO HL Y N NJ NP NL B M ML L".split(" ");
const FINALS = ",R,RR,RT,S,SW,SG,E,F,FR,FA,FQ,FT,FX,FV,FG,A,Q,QT,T,TT,D,W,C,Z,X,V,G".split(",");
const LETTERS = "R RR RT S SW SG E EE F FR FA FQ FT FX FV FG A Q QQ QT T TT D W WW C Z X V G".split(" ");
// With Shift held, seven keys make a letter of their own; it is one key, whatever the tables above spell it as.
const SHIFTED = { RR: "R", EE: "E", QQ: "Q", TT: "T", WW: "W", OI: "O", UP: "P" };

const SYLLABLES = 0xac00;
const SYLLABLES_END = 0xd7a3;
const CONSONANTS = 0x3131; // compatibility letters ㄱ … ㅎ
const VOWEL_LETTERS = 0x314f; // ㅏ … ㅣ

/** Return the text in upper case with every Hangul character replaced by the keys it was typed with. */
export function latinFromHangul(text) {
  return Array.from(text.normalize("NFC"), keysOf).join("").toUpperCase();
}

function keysOf(character) {
  const code = character.codePointAt(0);
  if (code >= SYLLABLES && code <= SYLLABLES_END) {
    const at = code - SYLLABLES;
    return key(INITIALS[Math.floor(at / 588)]) + key(VOWELS[Math.floor((at % 588) / 28)]) + key(FINALS[at % 28]);
  }
  if (code >= CONSONANTS && code < VOWEL_LETTERS) return key(LETTERS[code - CONSONANTS]);
  if (code >= VOWEL_LETTERS && code < VOWEL_LETTERS + VOWELS.length) return key(VOWELS[code - VOWEL_LETTERS]);
  return character;
}

function key(keys) {
  return SHIFTED[keys] ?? keys;
}
