// What the loader knows about the page it stands in.

const script = document.currentScript as HTMLScriptElement;

/** Where Parley runs. */
export const origin = new URL(script.src).origin;

/** The site's address: stands before every path. */
export const base = origin + (script.dataset["site"] ? `/at/${encodeURIComponent(script.dataset["site"])}` : "");

/** The tag itself, whose attributes are defaults for every discussion. */
export const tag = script;

export interface Story {
  id: string;
  url: string;
  title: string;
}

/** Which story an element is about: its own words, else the page's. */
export function storyOf(node: HTMLElement): Story {
  const { storyId = "", url, title } = node.dataset;
  const canonical = document.querySelector<HTMLLinkElement>("link[rel=canonical]")?.href;
  const headline = document.querySelector<HTMLMetaElement>('meta[property="og:title"]')?.content;
  return {
    id: storyId,
    url: absolute(url || canonical || location.href),
    title: title || headline || document.title,
  };
}

/** An address as the server knows it: complete and without the fragment. */
export function absolute(address: string): string {
  const url = new URL(address, location.href);
  url.hash = "";
  return url.href;
}

/** The language asked for, of the element, the tag or the page. */
export const langOf = (node: HTMLElement): string =>
  node.dataset["lang"] || tag.dataset["lang"] || document.documentElement.lang;

/** The token with which the page's own login says who reads it; empty: it says nothing. */
export const tokenOf = (node: HTMLElement): string => node.dataset["token"] || tag.dataset["token"] || "";

/** Whether Parley runs on the page's own site, so that its cookies are first-party. */
export function sameSite(here = location.hostname, there = new URL(origin).hostname): boolean {
  const host = here.replace(/^www\./, "");
  return host === there || there.endsWith("." + host) || host.endsWith("." + there);
}

/**
 * How a discussion should look: as the element or the tag asks, else as the page
 * around it looks now, whose letters tell. What the reader's system prefers says
 * little about a page that has one look only.
 */
export function themeOf(node: HTMLElement): "light" | "dark" {
  const asked = node.dataset["theme"] || tag.dataset["theme"];
  if (asked === "light" || asked === "dark") return asked;
  const { color } = getComputedStyle(node.parentElement ?? document.body);
  const [r, g, b] = (/^rgba?\((.*)\)$/.exec(color)?.[1] ?? "").split(/[ ,/]+/).map(Number);
  if (r === undefined || g === undefined || b === undefined) return darkness.matches ? "dark" : "light";
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 127 ? "dark" : "light";
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/** Calls back when the page may look another way than before. */
export const onTheme = (change: () => void, ended: AbortSignal): void =>
  darkness.addEventListener("change", change, { signal: ended });
