// A day at the desk by keyboard alone: two hundred held comments and two of the
// newsroom at once, undo, an act on many, a decision that is appealed, and a rule
// from its first line to the undoing of all it did.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { cardSaying, cardTaken, decisionSent } from "./lib/desk.mjs";
import { commentSaying } from "./lib/discussion.mjs";
import { choose, enter, fill, pick, tabTo } from "./lib/keys.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const url = facts["day.story"];
const { base } = partsOf(url);
// Discussions of their own: where much is rejected, slow mode follows by itself.
const [crowd, calm] = [facts["day.crowd"], facts["day.calm"]];
const desk = (path) => `${base}/desk${path}`;
const texts = (n, of) => Array.from({ length: n }, (_, i) => `${of} ${i + 1}.`);

/** Comments of people elsewhere, one account each. */
async function posted(all, where = url) {
  const { id } = partsOf(where);
  for (let i = 0; i < all.length; i += 10) await Promise.all(all.slice(i, i + 10).map((text) => new Elsewhere(base).post(id, text)));
}

/** Opens a list of the desk; it listens to keys from then on. */
async function look(page, path) {
  await page.goto(desk(path));
  await page.locator("[data-desk][data-keys]").waitFor();
}

const cards = (page) => page.locator("[data-card]");
const button = (page, key) => page.getByRole("button", { name: say(key), exact: true });

/** Goes to a place of the desk by its bar. */
async function visit(t, page, place) {
  const link = page.locator(".deskbar").getByRole("link", { name: say("deskbar." + place) });
  const path = await link.getAttribute("href");
  await enter(t, page, link, `the link to ${place}`);
  await page.waitForURL((at) => at.pathname === path);
}

/** Goes to a card by j and k. */
async function cardOf(page, text) {
  const card = cardSaying(page, text);
  await card.waitFor();
  for (const key of ["j", "k"]) {
    for (let i = 0; i <= (await cards(page).count()); i++) {
      if (await card.evaluate((node) => node === document.activeElement)) return card;
      await page.keyboard.press(key);
    }
  }
  throw new Error(`neither j nor k leads to the card of ${text}`);
}

/** Presses a key that decides, and waits until the server knows. */
async function decide(t, page, key) {
  const sent = decisionSent(page);
  await page.keyboard.press(key);
  const status = (await sent).status();
  t.ok(status < 300, `${key} is answered with ${status}`);
}

async function write(t, page, text) {
  const box = page.locator("section.discussion > form[data-box]");
  await fill(t, page, box.locator("textarea"), text, "the box");
  await pick(t, page, box.locator("input[name=byline]"), "none", "the bylines");
  await enter(t, page, box.locator(".box-send .main"), "the button");
  await commentSaying(page, text).waitFor();
}

