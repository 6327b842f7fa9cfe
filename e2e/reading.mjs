// Reading a discussion: views, orders, loading more, folding, permalinks, what
// is new, muting, search, and the way to a parent and back.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { commentOf, hasFocus, inside } from "./lib/discussion.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const url = facts["open.thread"];
const { base, id: story } = partsOf(url);
const elsewhere = () => new Elsewhere(base);

/** What was written before anybody reads: 28 roots, one with 10 replies, one chain of 12. */
const written = { roots: [], replies: [], chain: [] };

async function prepare() {
  for (let i = 1; i <= 28; i++) {
    // The third has no name.
    const author = i === 3 ? {} : { byline: "pseudonym", name: `Keeper of lamp ${i}` };
    written.roots.push(await elsewhere().post(story, `Root number ${i} speaks of lighthouses.`, author));
  }
  const many = written.roots[26];
  for (let i = 1; i <= 10; i++) written.replies.push(await elsewhere().post(story, `Reply number ${i}.`, { parent: many }));
  let parent = written.roots[25];
  for (let i = 1; i <= 12; i++) {
    parent = await elsewhere().post(story, `Depth number ${i}.`, { parent });
    written.chain.push(parent);
  }
}

const roots = (page) => page.locator("[data-thread] > li.comment");
const ids = (list) => list.evaluateAll((nodes) => nodes.map((node) => node.id.slice(2)));
const choose = (page, name, value) =>
  Promise.all([
    page.waitForResponse((r) => r.url().includes("part=discussion")),
    page.waitForResponse((r) => r.url().endsWith("/preferences")),
    page.locator(`select[name=${name}]`).selectOption(value),
  ]);

async function views(t) {
  const page = await t.reader();
  await page.goto(url);
  t.is(await roots(page).count(), 25, "roots on the first page");
  t.is(await page.locator(".comment-to").count() > 0, true, "replies say whom they answer");
  await choose(page, "view", "conversation");
  await page.locator("section[data-view=conversation]").waitFor();
  t.is(await page.locator("li.comment li.comment").count(), 0, "nested comments in the conversation");
  t.is((await ids(roots(page)))[0], written.chain.at(-1), "the newest comment comes first");
  t.ok((await inside(commentOf(page, written.chain.at(-1)), ".comment-to").innerText()).includes("Depth number 11."), "whom it answers");
  await page.reload();
  await page.locator("section[data-view=conversation]").waitFor();
  await choose(page, "view", "threaded");
  await choose(page, "order", "oldest");
  await page.locator("section[data-order=oldest]").waitFor();
  t.is((await ids(roots(page))).slice(0, 2), written.roots.slice(0, 2), "the oldest come first");
  await page.reload();
  t.is((await ids(roots(page)))[0], written.roots[0], "the order is remembered");
  await choose(page, "order", "useful");
  await page.locator("section[data-order=useful]").waitFor();
  await choose(page, "size", "50");
  await t.until("a page of 50 has all roots", async () => (await roots(page).count()) === 28);
}

async function viewsPlain(t) {
  const page = await t.reader({ javaScriptEnabled: false });
  await page.goto(url);
  await page.locator("select[name=view]").selectOption("conversation");
  await t.follow(page.locator("form.prefs button"));
  await page.locator("section[data-view=conversation]").waitFor();
  await page.goto(url);
  await page.locator("section[data-view=conversation]").waitFor();
  await page.locator("select[name=view]").selectOption("threaded");
  await page.locator("select[name=order]").selectOption("oldest");
  await t.follow(page.locator("form.prefs button"));
  t.is((await ids(roots(page)))[0], written.roots[0], "the oldest comes first");
  await t.follow(page.locator("[data-load-more]"));
  t.is(await ids(roots(page)), written.roots.slice(25), "the second page");
  await page.goto(url + "?order=oldest");
  await t.follow(page.locator("[data-load-all]"));
  t.is(await roots(page).count(), 28, "roots of all");
  await page.goto(url + "?order=newest");
  const more = commentOf(page, written.roots[26]).locator("a[data-more]");
  t.is(await more.innerText(), say("branch.more", { n: 7 }), "the link to more replies");
  await t.follow(more);
  t.ok((await page.locator("li.comment").count()) >= 7, "the page of more replies");
}

