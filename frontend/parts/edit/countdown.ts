// How long an author may still edit, counting down on the link itself.
import { article, type Discussion } from "../../base/discussion.js";
import { one } from "../../base/dom.js";

const second = 1000;

/** Writes the time left on the link to edit and takes the link away at the end. */
export function countDown(d: Discussion, comment: Element): void {
  const box = article(comment);
  const link = box && one(box, "[data-edit]");
  if (!link || "counting" in link.dataset) return;
  link.dataset["counting"] = "";
  const until = Date.parse(link.dataset["edit"] ?? "");
  const tick = (): void => {
    const left = Math.ceil((until - Date.now()) / second);
    if (!link.isConnected || !(left > 0)) {
      clearInterval(timer);
      link.remove();
      return;
    }
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    link.textContent = d.say("edit", { time });
  };
  const timer = setInterval(tick, second);
  d.ended.addEventListener("abort", () => clearInterval(timer));
  tick();
}
