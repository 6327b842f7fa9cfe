// Keeps the numbers of comments on a front page: when a story on it moved, they
// are read from the page as the server would send it now. Nothing else changes.
import { all, one } from "../../base/dom.js";
import { Http } from "../../base/http.js";
import { follow, type Signal } from "../../base/live.js";
import type { Words } from "../../base/words.js";

/** How long a reader must stay to be told, and then at most between two looks. */
const tuneIn = 1500;
const rest = 3000;

/** Attaches to the page's list of stories. */
export function attach({ locale, say }: Words): void {
  const url = one(document, "[data-front]")?.dataset["front"];
  if (!url) return;
  const http = new Http("", locale, say);
  let timer = 0;
  let looked = -Infinity;
  const look = async (): Promise<void> => {
    timer = 0;
    looked = performance.now();
    const page = await http.page(location.href);
    for (const fresh of all(page, "[data-teaser]")) {
      const teaser = find(fresh.dataset["teaser"] ?? "");
      if (teaser) renew(teaser, fresh);
    }
  };
  const told = (signal?: Signal): void => {
    if (signal && !find(signal.story)) return;
    // A crowd does not ask in the same moment.
    const soon = 100 + Math.random() * 400;
    timer ||= window.setTimeout(() => void look().catch(() => {}), Math.max(soon, looked + rest - performance.now()));
  };
  setTimeout(() => follow(url, told), tuneIn * (1 + Math.random()));
}

const find = (story: string): HTMLElement | null => one(document, `[data-teaser="${story}"]`);

function renew(teaser: HTMLElement, fresh: HTMLElement): void {
  const shown = one(teaser, ".teaser-count");
  const count = one(fresh, ".teaser-count");
  if (!count || shown?.textContent === count.textContent) return;
  // A link in focus stays the one it is.
  if (shown) shown.textContent = count.textContent;
  else one(teaser, ".teaser-line")?.append(count);
}
