// Every kind of page: nothing for axe-core to find, nothing wider than a small
// phone, nothing hidden in forced colours, nothing moving for who wants that.
import { decisionSent } from "./lib/desk.mjs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Elsewhere, partsOf } from "./lib/api.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { base, id: story } = partsOf(facts["open.page"]);

/** The session of the owner, who sees every page there is. */
let owner;

/** The pages, by what they are; filled by prepare. */
const pages = {};

/** The places of the desk that are always there. */
const deskPages = [
  "dashboard", "log", "rules", "rules/new", "jobs", "proposals", "staff", "settings", "keys", "notices", "stories", "appeals", "reasons", "export",
];

async function prepare(t) {
  const page = await t.reader();
  await page.goto(facts.ownerLink);
  await page.getByRole("button", { name: say("welcome.button") }).click();
  await page.waitForURL(/\/desk/);
  owner = await page.context().storageState();

  const first = await new Elsewhere(base).post(story, "A **first** word with a [link](https://example.com/), a `code`\n\n> and a quote\n\n- and\n- a list", { byline: "name", name: "Ada Lovegrove" });
  const reply = await new Elsewhere(base).post(story, "A nameless answer.", { parent: first });
  await new Elsewhere(base).post(story, "كلمة بالعربية في الحديث نفسه.", { parent: reply, byline: "pseudonym", name: "سعاد" });
  const held = partsOf(facts["demo.page"]);
  const waiting = await new Elsewhere(held.base).post(held.id, "A word that waits for the desk.", { byline: "name", name: "Waiting Person" });
  const bad = await new Elsewhere(held.base).post(held.id, "A word that the desk refuses.");
  await page.goto(facts.parley + "/desk/held");
  const card = page.locator(`[data-card="${bad}"]`);
  await card.locator("[name=reason]").selectOption("spam");
  const sent = decisionSent(page);
  await card.locator("button.danger").click();
  await page.locator(".desk-flash", { hasText: say("desk.didReject") }).waitFor();
  await sent;

  const host = new URLSearchParams({ url: facts.foreign + "/stories/axe", title: "Axe", origin: facts.foreign });
  Object.assign(pages, {
    front: facts.parley + "/",
    section: facts.parley + "/section/city",
    story: facts["open.page"],
    "a closed story": facts["strict.shut"],
    permalink: `${base}/c/${reply}`,
    "more replies": `${base}/c/${first}/replies`,
    "a reply": `${base}/c/${first}/reply`,
    report: `${base}/c/${first}/report`,
    search: `${base}/search?q=word`,
    "an empty search": `${base}/s/${story}/search?q=zzz`,
    "the desk, held": facts.parley + "/desk/held",
    "the desk, reported": facts.parley + "/desk/reported",
    "the desk, decided": facts.parley + "/desk/decided",
    "the desk, mine": facts.parley + "/desk/mine",
    "the desk, a search": facts.parley + "/desk/search?q=word",
    "my comments": facts.parley + "/me",
    notifications: facts.parley + "/me/inbox",
    "mail settings": facts.parley + "/me/mail",
    "the desk's alerts": facts.parley + "/desk/alerts",
    ...Object.fromEntries(deskPages.map((name) => [`the desk's ${name}`, `${facts.parley}/desk/${name}`])),
    "my data": facts.parley + "/me/data",
    "a notice": facts.parley + "/notice",
    "how we moderate": facts.parley + "/transparency",
    "nothing here": facts.parley + "/nowhere",
    "a frame": `${facts.parley}/embed/v1/frame?${host}`,
  });
  t.ok(waiting, "nothing waits");
  // What only forms lead to is looked at with script off, where it is a page.
  pages["an error"] = async (page, lang) => {
    await page.goto(`${base}/c/${first}/reply?lang=${lang}`);
    await page.locator("textarea").fill("   ");
    await page.locator("form[data-box]").evaluate((form) => {
      form.action += location.search;
      form.submit();
    });
    await page.locator(".page-wrong").waitFor();
  };
  // A browser says late whether it has passkeys.
  for (const [name, path] of [["sign-in", "/signin"], ["sign-in and devices", "/me/security"]]) {
    pages[name] = async (page, lang) => {
      await page.goto(`${facts.parley}${path}?lang=${lang}`);
      await page.locator("[data-passkey]:not([hidden])").waitFor();
    };
  }
  pages["a welcome"] = async (page, lang) => page.goto(`${facts.nextLink}?lang=${lang}`);
}

async function open(page, name, lang) {
  const where = pages[name];
  if (typeof where === "function") return where(page, lang);
  const url = new URL(where);
  url.searchParams.set("lang", lang);
  await page.goto(url.href, { waitUntil: "load" });
}

/** What axe-core finds on a page, in words. */
async function findings(page, options = {}) {
  await page.evaluate(axe);
  const found = await page.evaluate((options) => window.axe.run(document, { resultTypes: ["violations"], ...options }), options);
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 140)} (${n.failureSummary?.split("\n")[1]?.trim()})`).slice(0, 3).join(" | ")}`);
}

