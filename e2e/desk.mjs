// The desk without script: a decision, its undo, and an act on many. With script
// and by keyboard, day.mjs does the same.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { cardSaying, enter } from "./lib/desk.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const [held, other] = [partsOf(facts["demo.plain"]), partsOf(facts["demo.thread"])];
const queueOf = (story) => `${facts.parley}/desk/held?story=${story.id}`;
const story = queueOf(held);

/** The owner's session, once the link is used; it works once. */
let owner;

async function signIn(t) {
  const page = await t.reader({ javaScriptEnabled: false });
  await enter(page, facts.ownerLink);
  owner = await page.context().storageState();
}

async function decides(t) {
  const text = "Decided without script.";
  await new Elsewhere(held.base).post(held.id, text);
  const page = await t.reader({ javaScriptEnabled: false, storageState: owner });
  await page.goto(story);
  const card = cardSaying(page, text);
  await card.locator("select[name=reason]").selectOption("abuse");
  await card.locator("button.danger").click();
  await page.locator(".desk-flash", { hasText: say("desk.didReject") }).waitFor();
  t.is(await cardSaying(page, text).count(), 0, "cards of it");
  t.step("undo");
  await page.goto(facts.parley + "/desk/mine");
  await cardSaying(page, text).first().getByRole("button", { name: say("desk.undo") }).click();
  await page.locator(".desk-flash", { hasText: say("desk.didUndo") }).waitFor();
  t.step("an act on many");
  await page.goto(story);
  await cardSaying(page, text).locator("[data-pick]").check();
  await page.locator("details[data-bulk] summary").click();
  await page.locator("details[data-bulk] button[value=publish]").click();
  await page.getByText(say("bulk.sure.publish", { n: 1 })).waitFor();
  await page.getByRole("button", { name: say("desk.publish"), exact: true }).click();
  await t.until("the job is done", async () => {
    await page.reload();
    return page.locator("[data-job=done]").count();
  }, 20_000);
  await page.goto(story);
  t.is(await cardSaying(page, text).count(), 0, "cards after the job");
}

// What narrows a queue may leave pages of it empty that have more behind them: the list
// goes on to the next on which there is something.
async function sparse(t) {
  const [near, far] = ["Before the empty pages.", "Behind the empty pages."];
  await new Elsewhere(held.base).post(held.id, near);
  await new Elsewhere(other.base).post(other.id, far);
  const page = await t.reader({ storageState: owner });
  const asked = [];
  await page.route(`${story}*`, async (route) => {
    const after = new URL(route.request().url()).searchParams.get("after") ?? "";
    asked.push(after);
    const next = `${story}&amp;after=${Number(after) + 1}`;
    if (!after) {
      const first = await route.fetch();
      return route.fulfill({ response: first, body: (await first.text()).replace('data-next=""', `data-next="${next}"`) });
    }
    if (after !== "3") return route.fulfill({ contentType: "text/html", body: `<div data-cards data-next="${next}"></div>` });
    return route.fulfill({ response: await route.fetch({ url: queueOf(other) + "&part=cards" }) });
  });
  await page.goto(story);
  await cardSaying(page, near).waitFor();
  await page.locator("[data-desk][data-keys]").waitFor();
  await page.keyboard.press("f");
  await page.locator(".card.current").filter({ hasText: far }).waitFor();
  t.is(asked.join(" "), " 1 2 3", "pages asked for");
  t.is(await page.locator("[data-empty]:not([hidden])").count(), 0, "words that nothing is left");
}

await stage({ "coming in": signIn, "without script": decides, "over empty pages": sparse });
