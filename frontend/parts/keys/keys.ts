// Single-letter commands. They rest while the reader writes, can be switched
// off for good (WCAG 2.1.4), and "?" lists them.
import { all, button, make, typing } from "../../base/dom.js";
import { keep, recall } from "../../base/memory.js";
import type { Say } from "../../base/words.js";

/** Where commands are heard and how they are explained. */
export interface Board {
  readonly root: Document | ShadowRoot;
  readonly section: HTMLElement;
  readonly say: Say;
  readonly ended: AbortSignal;
}

type Command = [does: string, act: () => void];

const boards = new WeakMap<HTMLElement, Map<string, Command>>();

/** Lets a letter do something; one that is not explained stands behind the one before. */
export function onKey(board: Board, letter: string, does: string, act: () => void): void {
  const there = boards.get(board.section);
  const commands = there ?? new Map<string, Command>();
  commands.set(letter, [does, act]);
  if (there) return;
  boards.set(board.section, commands);
  document.addEventListener("keydown", (event) => press(board, commands, event), { signal: board.ended });
}

function press(board: Board, commands: Map<string, Command>, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event)) return;
  if (document.querySelector("dialog[open]") || board.root.querySelector("dialog[open]")) return;
  if (event.key === "?") help(board, commands);
  const command = recall("keysOff") ? undefined : commands.get(event.key);
  if (!command) return;
  event.preventDefault();
  command[1]();
}

function help(board: Board, commands: Map<string, Command>): void {
  const dialog = make("dialog", "dialog keys");
  const list = make("dl", "keys-list");
  for (const [letter, [does]] of commands) {
    if (!does) continue;
    const term = make("dt", "");
    term.append(make("kbd", "", letter));
    list.append(term, make("dd", "", does));
  }
  const off = make("input", "");
  off.type = "checkbox";
  off.checked = recall("keysOff") === true;
  off.addEventListener("change", () => keep("keysOff", off.checked || null));
  const label = make("label", "keys-off");
  label.append(off, " " + board.say("keysOff"));
  const close = button("button", board.say("cancel"), () => dialog.close());
  const foot = make("p", "keys-foot");
  foot.append(label, close);
  dialog.append(make("h2", "", board.say("keys")), list, foot);
  dialog.addEventListener("close", () => dialog.remove());
  for (const old of all(board.section, "dialog.keys")) old.remove();
  board.section.append(dialog);
  dialog.showModal();
}