async function loading(t) {
  const page = await t.reader();
  await page.goto(url);
  const first = await ids(roots(page));
  await page.locator("[data-load-more]").click();
  await t.until("more comments came", async () => (await roots(page).count()) === 28);
  t.is((await ids(roots(page))).slice(0, 25), first, "the first page stays");
  await t.until("the focus is on the first that came", () => hasFocus(roots(page).nth(25)));

  t.step("more replies");
  const many = commentOf(page, written.roots[26]);
  t.is(await many.locator("li.comment").count(), 3, "replies shown at first");
  await many.locator("a[data-more]").click();
  await t.until("all replies came", async () => (await many.locator("li.comment").count()) === 10);
  t.is(await ids(many.locator("li.comment")), written.replies, "the replies in their order");
  t.is(await many.locator("a[data-more]").count(), 0, "links to still more");

  t.step("all");
  const deep = await t.reader();
  await deep.goto(url);
  await deep.locator("[data-load-all]").click();
  await t.until("all came", async () => (await deep.locator("li.comment").count()) === 50);
  t.is(await deep.locator("[data-load-all], [data-load-more], [data-more]").count(), 0, "links to still more");
  t.is((await ids(commentOf(deep, written.roots[25]).locator("li.comment"))), written.chain, "the chain in its order");

  t.step("deep branches on a phone");
  await deep.setViewportSize({ width: 390, height: 800 });
  const left = async (id) => (await commentOf(deep, id).locator(":scope > article").boundingBox()).x;
  const edges = [];
  for (const id of written.chain) edges.push(Math.round(await left(id)));
  t.ok(new Set(edges).size <= 5, `the chain is indented at ${edges}`);
  t.ok(390 - Math.max(...edges) > 200, `the deepest starts at ${Math.max(...edges)}`);
}

async function folding(t) {
  const page = await t.reader();
  await page.goto(url);
  const many = commentOf(page, written.roots[26]);
  const head = many.locator(":scope > .branch > summary");
  t.is(await head.innerText(), say("branch.replies", { n: 10 }), "the head of the branch");
  await head.click();
  t.ok(!(await many.locator("li.comment").first().isVisible()), "a folded reply shows");
  await t.until("the fold is kept", () => page.evaluate((id) => Object.keys(localStorage).some((k) => k.startsWith("parley:fold:") && localStorage[k].includes(id)), written.roots[26]));
  await page.reload();
  await t.until("the branch is folded again", async () => !(await many.locator("li.comment").first().isVisible()));
  await head.click();
  await many.locator("li.comment").first().waitFor();
  await page.reload();
  await many.locator("li.comment").first().waitFor();
}

