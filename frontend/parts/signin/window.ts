// Signing in from a frame or a foreign page: in a window of Parley's own, which
// hands back a code that only this page can swap for its session. What stands in
// the box is not touched.
import type { Discussion } from "../../base/discussion.js";
import { one } from "../../base/dom.js";

const size = "popup,width=480,height=760";

/** Opens the window, waits for what it hands over, and asks what is personal again. */
export async function open(d: Discussion, refresh: () => Promise<void>): Promise<void> {
  const framed = d.http.origin === location.origin;
  const verifier = letters(crypto.getRandomValues(new Uint8Array(48)));
  const url = new URL(d.http.base + "/signin");
  url.search = new URLSearchParams({
    challenge: letters(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)))),
    origin: location.origin,
    kind: framed ? "frame" : "embed",
    lang: d.section.lang,
  }).toString();
  const opened = window.open(url, "parley-signin", size);
  if (!opened) {
    location.assign(url);
    return;
  }
  const heard = new AbortController();
  const hear = (event: MessageEvent): void => {
    const { type, code } = (event.data ?? {}) as { type?: unknown; code?: unknown };
    if (event.source !== opened || event.origin !== d.http.origin || type !== "parley:signed-in" || typeof code !== "string") return;
    heard.abort();
    swap(d, code, verifier).then(refresh).catch((problem: Error) => d.news.say(problem.message));
  };
  addEventListener("message", hear, { signal: AbortSignal.any([heard.signal, d.ended]) });
}

async function swap(d: Discussion, code: string, verifier: string): Promise<void> {
  await d.http.json("POST", "/api/v1/session", { code, verifier });
  one(d.section, "[data-signin-line]")?.remove();
  d.news.say(d.say("signedIn"));
}

/** Signs in with the token of the page's own login, unless somebody has already. */
export async function vouch(d: Discussion, jwt: string, refresh: () => Promise<void>): Promise<void> {
  const { role } = d.overlay?.account ?? { role: "guest" };
  if (role !== "guest" || !one(d.section, "[data-signin-line]")) return;
  try {
    await d.http.json("POST", "/api/v1/session/token", { jwt });
    one(d.section, "[data-signin-line]")?.remove();
    await refresh();
  } catch {
    // The page's token is old or not for here; one can still sign in by oneself.
  }
}

/** Bytes as base64url. */
function letters(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
