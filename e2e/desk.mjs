// A day at the desk: two hundred held comments by keyboard, two moderators at
// once, undo, an act on many, and the same acts without script.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { cardSaying, decisionSent, enter } from "./lib/desk.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const many = 200;
const held = partsOf(facts["demo.plain"]);

/** The session of the first moderator. */
let owner;

const post = (text) => new Elsewhere(held.base).post(held.id, text);

const story = `${facts.parley}/desk/held?story=${held.id}`;

/** How many cards are left on the page. */
const left = (page) => page.locator("[data-card]").count();

async function clear(t) {
  t.step("200 comments are held");
  for (let i = 0; i < many; i += 10) await Promise.all(Array.from({ length: 10 }, (_, n) => post(`Waiting number ${i + n}.`)));
  const page = await t.reader();
  await enter(page, facts.ownerLink);
  owner = await page.context().storageState();
  await page.goto(story);
  let loads = 0;
  page.on("framenavigated", (frame) => (loads += frame === page.mainFrame() ? 1 : 0));

  t.step("one key each");
  await page.locator(".card.current").waitFor();
  let keys = 0;
  const press = async (key) => {
    keys++;
    await page.keyboard.press(key);
  };
  const began = Date.now();
  // A digit rejects for its reason and is remembered: "d" then rejects alike.
  await press("5");
  for (let n = 1; n < many; n++) {
    await t.until("a card is current", () => page.locator(".card.current").count());
    await press(n % 4 ? "f" : "d");
  }
  await page.locator("[data-empty]:not([hidden])").waitFor({ timeout: 20_000 });
  t.is(await left(page), 0, "cards left");
  t.is(keys, many, "keys pressed");
  t.is(loads, 0, "pages loaded between decisions");
  await t.until("the outbox is empty", () => page.evaluate(() => !localStorage.getItem("parley:desk:outbox")), 60_000);
  t.note(`${many} cleared in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await page.goto(story);
  t.is(await left(page), 0, "cards left on the server");
  await page.goto(`${facts.parley}/desk/rejected?story=${held.id}`);
  t.ok((await left(page)) > 0, "nothing was rejected");
}

async function undo(t) {
  for (const text of ["To be taken back.", "And another."]) await post(text);
  const page = await t.reader({ storageState: owner });
  await page.goto(story);
  await page.locator(".card.current").waitFor();
  t.is(await left(page), 2, "cards");
  let sent = decisionSent(page);
  await page.keyboard.press("f");
  await sent;
  await cardSaying(page, "To be taken back.").waitFor({ state: "detached" });
  sent = decisionSent(page);
  await page.keyboard.press("u");
  t.is((await sent).status(), 200, "the undo");
  await cardSaying(page, "To be taken back.").waitFor();
  t.is(await left(page), 2, "cards after undo");
  await page.goto(story);
  t.is(await left(page), 2, "cards on the server after undo");
}

/** A link for a colleague, which only an owner can make. */
async function invitation(page) {
  const answer = await page.request.post(facts.parley + "/desk/staff/invitations", { form: { role: "reviewer" } });
  const [, path] = /(\/welcome\/\w+)/.exec(await answer.text()) ?? [];
  if (!path) throw new Error(`no link in the answer: ${answer.status()}`);
  return facts.parley + path;
}

async function two(t) {
  await Promise.all(["For the first of two.", "For the second of two."].map(post));
  const first = await t.reader({ storageState: owner });
  const second = await t.reader();
  await enter(second, await invitation(first));
  const claimed = first.waitForResponse((answer) => answer.url().endsWith("/desk/claims"));
  await first.goto(story);
  await claimed;
  await second.goto(story);
  const text = await first.locator("[data-card] .card-text").first().textContent();
  t.step("a card that one looks at shows to the other");
  await second.locator(".card.current").waitFor();
  await t.until("the card is taken", () => cardSaying(second, text).evaluate((card) => card.classList.contains("taken")));
  t.step("a card that one decided greys out for the other, who loses no note");
  const note = cardSaying(second, text).locator(".card-words");
  await note.locator("summary").click();
  await note.locator("input").fill("A note half written");
  const sent = decisionSent(first);
  await first.keyboard.press("f");
  await sent;
  await t.until("the card is gone", () => cardSaying(second, text).evaluate((card) => card.classList.contains("gone")));
  await cardSaying(second, text).locator("[data-note]", { hasText: say("verb.publish") }).waitFor();
  t.is(await note.locator("input").inputValue(), "A note half written", "the note");
}

async function bulk(t) {
  await Promise.all(Array.from({ length: 6 }, (_, i) => post(`Zirconium offer ${i}.`)));
  const page = await t.reader({ storageState: owner });
  t.step("search, all of it, at once");
  await page.goto(facts.parley + "/desk/held");
  await page.locator(".card.current").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("zirconium");
  await page.keyboard.press("Enter");
  await page.waitForURL(/desk\/search\?q=zirconium/);
  t.is(await left(page), 6, "found");
  await page.locator("details[data-bulk] summary").click();
  await page.locator("details[data-bulk] input[value=all]").check();
  await page.locator("#bulk-reason").selectOption("spam");
  await page.locator("details[data-bulk] button[value=reject]").click();
  await page.getByText(say("bulk.sure.reject", { n: 6 })).waitFor();
  await page.getByRole("button", { name: say("desk.reject"), exact: true }).click();
  await page.waitForURL(/desk\/jobs\//);
  await page.locator("[data-job=done]").waitFor({ timeout: 20_000 });
  t.step("and back");
  await page.getByRole("button", { name: say("job.undo") }).click();
  await page.locator("[data-job=done]").waitFor({ timeout: 20_000 });
  await page.goto(`${facts.parley}/desk/search?q=zirconium&state=held`);
  t.is(await left(page), 6, "held again");
}

async function plain(t) {
  await post("Decided without script.");
  const page = await t.reader({ storageState: owner, javaScriptEnabled: false });
  await page.goto(story);
  const card = cardSaying(page, "Decided without script.");
  await card.locator("select[name=reason]").selectOption("abuse");
  await card.locator("button.danger").click();
  await page.locator(".desk-flash", { hasText: say("desk.didReject") }).waitFor();
  t.is(await cardSaying(page, "Decided without script.").count(), 0, "cards of it");
  t.step("undo");
  await page.goto(facts.parley + "/desk/mine");
  await cardSaying(page, "Decided without script.").first().getByRole("button", { name: say("desk.undo") }).click();
  await page.locator(".desk-flash", { hasText: say("desk.didUndo") }).waitFor();
  t.step("an act on many");
  await page.goto(story);
  await cardSaying(page, "Decided without script.").locator("[data-pick]").check();
  await page.locator("details[data-bulk] summary").click();
  await page.locator("details[data-bulk] button[value=publish]").click();
  await page.getByText(say("bulk.sure.publish", { n: 1 })).waitFor();
  await page.getByRole("button", { name: say("desk.publish"), exact: true }).click();
  await t.until("the job is done", async () => {
    await page.reload();
    return page.locator("[data-job=done]").count();
  }, 20_000);
  await page.goto(story);
  t.is(await cardSaying(page, "Decided without script.").count(), 0, "cards after the job");
}

await stage({ "200 by keyboard": clear, undo, "two at once": two, "on many": bulk, "without script": plain });