// The first owns the site and invites the second.
async function arrive(t, { first, second }) {
  t.step("the owner comes in and invites a moderator");
  await first.goto(facts.dayLink);
  await enter(t, first, button(first, "welcome.button"), "the button");
  await first.waitForURL(/\/desk\//);
  await visit(t, first, "staff");
  const form = first.locator("form[action$='/desk/staff/invitations']");
  await choose(t, first, form.locator("select[name=role]"), "moderator", "the roles");
  await enter(t, first, form.locator("button.main"), "the button");
  const link = await first.locator("input#secret").inputValue();
  t.step("the moderator comes in");
  await second.goto(link);
  await enter(t, second, button(second, "welcome.accept"), "the button");
  await second.waitForURL(/\/desk\//);
}

const waiting = 200;

async function together(t, { first, second }) {
  t.step("200 comments are held");
  // Who sits at an empty queue gets what comes in, and looks at it first.
  await visit(t, second, "appeals");
  await posted(texts(waiting, "Waiting in line"), crowd);

  t.step("two look at one queue");
  const taken = cardTaken(first);
  await look(first, "/held");
  await taken;
  await look(second, "/held");
  const oldest = await cards(first).first().locator(".card-text").textContent();
  await second.locator(".card.taken").filter({ hasText: oldest }).waitFor();

  t.step("what one decides greys out for the other, who loses no note");
  await cardOf(first, oldest);
  const there = await cardOf(second, oldest);
  const note = there.locator(".card-words");
  await enter(t, second, note.locator("summary"), "the fold of the note");
  await fill(t, second, note.locator("input"), "A note half written", "the note");
  await decide(t, first, "f");
  await second.locator(".card.gone").filter({ hasText: oldest }).waitFor();
  await there.locator("[data-note]", { hasText: say("verb.publish") }).waitFor();
  t.is(await note.locator("input").inputValue(), "A note half written", "the note");
  t.ok(await there.locator("button[value=publish]").isDisabled(), "a greyed card can be decided on");

  t.step("and comes back when it is undone");
  await decide(t, first, "u");
  await cardSaying(first, oldest).waitFor();
  await second.locator(".card:not(.gone)").filter({ hasText: oldest }).waitFor();
  t.ok(await there.locator("button[value=publish]").isEnabled(), "a card that came back cannot be decided on");
  t.is(await note.locator("input").inputValue(), "A note half written", "the note after undo");

  t.step("they clear it from both ends");
  await look(second, "/held?order=newest");
  const began = Date.now();
  const loads = [loadsOf(first), loadsOf(second)];
  // So far apart that they decide on no comment at once.
  const [last, theirs] = [20, 80];
  await Promise.all([clear(first, waiting - theirs - last), clear(second, theirs)]);
  await Promise.all([allSent(t, first), allSent(t, second)]);
  const alive = first.locator(".card:not(.gone)");
  await t.until(`${last} are left`, async () => (await alive.count()) === last, 20_000);

  t.step("the second takes one of the last, which stays with the first, greyed");
  await clear(second, 1);
  await allSent(t, second);
  t.is(loads[1](), 0, "pages the second loaded between decisions");
  await second.goto(desk("/appeals"));
  await t.until(`${last - 1} are left`, async () => (await alive.count()) === last - 1, 20_000);
  t.ok((await first.locator(".card.gone").count()) > 0, "no greyed card");
  await clear(first, last - 1);
  await allSent(t, first);
  t.is(await alive.count(), 0, "cards left");
  t.is(loads[0](), 0, "pages the first loaded between decisions");
  await first.locator("[data-empty]:not([hidden])").waitFor();
  t.note(`${waiting} cleared with as many keys in ${((Date.now() - began) / 1000).toFixed(1)} s`);

  t.step("what comes in then comes up by itself");
  await posted(["The last of the line."], crowd);
  await first.locator(".card.current").filter({ hasText: "The last of the line." }).waitFor();
  await decide(t, first, "f");
  await look(first, "/held");
  t.is(await cards(first).count(), 0, "cards left on the server");
  await look(first, "/rejected");
  t.ok((await cards(first).count()) > 0, "nothing was rejected");
}

/** Decides on a number of comments with one key each. */
async function clear(page, n) {
  for (let i = 0; i < n; i++) {
    await page.locator(".card.current:not(.gone)").waitFor();
    // A digit rejects for its reason and is remembered: "d" then rejects alike.
    await page.keyboard.press(i === 0 ? "5" : i % 4 ? "f" : "d");
  }
}

/** Waits until the server knows of every decision. */
async function allSent(t, page) {
  await t.until("the outbox is empty", () => page.evaluate(() => !localStorage.getItem("parley:desk:outbox")), 60_000);
}

/** Counts the pages loaded from now on. */
function loadsOf(page) {
  let n = 0;
  page.on("framenavigated", (frame) => (n += frame === page.mainFrame() ? 1 : 0));
  return () => n;
}

async function many(t, { second }) {
  t.step("what a search finds is rejected at once");
  await posted(texts(6, "Zirconium for sale"));
  await look(second, "/held");
  await second.keyboard.press("/");
  await second.keyboard.type("zirconium");
  await second.keyboard.press("Enter");
  await second.waitForURL(/desk\/search\?q=zirconium/);
  // Words are indexed a moment after a comment.
  await t.until("the search finds them", async () => (await cards(second).count()) === 6 || void (await second.reload()));
  const bulk = second.locator("details[data-bulk]");
  await enter(t, second, bulk.locator("summary"), "the fold", "Shift+Tab");
  await pick(t, second, bulk.locator("input[name=which]"), "all", "which comments");
  await choose(t, second, bulk.locator("select"), "spam", "the reasons");
  await enter(t, second, bulk.locator("button[value=reject]"), "the button");
  await second.getByText(say("bulk.sure.reject", { n: 6 })).waitFor();
  await enter(t, second, button(second, "desk.reject"), "the button");
  await finished(t, second, 6);

  t.step("and taken back");
  await enter(t, second, button(second, "job.undo"), "the button");
  await second.getByRole("heading", { name: say("job.undoes", { n: 6 }) }).waitFor();
  await finished(t, second, 6);
  await look(second, "/held");
  t.is(await cards(second).count(), 6, "held again");
}

/** Waits on the page of a job until it says that all was done. */
async function finished(t, page, n) {
  await page.waitForURL(/desk\/jobs\//);
  const job = page.locator("[data-job=done]");
  await job.waitFor({ timeout: 20_000 });
  const line = await plain(job.locator("[role=status]"));
  t.ok(line.includes(say("job.progress", { done: n, total: n })), `the job says ${line}`);
  t.is(await job.locator("progress").getAttribute("value"), "100", "the progress");
}

/** The text of an element without the marks that isolate directions. */
const plain = async (locator) => (await locator.textContent()).replace(/[\u2066-\u2069]/g, "");

const plea = "I counted them on the quay myself.";
const note = "Please name a source for the figure.";
const answer = "The author was there; the note asked too much.";

async function appeal(t, { first, second, reader }) {
  t.step("a reader writes");
  await reader.goto(url);
  await write(t, reader, "Four ferries of ten were late.");

  t.step("the moderator rejects with a reason and a note");
  await look(second, "/held");
  await cardOf(second, "Four ferries");
  await second.keyboard.press("D");
  const dialog = second.locator("dialog.desk-reasons");
  await fill(t, second, dialog.locator("input[name=note]"), note, "the note");
  await tabTo(t, second, dialog.locator("button[value=off-topic]"), "the reason", "Shift+Tab");
  const sent = decisionSent(second);
  await second.keyboard.press("Enter");
  t.ok((await sent).ok(), "the rejection is refused");

  t.step("its author reads why and appeals");
  await reader.goto(base + "/me");
  await enter(t, reader, reader.getByRole("link", { name: say("statement.link") }), "the statement");
  await reader.waitForURL(/\/decisions\//);
  const statement = reader.url();
  for (const words of [note, say("reject.off-topic"), say("statement.by.moderator"), say("statement.machine.none")]) {
    await reader.getByText(words, { exact: true }).waitFor();
  }
  await fill(t, reader, reader.locator("#appeal-words"), plea, "the words");
  await enter(t, reader, button(reader, "appeal.send"), "the button");
  await reader.getByText(say("appeal.waits")).waitFor();

  t.step("who decided may not decide again");
  await visit(t, second, "appeals");
  await second.getByText(plea).waitFor();
  await second.getByText(say("appeals.other")).waitFor();
  t.is(await second.locator("form[action*='/desk/appeals/']").count(), 0, "forms for who decided");

  t.step("the other takes it back");
  await look(first, "/held");
  await visit(t, first, "appeals");
  const form = first.locator("form[action*='/desk/appeals/']");
  const action = new URL(await form.getAttribute("action"), first.url()).href;
  const refused = await second.request.post(action, { form: { outcome: "upheld", answer: "I was right all along." }, headers: { Origin: new URL(base).origin } });
  t.is(refused.status(), 403, "the answer to who decided");
  await fill(t, first, form.locator("textarea"), answer, "the answer");
  await enter(t, first, form.locator("button[value=reversed]"), "the button");
  await first.locator(".desk-flash", { hasText: say("appeals.didReverse") }).waitFor();
  await first.getByText(say("appeals.empty")).waitFor();

  t.step("its author reads the answer");
  await reader.goto(statement);
  await reader.getByRole("heading", { name: say("appeal.reversed") }).waitFor();
  await reader.getByText(answer).first().waitFor();
  const other = await t.reader();
  await other.goto(url);
  await commentSaying(other, "Four ferries of ten were late.").waitFor();
}

const caught = texts(2, "More zirconium, cheap");

async function rule(t, { first, reader }) {
  t.step("people decide on what the rule is to find");
  await look(first, "/held?order=oldest");
  await cardOf(first, "Zirconium for sale 1.");
  // Two are rejected and one is let stand; three nobody decides on.
  for (const key of ["5", "d", "f"]) await decide(t, first, key);

  t.step("a rule is written");
  await visit(t, first, "rules");
  await enter(t, first, first.getByRole("link", { name: say("rules.new") }), "the link");
  const form = first.locator("form[data-rules-form]");
  await fill(t, first, form.locator("[name=name]"), "No zirconium", "the name");
  await fill(t, first, form.locator("[name=banned]"), "zirconium", "the words");
  await pick(t, first, form.locator("[name=do]"), "hold", "the effects");
  await enter(t, first, form.locator("button.main"), "the button");
  await first.getByText(say("rules.didAdd")).waitFor();

  t.step("it is rehearsed");
  await enter(t, first, first.locator("[data-rules-rehearse] button[value='30']"), "the button");
  await first.waitForURL(/\/rehearsals\//);
  await first.locator(".rules-tiles").waitFor({ timeout: 20_000 });
  const figure = (key) => first.locator(".rules-tiles > div").filter({ hasText: say(key) }).locator("dd").textContent();
  t.is(await figure("rules.agreed"), "2", "caught, and rejected by people");
  t.is(await figure("rules.disputed"), "1", "caught, and published by people");
  t.is(await figure("rules.undecided"), "3", "caught, and decided by nobody");
  t.is(await first.locator(".rules-example mark").count(), 6, "examples");

  t.step("it is put on");
  await enter(t, first, first.locator(".kicker a"), "the link to the rule");
  const panel = first.locator("form[data-rules-stage]");
  await pick(t, first, panel.locator("[name=stage]"), "on", "the stages");
  await fill(t, first, panel.locator("[name=words]"), "Two of three were advertisements.", "the words");
  await enter(t, first, panel.locator("button.main"), "the button");
  await first.getByText(say("rules.didStage")).waitFor();
  t.is(await first.locator(".rules-head [data-stage]").getAttribute("data-stage"), "on", "the stage");

  t.step("it catches what a reader writes");
  for (const text of caught) {
    await reader.goto(calm);
    await write(t, reader, text);
    await commentSaying(reader, text).getByText(say("state.held")).first().waitFor();
  }
  await look(first, "/held");
  await cardSaying(first, caught[0]).locator(".card-rule", { hasText: "No zirconium" }).waitFor();
}

async function undone(t, { first, reader }) {
  t.step("what the rule did in a week is taken back");
  await visit(t, first, "rules");
  await enter(t, first, first.getByRole("link", { name: "No zirconium" }), "the rule");
  const undo = first.locator("form[data-rules-undo]");
  const since = new Date(await undo.locator("input[type=date]").inputValue());
  t.is(Math.round((Date.now() - since) / 86_400_000 - 0.5), 7, "days that are undone");
  await tabTo(t, first, undo.locator("input[type=date]"), "the day");
  await enter(t, first, undo.locator("button"), "the button");
  await first.waitForURL(/\/undo\?since=/);
  const means = say("rules.undoCount", { n: 2, rule: "No zirconium", day: "|" }).split("|")[0];
  t.ok((await plain(first.locator(".page-lede"))).startsWith(means), "the page before does not count two comments");
  await enter(t, first, button(first, "rules.undoNow"), "the button");
  await finished(t, first, 2);
  const other = await t.reader();
  await other.goto(calm);
  for (const text of caught) await commentSaying(other, text).waitFor();
  await reader.goto(base + "/me");
  t.is(await reader.locator(".me-state.published").count(), 3, "the reader's published comments");
}

/** Fails when anything but a key was used. */
async function keysOnly(page) {
  await page.addInitScript(() => {
    for (const kind of ["mousedown", "touchstart"]) addEventListener(kind, () => console.error(`a ${kind} on a day of keys`), true);
  });
}

await stage({
  "a day": async (t) => {
    const people = { first: await t.reader(), second: await t.reader(), reader: await t.reader() };
    for (const page of Object.values(people)) await keysOnly(page);
    for (const part of [arrive, together, many, appeal, rule, undone]) {
      const began = Date.now();
      await part(t, people);
      t.note(`${part.name} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
  },
});
