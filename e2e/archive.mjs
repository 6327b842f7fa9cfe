// An archived page was imported; it opens at its address, with its discussion.
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

/** Opens and closes the quoted parent of one reply. */
async function lookAtParent(t, reply, quoted) {
  const summary = reply.locator(":scope > article .comment-parent > summary");
  const parent = reply.locator(":scope > article .comment-parent blockquote");
  t.is(await summary.innerText(), say("comment.show"), "before it is opened");
  t.ok(!(await parent.isVisible()), "the parent shows before it is asked for");
  await summary.click();
  t.is(await summary.innerText(), say("comment.hide"), "after it was opened");
  await parent.waitFor({ state: "visible" });
  t.ok((await parent.innerText()).startsWith(quoted), `the parent says ${await parent.innerText()}`);
  await summary.click();
  t.ok(!(await parent.isVisible()), "the parent still shows");
  t.is(await summary.innerText(), say("comment.show"), "after it was closed");
}

/** The replies of a discussion, by the author they answer. */
async function replyTo(t, page, author, name) {
  const reply = page.locator("li.comment").filter({
    has: page.locator(`:scope > article > .comment-head .comment-name:text-is("${author}")`),
  }).filter({ has: page.locator(`:scope > article > .comment-to bdi:text-is("${name}")`) });
  t.is(await reply.count(), 1, `replies of ${author} to ${name}`);
  return reply;
}

const nameless = say("comment.nameless");

async function real(t, javaScriptEnabled) {
  if (!facts.archive) t.skip("PARLEY_FIXTURES is not set: the archived page of the wild is not here");
  const page = await t.reader({ javaScriptEnabled });
  t.is((await page.goto(facts.archive)).status(), 200, "status");
  t.is(await page.locator("h1").innerText(), "Iraq Could Ask Russia for Help After 'Invasion' by Turkish Forces", "headline");
  t.is(await page.locator(".story figcaption span").innerText(), "Turkish tanks", "caption");
  t.is(await page.locator(".story-body p").count(), 7, "paragraphs");
  t.is(await page.locator("li.comment").count(), 15, "comments");
  t.is(await page.locator("#comments-title").innerText(), say("comments.count", { n: 15 }), "heading");
  t.is(await page.locator(`.comment-name:text-is("${nameless}")`).count(), 2, "nameless comments");
  t.ok(await page.getByText("барба", { exact: true }).isVisible(), "the Cyrillic name is missing");
  t.is(await page.getByText(say("date.unknown")).count(), 16, "unknown dates, the story's and the comments'");
  const first = await replyTo(t, page, "teddy j", "Mitach2002");
  t.is(await first.locator(":scope > article > .comment-text > p").count(), 7, "paragraphs of the longest comment");
  await lookAtParent(t, first, "Well they wouldn't ask");
  await lookAtParent(t, await replyTo(t, page, nameless, "jaodernein"), "Turkey is searching");
}

async function own(t, javaScriptEnabled) {
  const page = await t.reader({ javaScriptEnabled });
  await page.goto(facts.ownArchive);
  t.is(await page.locator(".story figcaption span").innerText(), "The quay at low water", "caption");
  t.is(await page.locator(".story-body p").count(), 2, "paragraphs");
  t.is(await page.locator("li.comment").count(), 6, "comments");
  await lookAtParent(t, await replyTo(t, page, "Ouzel", "Wren"), "I cried");
  await lookAtParent(t, await replyTo(t, page, nameless, "Old Salt"), "It is half a tone");
}

await stage({
  "real page with script": (t) => real(t, true),
  "real page without script": (t) => real(t, false),
  "own page with script": (t) => own(t, true),
  "own page without script": (t) => own(t, false),
});