async function permalink(t, javaScriptEnabled) {
  const page = await t.reader({ javaScriptEnabled });
  await page.goto(url + "?view=conversation");
  await inside(commentOf(page, written.chain[7]), ".comment-time").click();
  await page.waitForURL(/\/c\//);
  for (const id of [written.roots[25], ...written.chain.slice(0, 8)]) {
    t.is(await commentOf(page, id).count(), 1, `ancestor ${id}`);
  }
  t.is(await ids(page.locator("li.comment[data-focused]")), [written.chain[7]], "the marked comment");
  await page.getByRole("link", { name: say("discussion.whole") }).click();
  t.ok(page.url().startsWith(url), `the whole discussion is at ${page.url()}`);
}

async function news(t) {
  const own = facts["open.plain"];
  const there = partsOf(own).id;
  for (let i = 0; i < 12; i++) await elsewhere().post(there, `Line ${i} of a talk about tides.`);
  const page = await t.reader();
  await page.goto(own);
  const box = page.locator("section.discussion > form[data-box]");
  await box.locator("textarea").fill("Who answers me?");
  await box.locator("input[value=none]").check();
  await box.locator(".box-send .main").click();
  const mine = page.locator("li.comment").filter({ hasText: "Who answers me?" });
  await mine.waitFor();
  const asked = (await mine.getAttribute("id")).slice(2);

  t.step("nothing moves when news comes");
  await page.mouse.wheel(0, 700);
  await t.until("the page is scrolled", () => page.evaluate(() => scrollY > 300));
  const places = () =>
    page.evaluate(() => [scrollY, ...[...document.querySelectorAll("li.comment > article")].map((n) => n.getBoundingClientRect().top)].map(Math.round));
  let before;
  await t.until("the page has come to rest", async () => {
    const was = JSON.stringify(before);
    return was === JSON.stringify((before = await places()));
  });
  const answer = await elsewhere().post(there, "I answer you.", { parent: asked });
  await elsewhere().post(there, "And I speak of something else.");
  await elsewhere().post(there, "As do I.");
  const line = page.locator(".news-pulse");
  await t.until("three came, and one answers", async () => {
    const said = await line.innerText();
    return said.includes(say("script.news", { n: 3 })) && said.includes(say("script.newsReplies", { n: 1 }));
  }, 12_000);
  t.is(await places(), before, "places after the news");
  t.ok((await line.boundingBox()).y >= 0, "the news is above the screen");
  t.is(await page.locator("[data-news]").getAttribute("aria-live"), "polite", "the live region");

  t.step("the news is shown");
  await line.getByRole("button").first().click();
  await commentOf(page, answer).waitFor();
  t.is(await commentOf(page, asked).locator(`#c-${answer}`).count(), 1, "the answer below its question");
  t.is(await page.locator("li.comment[data-new]").count(), 3, "comments marked as new");

  t.step("new since the last visit");
  await page.goto("about:blank");
  const later = await elsewhere().post(there, "Written while you were away.");
  const last = await elsewhere().post(there, "And one more.", { parent: later });
  await page.goto(own);
  await page.locator(".news-unread").waitFor();
  t.is((await ids(page.locator("li.comment[data-new]"))).sort(), [later, last], "marked as new");
  t.ok((await page.locator(".news-unread").innerText()).includes(say("discussion.unread", { n: 2 })), "the line of unread");
  await page.locator("body").press("n");
  await t.until("the focus is on the first new", () => hasFocus(commentOf(page, later)));
  await page.keyboard.press("n");
  await t.until("the focus is on the second new", () => hasFocus(commentOf(page, last)));
  t.is(await page.locator(".news-unread").count(), 0, "lines of unread when all is read");
}

/** Opens a page whose stream flows, and notes what it asks for besides. */
async function listener(t, address) {
  const page = await t.reader();
  const stream = page.waitForResponse((r) => r.url().endsWith("/live"), { timeout: 15_000 });
  await page.goto(address);
  t.is((await stream).headers()["content-type"], "text/event-stream", "the stream's type");
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  return { page, asked };
}

async function arrival(t) {
  const own = facts["open.plain"];
  const there = partsOf(own).id;
  const front = await listener(t, base + "/");
  const { page, asked } = await listener(t, own);
  const text = page.locator("section.discussion > form[data-box] textarea");
  await text.fill("A sentence that is not ended");
  await text.evaluate((node) => node.setSelectionRange(2, 2));
  const counted = (await page.locator("section.discussion").getAttribute("data-count")) * 1;
  const began = Date.now();
  await elsewhere().post(there, "This arrives by itself.");
  const line = page.locator(".news-pulse", { hasText: say("script.news", { n: 1 }) });
  await line.waitFor();
  t.note(`seen ${Date.now() - began} ms after it was sent`);
  t.is(asked.filter((address) => address.includes("/pulse")), [], "what was asked meanwhile");

  t.step("who writes is left in peace");
  await page.keyboard.type("nother");
  t.is(await text.inputValue(), "A nothersentence that is not ended", "what was typed, where it was typed");

  t.step("the front page counts along");
  const count = front.page.locator(`[data-teaser="${there}"] .teaser-count`);
  await t.until("the front page counts", async () => (await count.innerText()).replace(/\D/g, "") * 1 === counted + 1);

  t.step("the news is shown, and more comes");
  await line.getByRole("button").click();
  await page.locator("li.comment", { hasText: "This arrives by itself." }).waitFor();
  t.is(await page.locator(".news-pulse").count(), 0, "lines of news when they are shown");
  await elsewhere().post(there, "This too.");
  await line.waitFor();
}

/** Where the stream is refused, the page asks now and then. */
async function polling(t) {
  const own = facts["open.plain"];
  const page = await t.reader();
  await page.clock.install();
  await page.route("**/live", (route) => route.fulfill({ status: 204 }));
  const refused = page.waitForRequest("**/live");
  await page.goto(own);
  await page.clock.fastForward(4000);
  await refused;
  await elsewhere().post(partsOf(own).id, "This is asked for.");
  await Promise.all([page.waitForResponse((r) => r.url().includes("/pulse")), page.clock.fastForward(40_000)]);
  await page.locator(".news-pulse", { hasText: say("script.news", { n: 1 }) }).waitFor();
}

async function muting(t) {
  const there = partsOf(facts["open.keys"]).id;
  const loud = elsewhere();
  const first = await loud.post(there, "I am loud.", { byline: "name", name: "Loud Person" });
  const second = await loud.post(there, "And still loud.", { byline: "name", name: "Loud Person" });
  const page = await t.reader();
  await page.goto(facts["open.keys"]);
  await commentOf(page, first).hover();
  await inside(commentOf(page, first), ".comment-mute").click();
  for (const id of [first, second]) {
    await commentOf(page, id).locator(".comment-muted").waitFor();
    t.ok(!(await inside(commentOf(page, id), ".comment-text").first().isVisible()), "a muted text shows");
  }
  await page.reload();
  await commentOf(page, second).locator(".comment-muted").waitFor();
  await commentOf(page, second).locator(".comment-muted button").last().click();
  await inside(commentOf(page, first), ".comment-text").first().waitFor();
  await page.reload();
  await inside(commentOf(page, first), ".comment-text").first().waitFor();

  t.step("without script, after a first act");
  const plain = await t.reader({ javaScriptEnabled: false });
  await plain.goto(facts["open.keys"]);
  await inside(commentOf(plain, first), "button.up").click();
  await inside(commentOf(plain, first), "button[name=mute]").click();
  await commentOf(plain, second).locator(".comment-muted").waitFor();
  t.ok(!(await commentOf(plain, second).getByText("And still loud.").isVisible()), "a muted text shows");
  await inside(commentOf(plain, first), "button[name=unmute]").click();
  await commentOf(plain, second).getByText("And still loud.").waitFor();
}

async function searching(t, javaScriptEnabled) {
  const page = await t.reader({ javaScriptEnabled });
  await page.goto(url);
  await page.locator(".discussion-search input").fill("lighthouses 17");
  await page.locator(".discussion-search button").click();
  await page.waitForURL(/\/search/);
  t.is(await page.locator(".hit").count(), 1, "hits in the discussion");
  await t.follow(page.locator(".hit .comment-time"));
  t.is(await ids(page.locator("li.comment[data-focused]")), [written.roots[16]], "where the hit leads");
  await page.locator(".masthead-search input").fill("LIGHTHOUSES 5");
  await t.follow(page.locator(".masthead-search button"));
  t.ok((await page.locator(".hit").count()) >= 1, "hits in the site");
  await page.locator("#search-q").fill("зимородок");
  await t.follow(page.locator(".search-form button"));
  t.is(await page.locator(".hit").count(), 0, "hits of a word nobody wrote");
  t.ok((await page.locator(".search-count").innerText()).includes("зимородок"), "the word is not named");
}

async function parent(t) {
  const page = await t.reader();
  await page.goto(url);
  const reply = commentOf(page, written.chain[0]);
  const root = commentOf(page, written.roots[25]);
  await inside(reply, ".comment-to > span > a").click();
  await t.until("the focus is on the parent", () => hasFocus(root));
  await root.locator("a.comment-back[data-on]").click();
  await t.until("the focus is back on the reply", () => hasFocus(reply));

  t.step("without script");
  const plain = await t.reader({ javaScriptEnabled: false });
  await plain.goto(url);
  await inside(commentOf(plain, written.chain[0]), ".comment-to > span > a").click();
  const back = plain.locator(`#b-${written.chain[0]}`);
  await back.waitFor();
  t.ok(await back.isVisible(), "no way back shows");
  await back.click();
  t.ok(plain.url().endsWith(`#c-${written.chain[0]}`), `the way back leads to ${plain.url()}`);
}

/** A nameless parent is called by its words, and one that is gone is never quoted. */
async function parents(t) {
  const author = elsewhere();
  const gone = await author.post(story, "This will be withdrawn.", {});
  const reply = await elsewhere().post(story, "An answer to what is gone.", { parent: gone });
  const named = await elsewhere().post(story, "An answer to somebody without a name.", { parent: written.roots[2] });
  const page = await t.reader();
  await page.goto(`${base}/c/${reply}`);
  t.ok((await inside(commentOf(page, reply), ".comment-to").innerText()).includes("This will be withdrawn."), "a nameless parent is not called by its words");
  await author.ask("POST", `/api/v1/comments/${gone}/withdraw`, {});
  await page.goto(`${base}/c/${reply}`);
  t.ok(!(await page.content()).includes("This will be withdrawn."), "a withdrawn text is still on the page");
  t.is(await inside(commentOf(page, reply), ".comment-to").innerText(), say("comment.replyToGone"), "how the gone parent is called");
  await page.goto(`${base}/c/${named}`);
  t.ok((await inside(commentOf(page, named), ".comment-to").innerText()).includes("Root number 3 speaks"), "a nameless parent");
}

await prepare();
await stage({
  "views and orders": views,
  "views, orders and more without script": viewsPlain,
  "loading more": loading,
  folding,
  "a permalink with script": (t) => permalink(t, true),
  "a permalink without script": (t) => permalink(t, false),
  news,
  arrival,
  "asking where there is no stream": polling,
  muting,
  "searching with script": (t) => searching(t, true),
  "searching without script": (t) => searching(t, false),
  "to the parent and back": parent,
  "parents without a name or gone": parents,
});
