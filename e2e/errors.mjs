// What goes wrong is said at its field, in words, and the text is kept.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { commentSaying, hasFocus, topBox, write } from "./lib/discussion.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const url = facts["strict.page"];
const { base, id } = partsOf(url);

/** Sends a box and expects one sentence at one field, with the text kept. */
async function refused(t, page, written, field, sentence) {
  t.step(`refused: ${sentence}`);
  const box = topBox(page);
  await write(box, written);
  const slot = topBox(page).locator(`[data-error="${field}"]`);
  await t.until(`the error stands at ${field}`, async () => (await slot.innerText()).includes(sentence));
  t.is(await topBox(page).locator("textarea").inputValue(), written.text, "the text");
  if (written.name) t.is(await topBox(page).locator("input[name=name]").inputValue(), written.name, "the name");
  const others = await topBox(page).locator("[data-error]").allInnerTexts();
  t.is(others.filter(Boolean).length, 1, "errors shown: " + others.join("|"));
  if (field === "form") return;
  const input = topBox(page).locator(`[name=${field}]`).first();
  t.is(await input.getAttribute("aria-invalid"), "true", `${field} is marked`);
  const described = (await input.getAttribute("aria-describedby")) ?? "";
  t.ok(described.split(" ").includes(await slot.getAttribute("id")), "the field does not name its error");
}

async function all(t, javaScriptEnabled) {
  const tag = javaScriptEnabled ? "" : " plain";
  await new Elsewhere(base).post(id, "I was here first." + tag, { byline: "name", name: "Coco" + tag });
  const page = await t.reader({ javaScriptEnabled });
  const named = { text: "A text worth keeping.", byline: "name" };

  await page.goto(url);
  await refused(t, page, { ...named, text: "   ", name: "Nobody Here" }, "text", say("error.textEmpty"));
  const long = "long ".repeat(50).trim();
  await refused(t, page, { ...named, text: long, name: "Nobody Here" }, "text", say("error.textLong", { length: 249, max: 200 }));
  await refused(t, page, { ...named, text: "See https://example.com/ now", name: "Nobody Here" }, "text", say("error.linkNotAllowed"));
  await refused(t, page, { ...named, name: "Coco" + tag }, "name", say("error.nameTaken"));
  await refused(t, page, { ...named, name: "Сосо" + tag.replace("plain", "рlаin") }, "name", say(javaScriptEnabled ? "error.nameTaken" : "error.nameMixed"));
  await refused(t, page, { ...named, name: "x" }, "name", say("error.nameShort"));
  await refused(t, page, { ...named, name: "n".repeat(41) }, "name", say("error.nameLong"));
  await refused(t, page, { ...named, name: "Moderator" }, "name", say("error.nameReserved"));

  t.step("too fast");
  await page.goto(url);
  await write(topBox(page), { text: "The first nameless one." + tag, byline: "none" });
  await commentSaying(page, "The first nameless one." + tag).waitFor();
  await page.goto(url);
  const fast = { text: "The second, at once." + tag, byline: "none" };
  await refused(t, page, fast, "form", say("error.tooFast", { seconds: "" }).split("  ")[0]);

  t.step("the story was closed meanwhile");
  const late = await t.reader({ javaScriptEnabled });
  await late.goto(url);
  const shut = partsOf(facts["strict.shut"]).id;
  await late.locator("section.discussion").evaluate((section, id) => {
    if (section.querySelector("input[name=story]")) section.querySelector("input[name=story]").value = id;
  }, shut);
  if (javaScriptEnabled) await late.route("**/api/v1/comments", (route) => route.continue({ postData: route.request().postData().replace(id, shut) }));
  await refused(t, late, { ...named, name: "Late Reader" }, "form", say("error.closed"));
}

