// Fills the demo with what a week of moderating leaves behind, through the forms
// of the pages and without script, and says where to look at it.
import { Elsewhere, partsOf } from "./api.mjs";
import { enter } from "./desk.mjs";
import { facts } from "./stage.mjs";
import { say } from "./words.mjs";

const noScript = { javaScriptEnabled: false };

/** The newest code sent to an address, once it came. */
export const codeFor = (t, address, not = "") =>
  t.until(`a code for ${address}`, async () => {
    const answer = await fetch(`${facts.codes}/?to=${address}`);
    const text = answer.ok ? await answer.text() : "";
    return text !== not && text;
  }, 20_000);

/** Asks for a code by mail; the page then shows the field for it. */
export async function askCode(page, address) {
  await page.goto(facts.parley + "/signin");
  await page.locator("#signin-email").fill(address);
  await page.getByRole("button", { name: say("signin.emailSend") }).click();
  await page.locator("#signin-code").waitFor();
}

/** Types the code; the page then asks a newcomer for a name. */
export async function giveCode(t, page, address) {
  await page.locator("#signin-code").fill(await codeFor(t, address));
  await page.getByRole("button", { name: say("signin.go"), exact: true }).click();
  await page.locator("#signin-name").waitFor();
}

/** A reader who signed in by mail, with a voice for comments. */
async function person(t, address, name) {
  const page = await t.reader(noScript);
  await askCode(page, address);
  await giveCode(t, page, address);
  await page.locator("#signin-name").fill(name);
  await page.getByRole("button", { name: say("signin.nameGo") }).click();
  return { page, state: await page.context().storageState(), ...(await voice(page)) };
}

async function voice(page) {
  const speaker = new Elsewhere(facts.parley);
  for (const { name, value } of (await page.context().storageState()).cookies) speaker.cookies.set(name, value);
  return { post: (story, text, options) => speaker.post(story, text, options) };
}

/** The addresses of the demo's stories, by their language, the longest talk first. */
export async function stories(t) {
  const page = await t.reader();
  await page.goto(facts.parley + "/");
  const all = await page.locator(".teaser").evaluateAll((nodes) =>
    nodes.map((node) => ({
      lang: node.lang,
      url: node.querySelector("h2 a").href,
      n: Number((node.querySelector(".teaser-count")?.textContent ?? "").replace(/\D/g, "")),
    })));
  await page.context().close();
  return all.sort((a, b) => b.n - a.n);
}

/** Opens a page below the site and presses a button of a form there. */
async function fill(page, path, fields, button) {
  await page.goto(facts.parley + path);
  for (const [selector, value] of Object.entries(fields)) {
    const at = page.locator(selector).first();
    if (typeof value === "boolean") await at.setChecked(value);
    else if (await at.evaluate((node) => node.tagName === "SELECT")) await at.selectOption(value);
    else await at.fill(value);
  }
  const answered = page.waitForNavigation();
  await page.locator(button).first().click();
  const answer = await answered;
  if (answer && answer.status() >= 400) throw new Error(`${path}: ${answer.status()} ${await page.locator("main").innerText()}`);
}

/** Invites somebody and returns the path of the link. */
async function invite(owner, role) {
  await owner.goto(facts.parley + "/desk/staff");
  const form = owner.locator("form[action$='/invitations']");
  await form.locator("[name=role]").selectOption(role);
  await form.locator(".main").click();
  const link = /\/welcome\/[0-9A-Z]+/.exec(await owner.content());
  if (!link) throw new Error("no link for who is invited");
  return link[0];
}

/** What each part of the week leaves behind is kept in the places. */
export async function furnish(t) {
  const list = await stories(t);
  const english = list.filter((s) => s.lang === "en").map((s) => s.url);
  const places = { english: english[0], cooled: english[1], arabic: list.find((s) => s.lang === "ar").url };
  const owner = await t.reader(noScript);
  await enter(owner, facts.ownerLink);
  await fill(owner, "/desk/settings", { "[name=hold_first]": false }, "main form .main");
  const second = await t.reader(noScript);
  await second.context().addCookies([{ ...facts.second, url: facts.parley }]);
  places.owner = await owner.context().storageState();
  places.second = await second.context().storageState();
  const house = { t, owner, second, places, story: partsOf(english[0]).id, cooled: partsOf(english[1]).id };
  for (const [what, part] of Object.entries({ decisions, appeals, sanctions, reports, stories: coolings, rules, staff, jobs })) {
    t.step(what);
    await part(house);
  }
  t.step("");
  return places;
}

/** The page of the desk's author a comment is by. */
async function authorOf(page, comment) {
  await page.goto(`${facts.parley}/desk/comments/${comment}`);
  return new URL(await page.locator(`[data-card] a[href*="/desk/authors/"]`).first().getAttribute("href"), facts.parley).pathname.replace(/\/sanction$/, "");
}

const reject = (page, comment, reason) => fill(page, `/desk/comments/${comment}`, { "[name=reason]": reason }, "button.danger");

