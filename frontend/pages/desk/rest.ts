// Who looks at ugliness for long is asked, gently and on this device only, to
// look away for a while.
import { keep, recall } from "../../base/memory.js";

interface Watch {
  since: number; // when deciding without a pause began
  last: number;
  hard: number; // ugly ones since then
}

const minute = 60_000;
const pause = 10 * minute; // is a break
const long = 50 * minute;
const many = 20;
const ugly = ["abuse", "hate", "threat", "illegal"];

/** Counts a decision; says whether a break is due, and which sentence asks for it. */
export function tired(verb: string, reason: string, now = Date.now()): "rest" | "restHard" | undefined {
  const before = recall<Watch>("desk:watch");
  const watch = before && now - before.last < pause ? before : { since: now, last: now, hard: 0 };
  watch.last = now;
  if (verb === "reject" && ugly.includes(reason)) watch.hard++;
  const due = watch.hard >= many ? "restHard" : now - watch.since >= long ? "rest" : undefined;
  keep("desk:watch", due ? null : watch);
  return due;
}
