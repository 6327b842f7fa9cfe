// Pictures of the pages, for people to look at: run by TestScreenshots.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { topBox } from "./lib/discussion.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
];

let owner;

async function signIn(t) {
  const page = await t.reader();
  await page.goto(facts.ownerLink);
  await page.getByRole("button", { name: say("welcome.button") }).click();
  await page.waitForURL(/\/desk/);
  owner = await page.context().storageState();

  // The desk's own comments are not held: the embedded page gets some to show.
  const { base, id } = partsOf(facts.talk);
  const voice = new Elsewhere(base);
  for (const { name, value } of owner.cookies) voice.cookies.set(name, value);
  const first = await voice.post(id, "Eleven minutes is a very exact kind of late. Somebody decided on it.");
  await voice.post(id, "Somebody did: it is the time the fuel lorry needs to leave the ramp.", { parent: first });
  await voice.post(id, "Then *move the lorry*. My mother has missed the same train forty-one times.", { byline: "pseudonym", name: "Forty-one trains" });
}

/** The addresses of the demo's stories, by their language, the longest talk first. */
async function stories(t) {
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

async function shoot(t, look, list) {
  const folder = join(facts.shots, "");
  await mkdir(folder, { recursive: true });
  const { name, ...options } = look;
  const page = await t.reader({ ...options, storageState: owner });
  const shot = async (what) => page.screenshot({ path: join(folder, `${what}-${name}.png`) });
  const english = list.find((s) => s.lang === "en");
  const arabic = list.find((s) => s.lang === "ar");
  const quiet = { waitUntil: "networkidle" };

  await page.goto(facts.parley + "/", quiet);
  await shot("front");
  await page.goto(facts.parley + "/?lang=ar", quiet);
  await shot("front-ar");
  for (const [what, story] of [["story", english], ["story-ar", arabic]]) {
    await page.goto(story.url, quiet);
    await shot(what);
    await page.evaluate(() => document.documentElement.style.setProperty("scroll-behavior", "auto"));
    await page.locator("#comments").evaluate((node) => node.scrollIntoView({ behavior: "instant" }));
    await shot(what.replace("story", "thread"));
    await page.goto(story.url + "?view=conversation#comments", quiet);
    await shot(what.replace("story", "conversation"));
  }
  const reader = await t.reader(options);
  await reader.goto(english.url, quiet);
  await topBox(reader).locator("textarea").fill("Nobody asked the people at the stops, and now they will be asked to walk.");
  await topBox(reader).locator("input[name=name]").fill("x");
  await topBox(reader).locator(".box-send .main").click();
  await reader.locator(".box-error:not(:empty)").first().waitFor();
  await topBox(reader).evaluate((node) => node.scrollIntoView({ behavior: "instant", block: "center" }));
  await reader.screenshot({ path: join(folder, `error-${name}.png`) });
  await page.goto(facts.parley + "/desk/reported", quiet);
  await shot("desk");
  await page.goto(facts.parley + "/desk/held", quiet);
  await shot("desk-held");
  const query = new URLSearchParams({ parley: facts.parley, site: "demo", title: "The ferry leaves late", url: facts.foreign + "/stories/shots", count: "" });
  await page.goto(`${facts.foreign}/article?${query}`, quiet);
  await page.locator("parley-discussion iframe").scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  await shot("embed");
}

await stage({
  "the owner signs in": signIn,
  ...Object.fromEntries(looks.map((look) => [look.name, async (t) => shoot(t, look, await stories(t))])),
});