async function decisions(house) {
  const { t, owner, places, story } = house;
  const author = (house.author = await person(t, "ada@mail.example", "Ada Lovegrove"));
  places.author = author.state;
  const kept = await author.post(story, "The old timetable worked because the drivers wrote it. Ask them first.", { byline: "name" });
  const first = await author.post(story, "Whoever wrote this has never held a *spanner*, and it shows in every line.", { byline: "name" });
  const second = await author.post(story, "Buy your season ticket from my cousin, he has them cheaper: https://tickets.example/cheap", { byline: "name" });
  house.comments = { kept, first, second };
  await reject(owner, first, "abuse");
  await reject(owner, second, "spam");
  places.comment = `/c/${kept}`;
  places.deskComment = `/desk/comments/${first}`;
  places.authorDesk = await authorOf(owner, first);
  await author.page.goto(facts.parley + "/me/data");
  places.profile = new URL(await author.page.locator("main a[href*='/u/']").first().getAttribute("href"), facts.parley).pathname;
  await fill(owner, places.authorDesk, { "#author-words": "Wrote to us by mail on Monday: calmer than in the comments." }, ".author-note button");
  await author.page.goto(facts.parley + "/me");
  const told = await author.page.locator(`a[href*="/decisions/"]`).evaluateAll((nodes) => nodes.map((node) => new URL(node.href).pathname));
  [places.decisionOpen, places.decision] = told;
}

async function appeals(house) {
  const { author, places } = house;
  await fill(author.page, places.decision, { "#appeal-words": "It was about the article, not about a person. I have held a spanner for thirty years." }, "form:has(#appeal-words) .main");
}

async function sanctions(house) {
  const { t, owner, story, places } = house;
  const loud = (house.loud = await person(t, "cem@mail.example", "Cem Usta"));
  places.loud = loud.state;
  const said = await loud.post(story, "Everybody who disagrees with this is paid for it, and I know by whom.", { byline: "name" });
  const page = (places.loudDesk = await authorOf(owner, said));
  await fill(owner, `${page}/sanction`, { "[name=kind][value=warn]": true, "#sanction-reason": "abuse", "#sanction-note": "Argue with what people say, not with who they are." }, "form .danger");
  const spammer = await person(t, "deals@mail.example", "Best Deals");
  for (const n of [1, 2, 3]) await spammer.post(story, `Offer ${n}: watches, straight from the harbour. https://deals.example/${n}`, { byline: "name" });
  const bad = await spammer.post(story, "Last offer of the day, watches for everybody.", { byline: "name" });
  const spam = (places.spamDesk = await authorOf(owner, bad));
  await fill(owner, `${spam}/sanction`, { "[name=kind][value=suspend]": true, "#sanction-end": { label: say("sanction.end.1w") }, "#sanction-reason": "spam" }, "form .danger");
  await fill(owner, `${spam}/sanction`, { "[name=kind][value=ban]": true, "#sanction-end": { label: say("sanction.end.none") }, "#sanction-reason": "spam" }, "form .danger");
}

async function reports({ t, comments, places }) {
  const reader = await t.reader(noScript);
  await fill(reader, `${places.comment}/report`, { "[name=reason] >> nth=1": true, "#report-words": "He says the same below every story." }, "form.report .main");
  await fill(reader, `/c/${comments.kept}/illegal`, {
    "[name=kind][value=defamation]": true,
    "[name=explanation]": "The comment says that the drivers falsified the timetable of 1998. A court found in 2003 that they did not.",
    "[name=name]": "Rosa Lindqvist",
    "[name=email]": "rosa@mail.example",
    "[name=good_faith]": true,
  }, "form.illegal-form .main");
  places.receipt = new URL(reader.url()).pathname;
  places.reader = await reader.context().storageState();
}

async function coolings({ owner, cooled, places }) {
  places.storyDesk = `/desk/stories/${cooled}`;
  await fill(owner, places.storyDesk, {
    "#why": "The debate is good and very fast. One comment in a minute is enough for everybody.",
    "#slow": "60",
    "[name=no_links]": true,
    "#close_in": { index: 2 },
  }, ".storydesk-form .main");
}

async function rules({ t, owner, places }) {
  await owner.goto(facts.parley + "/desk/rules/new");
  for (let shut = owner.locator(".rules-group:not([open]) > summary"); await shut.count(); ) await shut.first().click();
  await owner.locator("#rule-name").fill("Ticket touts");
  await owner.locator("[name=suspect]").fill("season ticket\ncheap*\nwatches");
  await owner.locator("[name=links_least]").fill("1");
  await owner.locator("[name=combine][value=any]").check();
  await owner.locator("[name=do][value=hold]").check();
  await owner.locator(".rules-save .main").click();
  await owner.waitForURL(/\/desk\/rules\/(?!new)\w+/);
  places.rule = new URL(owner.url()).pathname;
  await fill(owner, places.rule, { "[name=stage][value=shadow]": true, "#rule-words": "Two weeks beside the desk before it acts." }, "[data-rules-stage] .main");
  await fill(owner, places.rule, {}, "[data-rules-rehearse] button");
  places.rehearsal = new URL(owner.url()).pathname;
  await t.until("the rehearsal ends", async () => {
    await owner.reload();
    return owner.locator(".rules-tiles").count();
  }, 60_000);
}

async function staff({ owner, places }) {
  places.invitation = await invite(owner, "moderator");
  await fill(owner, "/desk/alerts", { "[name=kind][value=webhook]": true, "[name=target]": "https://desk.meridian.example/hooks/parley" }, "form:has([name=target]) .main");
  places.alert = new URL(await owner.locator(`main a[href*="/desk/alerts/"]`).first().getAttribute("href"), facts.parley).pathname;
}

async function jobs({ owner, places }) {
  await owner.goto(facts.parley + "/desk/search?q=watches");
  await owner.locator("[data-bulk] summary").click();
  await owner.locator("[name=which][value=all]").check();
  await owner.locator("#bulk-reason").selectOption("spam");
  await owner.locator("#bulk .danger").click();
  await owner.locator("main .danger").first().click();
  await owner.waitForURL(/\/desk\/(jobs|proposals|search)/);
  places.job = new URL(owner.url()).pathname;
}