async function closed(t, javaScriptEnabled) {
  const page = await t.reader({ javaScriptEnabled });
  await page.goto(facts["strict.shut"]);
  t.is(await page.locator("form[data-box]").count(), 0, "boxes under a closed story");
  const said = await page.locator(".discussion-shut").innerText();
  t.ok(said.includes(say("discussion.closed")) && said.includes("The inquest has begun."), `it says ${said}`);
}

async function draft(t) {
  const page = await t.reader();
  await page.goto(url);
  const text = topBox(page).locator("textarea");
  await text.fill("A draft worth keeping.");
  await topBox(page).locator("input[value=pseudonym]").check();
  await page.reload();
  await t.until("the draft is back after a reload", async () => (await text.inputValue()) === "A draft worth keeping.");
  t.ok(await topBox(page).locator("input[value=pseudonym]").isChecked(), "the byline was forgotten");
  t.ok(await topBox(page).locator(".box-send .main").isVisible(), "the box with a draft is not open");

  t.step("a draft begun before the script for writing came");
  const early = await t.reader();
  await early.route("**/assets/write.*", (route) => route.abort());
  await early.goto(url);
  await topBox(early).locator("textarea").fill("Begun too early.");
  await early.unroute("**/assets/write.*");
  await early.reload();
  await t.until("it is back", async () => (await topBox(early).locator("textarea").inputValue()) === "Begun too early.");
  t.complaints.length = 0; // the aborted script was ours

  t.step("a draft that was ready when the script came");
  const ready = "Ready before it was there. ".repeat(7).trim();
  const prompt = await t.reader();
  await late(prompt);
  await prompt.goto(url);
  await topBox(prompt).locator("textarea").fill(ready);
  await topBox(prompt).locator("[data-left]", { hasText: /\d/ }).waitFor();
  await prompt.reload();
  await t.until("it is back", async () => (await topBox(prompt).locator("textarea").inputValue()) === ready);

  t.step("a comment sent before the script for writing came");
  const hasty = await t.reader();
  await late(hasty);
  await hasty.goto(url);
  await write(topBox(hasty), { text: "Sent too early.", byline: "name", name: "Hasty Reader" });
  await t.until("the focus is on the new comment", () => hasFocus(commentSaying(hasty, "Sent too early.")));
  t.is(hasty.url(), url, "where the reader is");

  t.step("a comment whose script never comes");
  const alone = await t.reader();
  await alone.route("**/assets/write.*", () => {});
  await alone.goto(url);
  await write(topBox(alone), { text: "Sent without it.", byline: "name", name: "Patient Reader" });
  await alone.waitForURL("**/c/*");
  await commentSaying(alone, "Sent without it.").waitFor();
  t.is(await drafts(alone), 0, "drafts kept of what was posted");
  await alone.context().close();

  t.step("a reply's draft");
  const other = await new Elsewhere(base).post(id, "Answer me, who can.", { byline: "name", name: "Asking Reader" });
  await page.reload();
  await page.locator(`#c-${other} > article [data-reply]`).click();
  await page.locator(`#c-${other} > form textarea`).fill("An answer begun.");
  await page.reload();
  await page.locator(`#c-${other} > article [data-reply]`).click();
  t.is(await page.locator(`#c-${other} > form textarea`).inputValue(), "An answer begun.", "the reply's draft after a reload");

  t.step("a failed post");
  await page.route("**/api/v1/comments", (route) => route.abort());
  await topBox(page).locator(".box-send .main").click();
  await t.until("the failure is said", async () => (await page.locator("section.discussion").innerText()).includes(say("script.failed")) ||
    (await page.locator("section.discussion").innerText()).includes(say("script.offline")));
  t.is(await text.inputValue(), "A draft worth keeping.", "the text after a failed post");
  await page.reload();
  await t.until("the draft is back after a failed post", async () => (await text.inputValue()) === "A draft worth keeping.");
  t.complaints.length = 0; // the aborted request was ours

  t.step("a posted draft is gone");
  await page.unroute("**/api/v1/comments");
  await topBox(page).locator("input[name=name]").fill("Drafting Reader");
  await topBox(page).locator(".box-send .main").click();
  await commentSaying(page, "A draft worth keeping.").waitFor();
  t.is(await drafts(page), 1, "drafts kept, the reply's");
  await page.reload();
  t.is(await text.inputValue(), "", "the box after posting");
}

