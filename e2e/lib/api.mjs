// What other people do meanwhile, by the JSON door and without a browser.
import { randomUUID } from "node:crypto";

/** A reader elsewhere: keeps the session the server gives. */
export class Elsewhere {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  async ask(method, path, body) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": randomUUID() };
    if (this.cookies.size) headers["Cookie"] = [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
    const answer = await fetch(this.base + path, { method, headers, body: JSON.stringify(body) });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Posts a comment and returns its id. */
  async post(story, text, { parent = "", byline = "none", name = "" } = {}) {
    return (await this.ask("POST", "/api/v1/comments", { story, parent, byline, name, text })).id;
  }
}

/** The site's base and the story's id in a story's address. */
export function partsOf(url) {
  const [, base, id] = /^(.*)\/s\/([0-9a-z]{13})\//.exec(url);
  return { base, id };
}
