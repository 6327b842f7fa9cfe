// The program's own words, so that no script repeats a sentence of it.
import { readFileSync } from "node:fs";

const folder = new URL("../../frontend/locale/", import.meta.url);
const read = (locale) => JSON.parse(readFileSync(new URL(locale + ".json", folder), "utf8"));
const catalogue = read("en");

/** The sentence of a key as a reader sees it. */
export function say(key, values = {}) {
  const found = catalogue[key];
  if (found === undefined) throw new Error(`the catalogue has no ${key}`);
  const form = typeof found === "string" ? found : (found[new Intl.PluralRules("en").select(values.n)] ?? found.other);
  return form.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
