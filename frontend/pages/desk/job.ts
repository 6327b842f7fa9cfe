// The progress of an act on many comments, without a reload.
import { one } from "../../base/dom.js";
import { parse } from "../../base/html.js";

const every = 1000;

/** Shows how far the page's job is until it has ended. */
export function follow(): void {
  const job = one(document, "[data-job]");
  if (job?.dataset["job"] === "waiting") setTimeout(() => void look(job), every);
}

async function look(job: HTMLElement): Promise<void> {
  const answer = await fetch(location.href).catch(() => null);
  const fresh = answer?.ok ? one(parse(await answer.text(), location.origin), "[data-job]") : null;
  // A button that has the focus keeps it while nothing but the figures change.
  const focused = job.contains(document.activeElement) && fresh?.dataset["job"] === job.dataset["job"];
  if (fresh && focused) {
    one(job, "[role=status]")?.replaceChildren(...(one(fresh, "[role=status]")?.childNodes ?? []));
    one(job, "progress")?.replaceWith(one(fresh, "progress") ?? "");
  } else if (fresh) job.replaceWith(fresh);
  follow();
}
