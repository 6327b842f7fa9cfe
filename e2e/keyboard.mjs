// Everything a reader and the desk do, by keyboard alone.
import { decisionSent } from "./lib/desk.mjs";
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { commentOf, commentSaying, hasFocus, inside } from "./lib/discussion.mjs";
import { seeFocus, tabTo } from "./lib/keys.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const url = facts["open.keys"];
const { base, id: story } = partsOf(url);

async function reading(t) {
  const asked = await new Elsewhere(base).post(story, "Who presses only keys?", { byline: "name", name: "Asking Aloud" });
  const page = await t.reader();
  await page.goto(url);

  t.step("skip to the content");
  await page.keyboard.press("Tab");
  t.is(await page.evaluate(() => document.activeElement.className), "skip", "the first stop");
  await seeFocus(t, page);
  await page.keyboard.press("Enter");
  t.is(await page.evaluate(() => document.activeElement.id), "content", "where the skip link leads");

  t.step("post");
  const box = page.locator("section.discussion > form[data-box]");
  await tabTo(t, page, box.locator("textarea"), "the box");
  await page.keyboard.type("Written by keys.");
  await tabTo(t, page, box.locator("input[type=radio]:checked"), "the bylines");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  t.is(await box.locator("input[type=radio]:checked").getAttribute("value"), "none", "the byline chosen by arrows");
  await tabTo(t, page, box.locator(".box-send .main"), "the button");
  await page.keyboard.press("Enter");
  const mine = commentSaying(page, "Written by keys.");
  await mine.waitFor();
  await t.until("the focus is on the new comment", () => hasFocus(mine));

  t.step("reply");
  const question = commentOf(page, asked);
  await tabTo(t, page, inside(question, "[data-reply]"), "the link to reply");
  await page.keyboard.press("Enter");
  const reply = question.locator(":scope > form textarea");
  await t.until("the focus is in the reply's box", () => hasFocus(reply));
  await page.keyboard.press("Escape");
  t.is(await question.locator(":scope > form").count(), 0, "boxes after Escape");
  t.ok(await hasFocus(inside(question, "[data-reply]")), "Escape does not lead back to the link");
  await page.keyboard.press("Enter");
  await page.keyboard.type("I do.");
  await page.keyboard.press("Control+Enter");
  const answer = commentSaying(page, "I do.");
  await answer.waitFor();
  await t.until("the focus is on the reply", () => hasFocus(answer));

  t.step("vote and undo");
  const up = inside(question, "button.up");
  await tabTo(t, page, up, "the vote", "Shift+Tab");
  await page.keyboard.press("Space");
  await t.until("the vote shows", async () => (await up.getAttribute("aria-pressed")) === "true");
  await page.keyboard.press("Space");
  await t.until("the vote is gone", async () => (await up.getAttribute("aria-pressed")) === "false");
  t.ok(await hasFocus(up), "the focus left the vote");

  t.step("report");
  const report = inside(question, "[data-report]");
  await tabTo(t, page, report, "the report");
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  t.ok(await dialog.evaluate((node) => node.contains(document.activeElement)), "the focus is not in the dialog");
  await page.keyboard.press("Escape");
  await t.until("the dialog is gone", async () => (await page.locator("dialog").count()) === 0);
  t.ok(await hasFocus(report), "the focus does not come back to the report");
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo(t, page, dialog.locator("input[type=radio]").first(), "the reasons");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await tabTo(t, page, dialog.locator("textarea"), "the words");
  await page.keyboard.type("By keys.");
  await tabTo(t, page, dialog.locator("button.main"), "the button");
  await page.keyboard.press("Enter");
  await page.locator(".news-said", { hasText: say("thanks.report") }).waitFor();
  t.ok(await hasFocus(report), "the focus does not come back after the report");

  t.step("fold");
  const head = question.locator(":scope > .branch > summary");
  await tabTo(t, page, head, "the head of the branch");
  await page.keyboard.press("Enter");
  t.ok(!(await answer.isVisible()), "a folded reply shows");
  await page.keyboard.press("Enter");

  t.step("edit and withdraw");
  await tabTo(t, page, inside(answer, "[data-edit]"), "the edit");
  await page.keyboard.press("Enter");
  const edit = inside(answer, "form[data-box] textarea");
  await t.until("the focus is in the text", () => hasFocus(edit));
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" Always.");
  await page.keyboard.press("Control+Enter");
  const edited = commentSaying(page, "I do. Always.");
  await edited.waitFor();
  await t.until("the focus is on the edited comment", () => hasFocus(edited));
  await tabTo(t, page, inside(edited, "[data-withdraw]"), "the withdrawal");
  await page.keyboard.press("Enter");
  await tabTo(t, page, dialog.locator("button.danger"), "the button");
  await page.keyboard.press("Enter");
  await t.until("the comment is gone", async () => (await commentSaying(page, "I do. Always.").count()) === 0);
  await t.until("the focus is on the comment that was answered", () => hasFocus(question));

  t.step("the list of keys");
  await page.keyboard.press("?");
  await dialog.getByText(say("script.keys"), { exact: true }).waitFor();
  await page.keyboard.press("Escape");
}

