// Questions to the service. A refusal arrives as an error with a sentence for the visitor and, where there is one,
// the field it is about; without network the sentence says that.

export class Refusal extends Error {
  constructor(sentence, { code = "", field = "", status = 0 } = {}) {
    super(sentence);
    Object.assign(this, { code, field, status });
  }
}

/** Post JSON and return the answer; throws a Refusal. */
export async function post(path, body, words) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refusal(words.offline, { code: "offline" });
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    const { code, field } = answer ?? {};
    throw new Refusal(answer?.detail ?? words.failed, { code, field, status: response.status });
  }
  return answer;
}

/** Put figures into a sentence: fill("{n}초", {n: 3}) → "3초". */
export function fill(sentence, figures) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => figures[name]);
}

/** Return what the page brought for its scripts. */
export function pageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}