const drafts = (page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("parley:drafts:")).length);

/** Has the script for writing come late to a page. */
const late = (page) =>
  page.route("**/assets/write.*", async (route) => {
    await new Promise((done) => setTimeout(done, 500));
    await route.continue();
  });

/** Presses that come before what would answer them, and presses made twice. */
async function early(t) {
  const asked = await new Elsewhere(base).post(id, "Press me early.", { byline: "name", name: "Pressed Reader" });
  const link = (page, selector) => page.locator(`#c-${asked} > article ${selector}`);

  t.step("a report asked for twice before the script for writing came");
  const page = await t.reader();
  await late(page);
  await page.goto(url);
  await link(page, "[data-report]").dblclick();
  await page.locator("dialog[open]").waitFor();
  t.is(await page.locator("dialog").count(), 1, "dialogs");

  t.step("a reply whose script never comes");
  const alone = await t.reader();
  await alone.route("**/assets/write.*", () => {});
  await alone.goto(url);
  await link(alone, "[data-reply]").click();
  await alone.waitForURL(`**/c/${asked}/reply`);

  t.step("a vote taken back before it was answered");
  const voter = await t.reader();
  let first = true;
  await voter.route("**/vote", async (route) => {
    if (first) await ((first = false), new Promise((done) => setTimeout(done, 500)));
    await route.continue();
  });
  await voter.goto(url);
  const answers = [];
  voter.on("response", (answer) => answer.url().endsWith("/vote") && answers.push(answer.status()));
  await link(voter, "button.up").click();
  await link(voter, "button.up").click();
  await t.until("both are answered", () => answers.length === 2);
  await voter.reload();
  await voter.locator("section[data-personal]").waitFor();
  t.is(await link(voter, "button.up").getAttribute("aria-pressed"), "false", "a vote is left");

  t.step("a choice made before the one before was answered");
  const chooser = await t.reader();
  let wait = 0;
  await chooser.route("**part=discussion*", async (route) => {
    const mine = (wait += 500);
    await new Promise((done) => setTimeout(done, mine));
    await route.continue();
  });
  await chooser.goto(url);
  const answered = [];
  chooser.on("response", (answer) => answer.url().includes("part=discussion") && answered.push(answer.url()));
  await chooser.locator("select[name=view]").selectOption("conversation");
  await chooser.locator("select[name=order]").selectOption("oldest");
  await t.until("both are answered", () => answered.length === 2);
  await chooser.locator("section[data-view=conversation][data-order=oldest]").waitFor();
}

/** Two presses, and a press whose answer was lost: one comment. */
async function twice(t) {
  const page = await t.reader();
  await page.goto(facts["open.page"]);
  const box = topBox(page);
  await box.locator("textarea").fill("Only once, please.");
  await box.locator("input[value=none]").check();
  await page.route("**/api/v1/comments", async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await box.locator(".box-send .main").click();
  await t.until("the lost answer is said", async () => (await page.locator("section.discussion").innerText()).match(/not work|No connection/));
  await box.locator(".box-send .main").dblclick();
  await commentSaying(page, "Only once, please.").waitFor();
  await page.reload();
  t.is(await commentSaying(page, "Only once, please.").count(), 1, "comments posted");
  t.complaints.length = 0;
}

await stage({
  "with script": (t) => all(t, true),
  "without script": (t) => all(t, false),
  "a closed story with script": (t) => closed(t, true),
  "a closed story without script": (t) => closed(t, false),
  "a draft": draft,
  "pressed early": early,
  "sent twice": twice,
});
