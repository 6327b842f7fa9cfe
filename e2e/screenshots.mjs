// Pictures of the pages, for people to look at: run by TestScreenshots.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { topBox } from "./lib/discussion.mjs";
import { furnish } from "./lib/furnish.mjs";
import { screens, show } from "./lib/screens.mjs";
import { facts, stage } from "./lib/stage.mjs";

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
];

/** A page on its way to a place is no picture. */
const still = { reducedMotion: "reduce" };

/** Where everything is, once the demo was filled. */
let places;

async function prepare(t) {
  places = await furnish(t);
  // The desk's own comments are not held: the embedded page gets some to show.
  const { base, id } = partsOf(facts.talk);
  const voice = new Elsewhere(base);
  for (const { name, value } of places.owner.cookies) voice.cookies.set(name, value);
  const first = await voice.post(id, "Eleven minutes is a very exact kind of late. Somebody decided on it.");
  await voice.post(id, "Somebody did: it is the time the fuel lorry needs to leave the ramp.", { parent: first });
  await voice.post(id, "Then *move the lorry*. My mother has missed the same train forty-one times.", { byline: "pseudonym", name: "Forty-one trains" });
}

/** Every screen, the main ones in Arabic too. */
async function all(t, look) {
  const { name, ...options } = look;
  for (const screen of screens(places)) {
    const page = await t.reader({ ...options, ...still, storageState: places[screen.who] });
    await show(t, page, screen, name);
    await page.screenshot({ path: join(facts.shots, `${screen.name}-${name}.png`) });
    if (screen.main) {
      await show(t, page, { ...screen, lang: "ar" }, name);
      await page.screenshot({ path: join(facts.shots, `${screen.name}-ar-${name}.png`) });
    }
    await page.context().close();
  }
}

async function shoot(t, look) {
  await mkdir(facts.shots, { recursive: true });
  await all(t, look);
  const { name, ...options } = look;
  const quiet = { waitUntil: "networkidle" };
  const reader = await t.reader({ ...options, ...still });
  await reader.goto(places.english, quiet);
  await topBox(reader).locator("textarea").fill("Nobody asked the people at the stops, and now they will be asked to walk.");
  await topBox(reader).locator("input[name=name]").fill("x");
  await topBox(reader).locator(".box-send .main").click();
  await reader.locator(".box-error:not(:empty)").first().waitFor();
  await topBox(reader).evaluate((node) => node.scrollIntoView({ behavior: "instant", block: "center" }));
  await reader.screenshot({ path: join(facts.shots, `error-${name}.png`) });
  const page = await t.reader({ ...options, ...still, storageState: places.owner });
  const query = new URLSearchParams({ parley: facts.parley, site: "demo", title: "The ferry leaves late", url: facts.foreign + "/stories/shots", count: "" });
  await page.goto(`${facts.foreign}/article?${query}`, quiet);
  await page.locator("parley-discussion iframe").scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(facts.shots, `embed-${name}.png`) });
}

await stage({ "the demo is filled": prepare, ...Object.fromEntries(looks.map((look) => [look.name, (t) => shoot(t, look)])) });
