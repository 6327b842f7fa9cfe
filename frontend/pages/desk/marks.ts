// Marks in a comment's text what a rule or a search matched. The text itself
// stays as the server sent it: browsers paint the ranges.
import { all } from "../../base/dom.js";

/** Paints the matches of all cards, and the words of a search. */
export function paint(within: HTMLElement): void {
  if (!("highlights" in CSS)) return;
  const ranges: Range[] = [];
  const asked = (new URLSearchParams(location.search).get("q") ?? "").split(/\s+/);
  for (const card of all(within, "[data-card]")) {
    const words = [...(card.dataset["matches"] ?? "").split("\n"), ...asked].filter((word) => word.length > 1);
    for (const text of all(card, ".card-text")) ranges.push(...found(text, words));
  }
  CSS.highlights.set("match", new Highlight(...ranges));
}

function found(node: HTMLElement, words: string[]): Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const lower = (text.nodeValue ?? "").toLowerCase();
    for (const word of words) ranges.push(...places(text, lower, word.toLowerCase()));
  }
  return ranges;
}

function places(text: Node, lower: string, word: string): Range[] {
  const ranges: Range[] = [];
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
    if (at + word.length > (text.nodeValue ?? "").length) break;
    const range = new Range();
    range.setStart(text, at);
    range.setEnd(text, at + word.length);
    ranges.push(range);
  }
  return ranges;
}
