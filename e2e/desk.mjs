// The desk without script: a decision, its undo, and an act on many. With script
// and by keyboard, day.mjs does the same.
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { cardSaying, enter } from "./lib/desk.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const held = partsOf(facts["demo.plain"]);
const story = `${facts.parley}/desk/held?story=${held.id}`;

async function decides(t) {
  const text = "Decided without script.";
  await new Elsewhere(held.base).post(held.id, text);
  const page = await t.reader({ javaScriptEnabled: false });
  await enter(page, facts.ownerLink);
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

await stage({ "without script": decides });
