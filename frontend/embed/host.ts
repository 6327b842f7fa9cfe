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

/** Whether Parley runs on the page's own site, so that its cookies are first-party. */
export function sameSite(here = location.hostname, there = new URL(origin).hostname): boolean {
  const host = here.replace(/^www\./, "");
  return host === there || there.endsWith("." + host) || host.endsWith("." + there);
}
