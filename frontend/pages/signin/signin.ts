// What script adds to the pages about signing in: passkeys, and the way back to
// the page that opened this window.
import { on, one } from "../../base/dom.js";
import type { Words } from "../../base/words.js";

type Ceremony = "get" | "create";

/** Attaches to the page, if it is one of them. */
export function attach(words: Words): void {
  handOver();
  const form = one<HTMLFormElement>(document, "form[data-passkey]");
  if (!form || !able()) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  on(form, "click", "[data-passkey-use]", () => void ask(form, "get", words));
  on(form, "click", "[data-passkey-new]", () => void ask(form, "create", words));
}

// The code is worth nothing to anybody but the page that holds its verifier, and
// is told to that page's origin only.
function handOver(): void {
  const { handoff: code, to } = one(document, "[data-handoff]")?.dataset ?? {};
  const opener = window.opener as Window | null;
  if (!code || !to || !opener) return;
  opener.postMessage({ type: "parley:signed-in", code }, to);
  window.close();
}

const able = (): boolean =>
  "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential && "toJSON" in PublicKeyCredential.prototype;

/** Asks the device for a passkey, or for a new one, and goes on where the server says. */
async function ask(form: HTMLFormElement, ceremony: Ceremony, { say }: Words): Promise<void> {
  const page = form.closest<HTMLElement>("[data-base]");
  const base = page?.dataset["base"] ?? "";
  const door = base + (ceremony === "get" ? "/signin/passkey" : "/me/passkeys");
  const fields = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  if (page && "security" in page.dataset) fields.set("return_to", base + "/me/security");
  const wrong = one(document, '.page > [data-error="form"]');
  if (wrong) wrong.textContent = "";
  try {
    const options = await send(door + "/begin", fields);
    const answer = await device(ceremony, options["publicKey"]);
    if (!answer) return;
    const query = ceremony === "create" ? "?" + fields : "";
    const { next } = await send(door + query, JSON.stringify(answer));
    location.assign(String(next));
  } catch (problem) {
    if (problem instanceof DOMException) return; // who asked has changed their mind
    if (wrong) wrong.textContent = (problem as Error).message || say("failed");
  }
}

async function device(ceremony: Ceremony, options: unknown): Promise<unknown> {
  const made =
    ceremony === "get"
      ? await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON),
        })
      : await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON),
        });
  return (made as PublicKeyCredential | null)?.toJSON();
}

/** Sends a form or JSON and reads the answer; an answer that says no is an error. */
async function send(path: string, body: URLSearchParams | string): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method: "POST", headers, body });
  const read = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(String(read["detail"] ?? ""));
  return read;
}
