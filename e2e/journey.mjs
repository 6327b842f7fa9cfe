// The whole life of a comment: held, published, answered, voted on, reported,
// edited, withdrawn; on Parley's own page, in a frame on another site, and
// inline on a page of the same site.
import { decisionSent } from "./lib/desk.mjs";
import { commentSaying, hasFocus, heard, inside, topBox, votes, write } from "./lib/discussion.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

/** Where the owner's session is kept once the link is used. */
let owner;

/** Becomes the owner by the one-time link; it works once. */
async function signIn(t) {
  const page = await t.reader();
  await page.goto(facts.owner);
  await page.getByRole("button", { name: say("welcome.button") }).click();
  await page.waitForURL(/\/desk/);
  owner = await page.context().storageState();
  const again = await t.reader();
  const answer = await again.goto(facts.owner);
  t.ok(answer.status() >= 400, `the link works twice: ${answer.status()}`);
  const stranger = await t.reader();
  t.is((await stranger.goto(facts.parley + "/desk/held")).status(), 401, "the desk to a stranger");
}

/** Publishes the held comment that says a text. */
async function publish(t, text, options = {}) {
  t.step("the owner publishes");
  const page = await t.reader({ storageState: owner, ...options });
  await page.goto(facts.parley + "/desk/held");
  const card = page.locator("[data-card]").filter({ hasText: text });
  const sent = decisionSent(page);
  await card.getByRole("button", { name: say("desk.publish"), exact: true }).click();
  await page.locator(".desk-flash", { hasText: say("desk.didPublish") }).waitFor();
  await sent;
  t.is(await page.locator("[data-card]").filter({ hasText: text }).count(), 0, "cards left of the comment");
  await page.context().close();
}

/** Finds the report with its words at the desk and closes it. */
async function dismiss(t, text, words) {
  t.step("the owner reads the report");
  const page = await t.reader({ storageState: owner });
  await page.goto(facts.parley + "/desk/reported");
  const card = page.locator("[data-card]").filter({ hasText: text });
  await card.getByText(words).waitFor();
  await card.getByText(say("reason.spam")).waitFor();
  const sent = decisionSent(page);
  await card.getByRole("button", { name: say("desk.dismiss") }).click();
  await page.locator(".desk-flash", { hasText: say("desk.didDismiss") }).waitFor();
  await sent;
  await page.context().close();
}

