// Decisions on their way to the server: in order, each once, however often the
// connection fails. What is not sent yet outlives the page.
import { newKey, Problem, type Http } from "../../base/http.js";
import { keep, recall } from "../../base/memory.js";

/** A decision, or one taken back. */
export interface Ruling {
  readonly comment: string;
  readonly verb: string;
  readonly from: string;
  readonly seen: string;
  readonly reason: string;
  readonly note: string;
  readonly key: string;
}

interface Ends {
  sent(ruling: Ruling): void;
  refused(ruling: Ruling, problem: Problem): void;
  /** Says how many wait, and whether the connection is the reason. */
  waiting(n: number, cut: boolean): void;
}

const slot = "desk:outbox";
const longest = 30_000;

export class Outbox {
  private readonly list: Ruling[];
  private busy = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly http: Http,
    private readonly ends: Ends,
  ) {
    this.list = recall<Ruling[]>(slot) ?? [];
    addEventListener("online", () => this.wake?.());
    addEventListener("beforeunload", (event) => {
      if (this.list.length) event.preventDefault();
    });
    void this.pump();
  }

  get size(): number {
    return this.list.length;
  }

  push(ruling: Omit<Ruling, "key">): Ruling {
    const entry = { ...ruling, key: newKey() };
    this.list.push(entry);
    this.save();
    void this.pump();
    return entry;
  }

  private save(): void {
    keep(slot, this.list.length ? this.list : null);
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    let wait = 1000;
    for (let first = this.list[0]; first; first = this.list[0]) {
      this.ends.waiting(this.list.length, wait > 1000);
      const problem = await this.send(first);
      if (problem && passing(problem)) {
        this.ends.waiting(this.list.length, true);
        await this.sleep(wait);
        wait = Math.min(2 * wait, longest);
        continue;
      }
      wait = 1000;
      this.list.shift();
      this.save();
      if (problem) this.ends.refused(first, problem);
      else this.ends.sent(first);
    }
    this.busy = false;
    this.ends.waiting(0, false);
  }

  private async send({ comment, verb, from, seen, reason, note, key }: Ruling): Promise<Problem | undefined> {
    const base = `/api/v1/comments/${comment}`;
    try {
      if (verb === "undo") await this.http.json("POST", base + "/undo", {}, key);
      else await this.http.json("POST", base + "/decisions", { verb, from, reason, note, seen }, key);
      return undefined;
    } catch (problem) {
      if (problem instanceof Problem) return problem;
      throw problem;
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      this.wake = done;
      setTimeout(done, ms);
    });
  }
}

/** Whether trying again may help: no connection, too fast, or the server's own trouble. */
const passing = (problem: Problem): boolean => problem.status === 0 || problem.status === 429 || problem.status >= 500;
