// Everything by which a reader acts in words: loaded when first wanted.
import type { Discussion } from "./discussion.js";
import * as box from "../parts/box/box.js";
import * as edit from "../parts/edit/edit.js";
import * as report from "../parts/report/report.js";

/** Attaches the box, replies, edits, withdrawals and reports. */
export function attach(d: Discussion): void {
  for (const part of [box, edit, report]) part.attach(d);
}
