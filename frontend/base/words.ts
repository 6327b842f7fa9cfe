// The sentences that scripts show. The server prints them in the reader's
// language: <script type="application/json" data-words>{"locale":"en","KEY":"…"}</script>.
// A sentence that counts is an object of plural forms: {"one":"…","other":"…"}.
// The names are those of scriptWords in frontend/locale/words.go.

/** Every sentence a script may show; {placeholders} are in the comments. */
export type Key =
  | "awaiting" // own comment held
  | "back" // back to the reply one came from
  | "cancel"
  | "comments" // plural {n}: heading of the discussion
  | "edit" // {time}: link with the time left
  | "failed" // no connection, or an answer nobody understands
  | "rejected" // by a rule
  | "sendAnyway"
  | "keyNext" // what "j" does at the desk
  | "keyPrevious" // what "k" does at the desk
  | "keys" // heading of the list of single-letter keys
  | "keysOff" // label of the switch for them
  | "left" // plural {n}: characters left
  | "loaded" // plural {n}: comments were loaded
  | "markRead"
  | "mute"
  | "muted" // stands in place of a muted author's comment
  | "news" // plural {n}: comments that arrived
  | "newsReplies" // plural {n}: of these, replies to me
  | "next" // to the next unread comment
  | "posted"
  | "readWarning" // "I have read it"
  | "replies" // plural {n}: head of a branch
  | "saved" // an edit
  | "signedIn" // a sign-in window has closed
  | "show" // a muted comment, or comments that arrived
  | "thanks" // a report was sent
  | "tooLong" // plural {n}: characters too many
  | "unmute"
  | "unread" // plural {n}: since the last visit
  | "withdraw"
  | "withdrawn";

type Sentence = string | Partial<Record<Intl.LDMLPluralRule, string>>;

/** Says a sentence in the reader's language. */
export type Say = (key: Key, values?: Record<string, string | number>) => string;

export interface Words {
  locale: string;
  say: Say;
  figure(n: number): string;
}

/** Reads the sentences a page carries. */
export function words(page: ParentNode): Words {
  const text = page.querySelector("script[data-words]")?.textContent ?? "{}";
  const list = JSON.parse(text) as Record<string, Sentence>;
  const locale = String(list["locale"] ?? "en");
  const figure = figures(locale);
  return { locale, figure: (n) => figure.format(n), say: speaker(list, locale) };
}

// Figures of every language are written alike, as on the server.
const figures = (locale: string): Intl.NumberFormat => new Intl.NumberFormat(locale, { numberingSystem: "latn" });

/** Says the sentences of a list; {placeholders} are filled, {n} chooses the plural. */
export function speaker(list: Record<string, Sentence>, locale: string) {
  const plural = new Intl.PluralRules(locale);
  const figure = figures(locale);
  return (key: string, values: Record<string, string | number> = {}): string => {
    const found = list[key] ?? key;
    const form = typeof found === "string" ? found : (found[plural.select(Number(values["n"]))] ?? found.other ?? key);
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === "number" ? figure.format(value) : (value ?? whole);
    });
  };
}