/** The life of a comment where scripts run; open shows the discussion to a reader. */
async function life(t, tag, open) {
  const first = `The bell is half a tone low, ${tag}.`;
  const answer = `Play it to the foundry, ${tag}.`;

  t.step("a guest posts");
  const guest = await open(t);
  await write(topBox(guest.scope), { text: first, byline: "name", name: `Ada ${tag}` });
  const own = commentSaying(guest.scope, first);
  await own.waitFor();
  t.is(await inside(own, ".comment-held").innerText(), say("comment.held"), "the mark of the own held comment");
  await t.until("the focus is on the new comment", () => hasFocus(own));
  t.is(await inside(own, ".comment-name").innerText(), `Ada ${tag}`, "the name");

  t.step("the guest comes back");
  await guest.again();
  await commentSaying(guest.scope, first).locator(".comment-held").waitFor();

  t.step("another reader looks");
  const other = await open(t);
  await topBox(other.scope).waitFor();
  t.is(await commentSaying(other.scope, first).count(), 0, "held comments others see");

  await publish(t, first);

  t.step("another reader answers");
  await other.again();
  const seen = commentSaying(other.scope, first);
  await seen.waitFor();
  t.is(await inside(seen, ".comment-held").count(), 0, "marks on the published comment");
  await inside(seen, "[data-reply]").click();
  await write(seen.locator(":scope > form[data-box]"), { text: answer, byline: "none" });
  await commentSaying(other.scope, answer).locator(".comment-held").waitFor();
  await t.until("the focus is on the reply", () => hasFocus(commentSaying(other.scope, answer)));
  t.is(await seen.locator("li.comment").filter({ hasText: answer }).count(), 1, "the reply below its parent");
  await publish(t, answer);

  t.step("another reader votes");
  const up = inside(seen, "button.up");
  const before = await votes(up);
  await Promise.all([other.page.waitForResponse((r) => r.url().endsWith("/vote") && r.ok()), up.click()]);
  t.is(await up.getAttribute("aria-pressed"), "true", "the vote shows");
  t.is(await votes(up), before + 1, "the figure with the vote");
  await other.again();
  await t.until("the vote is remembered", async () => (await up.getAttribute("aria-pressed")) === "true");
  t.step("another reader takes the vote back");
  const voted = await votes(up);
  await Promise.all([other.page.waitForResponse((r) => r.url().endsWith("/vote") && r.ok()), up.click()]);
  t.is(await up.getAttribute("aria-pressed"), "false", "the vote is gone");
  t.ok((await votes(up)) <= voted, "the figure grew with the undone vote");

  t.step("another reader reports");
  await inside(seen, "[data-report]").click();
  const dialog = other.scope.locator("dialog[open]");
  await dialog.locator("input[value=spam]").check();
  await dialog.locator("textarea").fill(`An advertisement for bells, ${tag}`);
  await dialog.locator("button.main").click();
  await other.scope.locator(".news-said", { hasText: say("thanks.report") }).waitFor();
  t.is(await other.scope.locator("dialog[open]").count(), 0, "dialogs left open");
  await dismiss(t, first, `An advertisement for bells, ${tag}`);

  t.step("the author cannot vote on the own comment");
  await guest.again();
  const mine = commentSaying(guest.scope, first);
  await inside(mine, "[data-edit]").waitFor();
  const own_up = inside(mine, "button.up");
  t.ok((await own_up.count()) === 0 || (await own_up.isDisabled()), "an author may press the own vote");

  t.step("the author edits");
  t.ok(/\d:\d\d/.test(await inside(mine, "[data-edit]").innerText()), "no time left is shown");
  await inside(mine, "[data-edit]").click();
  const box = inside(mine, "form[data-box]");
  t.is(await box.locator("textarea").inputValue(), first, "the text in the box");
  await box.locator("textarea").fill(first + " By a quarter, rather.");
  await box.locator(".box-send .main").click();
  const edited = commentSaying(guest.scope, "By a quarter, rather.");
  await edited.waitFor();
  await inside(edited, ".comment-edited").waitFor();

  t.step("the author withdraws");
  await inside(edited, "[data-withdraw]").click();
  await guest.scope.locator("dialog[open] button.danger").click();
  await guest.scope.locator("li.comment.gone", { hasText: say("gone.withdrawn") }).waitFor();
  await other.again();
  const gone = other.scope.locator("li.comment.gone", { hasText: say("gone.withdrawn") });
  await gone.waitFor();
  t.is(await gone.locator("li.comment").count(), 1, "replies below the tombstone");
  t.is(await commentSaying(other.scope, first).count(), 0, "withdrawn texts others see");
}

/** Opens a story page of Parley itself. */
const onPage = (url) => async (t) => {
  const page = await t.reader();
  await page.goto(url);
  return { page, scope: page, again: () => page.goto(url) };
};

const article = (host, tag, more) =>
  `${host}/article?${new URLSearchParams({ parley: facts.parley, site: "demo", title: "Ferry " + tag, url: `${host}/stories/${tag}`, ...more })}`;

/** Opens a page of another site that frames the discussion. */
async function inFrame(t) {
  const page = await t.guarded();
  const url = article(facts.foreign, "frame", {});
  const go = async () => {
    await page.goto(url);
    await heard(t, page);
  };
  await go();
  return { page, scope: page.frameLocator("parley-discussion iframe"), again: go };
}

/** Opens a page of the same site with the discussion in its own document. */
async function inline(t) {
  const page = await t.reader();
  const url = article(facts.kindred, "inline", { mode: "inline" });
  const go = async () => {
    await page.goto(url);
    await page.locator("parley-discussion section.discussion").waitFor();
  };
  await go();
  t.is(await page.locator("iframe").count(), 0, "frames on the page");
  return { page, scope: page, again: go };
}

/** What is sent before the script of an inline discussion is here waits for it. */
async function hasty(t) {
  const page = await t.reader();
  await page.route("**/assets/site.*.js", async (route) => {
    await new Promise((done) => setTimeout(done, 1000));
    await route.continue();
  });
  const url = article(facts.kindred, "hasty", { mode: "inline" });
  await page.goto(url);
  await write(topBox(page), { text: "Rung before its time.", byline: "none" });
  await commentSaying(page, "Rung before its time.").locator(".comment-held").waitFor();
  t.is(page.url(), url, "where the reader is");
}

