// What was begun is kept on this device, per story and box, until it is posted.
import { draftsKey, type Discussion } from "../../base/discussion.js";
import { keep, recall } from "../../base/memory.js";

export interface Draft {
  text: string;
  byline: string;
  name: string;
  /** Sending under one key twice posts once. */
  key: string;
}

/** What was begun under a story, by the id of the comment answered. */
export class Drafts {
  constructor(private readonly d: Discussion) {}

  /** The draft of a box, if there is one. */
  read(box: string): Draft | null {
    return this.list()[box] ?? null;
  }

  /** Keeps a draft; null or an empty one is forgotten. */
  write(box: string, draft: Draft | null): void {
    const list = this.list();
    if (draft?.text.trim()) list[box] = draft;
    else delete list[box];
    keep(draftsKey(this.d), Object.keys(list).length ? list : null);
  }

  private list(): Record<string, Draft> {
    return recall(draftsKey(this.d)) ?? {};
  }
}
