// Talks to our server: pages as nodes, acts as JSON, errors as Problems.
import { parse } from "./html.js";
import type { Say } from "./words.js";

interface Detail {
  detail?: string;
  title?: string;
  code?: string;
  errors?: { location?: string; message: string }[];
  retryAfter?: number;
  decision?: string;
}

/** An answer that says no, in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    private readonly answer: Detail,
    fallback: string,
  ) {
    super(answer.detail || answer.title || fallback);
  }

  /** The warning that must be read first; empty: none. */
  get warning(): string {
    return this.answer.code === "error.warned" ? (this.answer.decision ?? "") : "";
  }

  /** The messages with the field each stands at; an empty name is the whole form. */
  fields(): [name: string, message: string][] {
    const list = this.answer.errors ?? [];
    if (!list.length) return [["", this.message]];
    return list.map(({ location = "", message }) => [location.replace(/^body\.?/, ""), message]);
  }
}

/** Whether this is our page in a frame on another site, whose cookies are kept apart. */
const framed = window.self !== window.top;

/** Says who the browser's cookies make of it. */
const session = "/api/v1/session";

/** How often a page that holds its token in memory asks for the next, in milliseconds. */
const renewEvery = 6 * 60_000;

export class Http {
  readonly origin: string;
  private token = "";
  private offered = "";
  private renewal = 0;

  /** base stands before every path of the site. */
  constructor(
    readonly base: string,
    private readonly locale: string,
    private readonly say: Say,
  ) {
    this.origin = new URL(base, location.href).origin;
  }

  /** Fetches HTML of our own server. */
  async page(path: string): Promise<DocumentFragment> {
    const answer = await this.ask("GET", path);
    return parse(await answer.text(), this.origin);
  }

  /** Does one thing and reads the answer, if there is one. */
  async json<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["Idempotency-Key"] = key ?? newKey();
    const answer = await this.ask(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
    const text = await answer.text();
    return (text ? JSON.parse(text) : null) as T;
  }

  /** Sends a form for what the server remembers; no answer is read. */
  async remember(path: string, fields: URLSearchParams): Promise<void> {
    const headers: Record<string, string> = framed ? { "Parley-Context": "frame" } : {};
    await fetch(path, { method: "POST", body: fields, headers, credentials: "include", redirect: "manual", keepalive: true }).catch(() => {});
  }

  private async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: BodyInit,
  ): Promise<Response> {
    const url = /^https?:/.test(path) ? path : this.base + path;
    await this.consider();
    if (framed) headers["Parley-Context"] = "frame";
    headers["Accept-Language"] = this.locale;
    if (this.token) headers["Authorization"] = "Parley " + this.token;
    const answer = await this.reach(url, { method, headers, body: body ?? null });
    this.offered = answer.headers.get("Parley-Token") ?? this.offered;
    if (answer.ok) return answer;
    const detail = (await answer.json().catch(() => ({}))) as Detail;
    throw new Problem(answer.status, detail, this.say("failed"));
  }

  private async reach(url: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { credentials: "include", ...request });
    } catch {
      throw new Problem(0, {}, this.say("failed"));
    }
  }

  // In a frame whose cookies are off, the session lives in this page's memory
  // only. What was offered is looked at when it is first needed: a story that
  // came to be with the same answer has its address by then.
  private async consider(): Promise<void> {
    const { offered } = this;
    this.offered = "";
    if (!offered) return;
    const kept = !this.token && (await this.signedIn());
    if (kept) return;
    this.token = offered;
    // It ends soon; while this page lives, an answer now and then brings the next.
    this.renewal ||= window.setInterval(() => void this.ask("GET", session).catch(() => {}), renewEvery);
  }

  private async signedIn(): Promise<boolean> {
    const answer = await this.reach(this.base + session, {});
    const { role } = (await answer.json().catch(() => ({}))) as { role?: string };
    return Boolean(role);
  }
}

/** A key under which sending twice posts once. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain HTTP on a local network has no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
