// What moderators do at the desk.
/** Comes in by a one-time link; the page then shows the desk. */
export async function enter(page, link) {
  await page.goto(link);
  await page.locator("main form button.main, main form button").first().click();
  await page.waitForURL(/\/desk/);
}

/** The card that says a text. */
export const cardSaying = (page, text) => page.locator("[data-card]").filter({ hasText: text });

/** Resolves when the next decision was answered: by script in the background, or by a page. */
export const decisionSent = (page) =>
  page.waitForResponse((answer) => answer.request().method() === "POST" && /\/(decisions|undo)$/.test(new URL(answer.url()).pathname));

/** Resolves when the server knows which card a page looks at. */
export const cardTaken = (page) => page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith("/desk/claims"));
