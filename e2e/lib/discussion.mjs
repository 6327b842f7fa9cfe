// What a reader does in a discussion, wherever it stands: on a page, in a
// frame, or in a shadow root. Every function takes the scope it happens in.

/** The comment that says a text, without its replies. */
export const commentSaying = (scope, text) =>
  scope.locator("li.comment").filter({ has: scope.locator(":scope > article > .comment-text").filter({ hasText: text }) });

/** The comment with an id. */
export const commentOf = (scope, id) => scope.locator(`li.comment#c-${id}`);

/** A part of a comment's own box. */
export const inside = (comment, selector) => comment.locator(":scope > article").locator(selector);

/** The box at the top of a discussion. */
export const topBox = (scope) => scope.locator("section.discussion > form[data-box], .page form[data-box]").first();

/** Waits until the script of a discussion in a frame has told the page around how tall it is. */
export async function heard(t, page) {
  const frame = page.locator("parley-discussion iframe");
  await t.until("the frame is heard", () => frame.evaluate((node) => node.style.height !== ""));
}

/** Fills a box and sends it. */
export async function write(box, { text, byline, name }) {
  await box.locator("textarea[name=text]").fill(text);
  if (byline) await box.locator(`input[name=byline][value=${byline}]`).check();
  if (name !== undefined) await box.locator("input[name=name]").fill(name);
  await box.locator(".box-send .main").click();
}

/** Whether the focus stands in what a locator finds, also inside a shadow root. */
export const hasFocus = (locator) =>
  locator.evaluate((node) => {
    const at = node.getRootNode().activeElement;
    return at === node || (node.contains(at) && at?.closest("li.comment") === node.closest("li.comment"));
  });

/** The id of a comment. */
export const idOf = async (comment) => (await comment.getAttribute("id")).slice(2);

/** The figure on a vote button. */
export const votes = async (button) => Number((await button.locator("b").textContent()).replace(/\D/g, "") || 0);