/** How many pixels a page is wider than its window. */
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function everyPage(t, colorScheme, lang, width) {
  const page = await t.reader({ colorScheme, viewport: { width, height: 800 }, storageState: owner, bypassCSP: true });
  const wrong = [];
  for (const name of Object.keys(pages)) {
    await open(page, name, lang);
    const dir = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir || "ltr"]);
    if (dir[1] !== (lang === "ar" ? "rtl" : "ltr")) wrong.push(`${name}: ${dir}`);
    // A frame's heading of the first level is that of the page around it.
    const rules = name === "a frame" ? { "page-has-heading-one": { enabled: false } } : {};
    for (const finding of await findings(page, { rules })) wrong.push(`${name}: ${finding}`);
    const wide = await overflow(page);
    if (wide > 0) wrong.push(`${name}: ${wide} pixels wider than the window`);
  }
  t.ok(!wrong.length, [...new Set(wrong)].join("\n"));
}

async function zoomed(t) {
  const page = await t.reader({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2, storageState: owner, bypassCSP: true });
  const wrong = [];
  for (const name of Object.keys(pages)) {
    await open(page, name, "en");
    if ((await overflow(page)) > 0) wrong.push(`${name} at 200 %: ${await overflow(page)} pixels too wide`);
    await page.addStyleTag({ content: "html { font-size: 200% !important }" });
    if ((await overflow(page)) > 0) wrong.push(`${name} with text of 200 %: ${await overflow(page)} pixels too wide`);
  }
  t.ok(!wrong.length, wrong.join("\n"));
}

/** Runs in a page: where the text stands, in pixels of the whole page. */
function textBoxes() {
  const boxes = [];
  // What has to be scrolled to sideways, as in a long row of tabs, is not in the picture.
  const outside = (node) => {
    const { left, width } = node.getBoundingClientRect();
    for (let above = node.parentElement; above && above !== document.body; above = above.parentElement) {
      const { left: from, right: to } = above.getBoundingClientRect();
      if (getComputedStyle(above).overflowX !== "visible" && (left + width / 2 < from || left + width / 2 > to)) return true;
    }
    return false;
  };
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());
    if (!own || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || node.closest(".vh, .skip, option, :disabled") || outside(node)) continue;
    const { x, y, width, height } = node.getBoundingClientRect();
    if (width > 4 && height > 4) boxes.push({ x: x + scrollX, y: y + scrollY, width, height, what: node.outerHTML.slice(0, 100) });
  }
  return boxes;
}

/** Runs in a page: the contrast of the lightest and the darkest pixel in each box of a picture. */
async function contrasts({ picture, boxes }) {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
  canvas.drawImage(image, 0, 0);
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return boxes.map(({ x, y, width, height, what }) => {
    const { data } = canvas.getImageData(x, y, Math.ceil(width), Math.ceil(height));
    let [low, high] = [1, 0];
    for (let i = 0; i < data.length; i += 4) {
      const l = 0.2126 * linear(data[i] / 255) + 0.7152 * linear(data[i + 1] / 255) + 0.0722 * linear(data[i + 2] / 255);
      low = Math.min(low, l);
      high = Math.max(high, l);
    }
    return { what, ratio: (high + 0.05) / (low + 0.05) };
  });
}

/** A browser that forces its colours tells scripts the old ones, so pixels are asked. */
async function forcedColours(t) {
  const wrong = [];
  for (const colorScheme of ["light", "dark"]) {
    const page = await t.reader({ forcedColors: "active", colorScheme, storageState: owner, viewport: { width: 800, height: 900 } });
    const easel = await t.reader();
    for (const name of Object.keys(pages)) {
      await open(page, name, "en");
      const boxes = await page.evaluate(textBoxes);
      t.ok(boxes.length > 1, `${name} has ${boxes.length} texts`);
      const picture = (await page.screenshot({ fullPage: true })).toString("base64");
      for (const { what, ratio } of await easel.evaluate(contrasts, { picture, boxes })) {
        if (ratio < 4.5) wrong.push(`${name}, ${colorScheme}: contrast ${ratio.toFixed(1)} of ${what}`);
      }
    }
  }
  t.ok(!wrong.length, wrong.slice(0, 12).join("\n"));
}

async function reducedMotion(t) {
  const page = await t.reader({ reducedMotion: "reduce", storageState: owner });
  for (const name of ["front", "story", "the desk, held"]) {
    await open(page, name, "en");
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")].filter((node) => {
        const style = getComputedStyle(node);
        const lasts = (text) => text.split(",").some((part) => parseFloat(part) > 0.01);
        return lasts(style.transitionDuration) || lasts(style.animationDuration) || style.scrollBehavior === "smooth";
      }).map((node) => node.outerHTML.slice(0, 80)));
    t.is(moving, [], `what moves on ${name}`);
  }
}

const tests = { "the pages are made": prepare };
for (const scheme of ["light", "dark"]) {
  for (const lang of ["en", "ar"]) {
    for (const width of [320, 1280]) tests[`${scheme}, ${lang}, ${width} px`] = (t) => everyPage(t, scheme, lang, width);
  }
}
await stage({ ...tests, "at 200 %": zoomed, "forced colours": forcedColours, "reduced motion": reducedMotion });