/** Shows that the browser of the frame tests really blocks third-party cookies. */
async function blocked(t) {
  const cookie = facts.kindred + "/cookie";
  const frame = (page) => page.frameLocator("iframe").locator("body").innerText();
  const open = async (page, where) => {
    await page.goto(`${where}/cookie/frame?src=${encodeURIComponent(cookie)}`);
    return frame(page);
  };
  const page = await t.guarded();
  await page.goto(cookie);
  await page.goto(cookie);
  t.is(await page.locator("body").innerText(), "sent", "the cookie on its own site");
  t.is(await open(page, facts.kindred), "sent", "the cookie in a frame on its own site");
  t.is(await open(page, facts.foreign), "none", "the cookie in a frame on another site");
  await page.reload();
  t.is(await frame(page), "none", "the cookie set in a frame on another site");
}

/** The same life without script: every act is a form or a link. */
async function plain(t) {
  const story = facts["demo.plain"];
  const first = "The bell is half a tone low, plainly.";
  const answer = "Play it to the foundry, plainly.";
  const silent = { javaScriptEnabled: false };

  t.step("a guest posts");
  const guest = await t.reader(silent);
  await guest.goto(story);
  await write(topBox(guest), { text: first, byline: "name", name: "Ada Plain" });
  await guest.waitForURL(/\/c\/[0-9a-z]{13}#c-/);
  await commentSaying(guest, first).locator(".comment-held").waitFor();
  await guest.goto(story);
  await commentSaying(guest, first).locator(".comment-held").waitFor();

  const other = await t.reader(silent);
  await other.goto(story);
  t.is(await commentSaying(other, first).count(), 0, "held comments others see");
  await publish(t, first, silent);

  t.step("another reader answers");
  await other.goto(story);
  const seen = commentSaying(other, first);
  await inside(seen, "[data-reply]").click();
  t.ok((await other.locator(".quoted").innerText()).includes(first), "the comment answered is not on the page");
  await write(other.locator("form[data-box]"), { text: answer, byline: "none" });
  await other.waitForURL(/\/c\/[0-9a-z]{13}#c-/);
  await publish(t, answer, silent);

  t.step("another reader votes");
  await other.goto(story);
  await inside(seen, "button.up").click();
  await other.waitForURL(/#c-/);
  t.is(await inside(seen, "button.up").getAttribute("aria-pressed"), "true", "the vote shows");
  await inside(seen, "button.up").click();
  await t.until("the vote is gone", async () => (await inside(seen, "button.up").getAttribute("aria-pressed")) === "false");

  t.step("another reader reports");
  await inside(seen, "[data-report]").click();
  await other.locator("input[value=spam]").check();
  await other.locator("textarea[name=words]").fill("An advertisement for bells, plainly");
  await other.locator("form.report button.main").click();
  await other.getByText(say("thanks.report")).waitFor();
  await dismiss(t, first, "An advertisement for bells, plainly");

  t.step("the author edits");
  await guest.goto(story);
  const mine = commentSaying(guest, first);
  await inside(mine, "[data-edit]").click();
  t.is(await guest.locator("textarea[name=text]").inputValue(), first, "the text in the box");
  await guest.locator("textarea[name=text]").fill(first + " By a quarter, rather.");
  await guest.locator(".box-send .main").click();
  const edited = commentSaying(guest, "By a quarter, rather.");
  await edited.waitFor();
  await inside(edited, ".comment-edited").waitFor();

  t.step("the author withdraws");
  await guest.goto(story);
  await inside(edited, "[data-withdraw]").click();
  await guest.locator("form.form .danger").click();
  await guest.getByText(say("thanks.withdrawn")).waitFor();
  await other.goto(story);
  const gone = other.locator("li.comment.gone", { hasText: say("gone.withdrawn") });
  t.is(await gone.locator("li.comment").count(), 1, "replies below the tombstone");
  await guest.goto(facts.parley + "/me");
  await guest.getByText(say("state.withdrawn"), { exact: true }).waitFor();
}

await stage({
  "the owner signs in": signIn,
  "on a page": (t) => life(t, "page", onPage(facts["demo.page"])),
  "on a page without script": plain,
  "third-party cookies are blocked": blocked,
  "in a frame": (t) => life(t, "frame", inFrame),
  "inline, before the script": hasty,
  inline: (t) => life(t, "inline", inline),
});