async function desk(t) {
  const held = partsOf(facts["demo.keys"]);
  const texts = ["A first one for the desk.", "A second one for the desk.", "A third one for the desk."];
  for (const text of texts) await new Elsewhere(held.base).post(held.id, text);
  const page = await t.reader();
  await page.goto(facts.ownerLink);
  await tabTo(t, page, page.getByRole("button", { name: say("welcome.button") }), "the button");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/desk/);
  await page.locator("[data-desk][data-keys]").waitFor();
  const at = (text) => page.locator("[data-card]").filter({ hasText: text });

  t.step("j and k");
  const cards = page.locator("[data-card]");
  const count = await cards.count();
  t.ok(count >= 3, `${count} cards`);
  await page.keyboard.press("j");
  t.ok(await hasFocus(cards.nth(0)), "j does not go to the first card");
  await seeFocus(t, page);
  await page.keyboard.press("j");
  t.ok(await hasFocus(cards.nth(1)), "j does not go to the second card");
  await page.keyboard.press("k");
  t.ok(await hasFocus(cards.nth(0)), "k does not go back");

  t.step("f publishes");
  while (!(await hasFocus(at(texts[1])))) await page.keyboard.press("j");
  await page.keyboard.press("f");
  await page.locator(".desk-flash", { hasText: say("desk.didPublish") }).waitFor();
  t.is(await at(texts[1]).count(), 0, "cards of the published comment");
  await t.until("the focus is on a card", () => page.evaluate(() => Boolean(document.activeElement?.closest("[data-card]"))));

  t.step("d rejects");
  for (let i = 0; i < count && !(await hasFocus(at(texts[2]))); i++) await page.keyboard.press("j");
  for (let i = 0; i < count && !(await hasFocus(at(texts[2]))); i++) await page.keyboard.press("k");
  await page.keyboard.press("d");
  const dialog = page.locator("dialog.desk-reasons");
  await dialog.waitFor();
  const note = dialog.locator("input[name=note]");
  await tabTo(t, page, note, "the note");
  await page.keyboard.type("No advertisements, please. fjk5");
  t.is(await note.inputValue(), "No advertisements, please. fjk5", "letters in a field are letters");
  await tabTo(t, page, dialog.locator("button[value=spam]"), "the reason", "Shift+Tab");
  const sent = decisionSent(page);
  await page.keyboard.press("Enter");
  await page.locator(".desk-flash", { hasText: say("desk.didReject") }).waitFor();
  await sent;
  await page.goto(facts.parley + "/desk/decided");
  await at(texts[2]).getByText(say("reject.spam")).waitFor();
  t.ok(await at(texts[0]).count() === 0, "an undecided comment stands among the decided");
}

await stage({ "a reader": reading, "the desk": desk });
