// The stage every journey plays on: one browser for a script, a context of its
// own for every reader, and a report of each test as one line of JSON.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the Go side tells: addresses, stories, folders. */
export const facts = process.env.PARLEY_E2E ? JSON.parse(readFileSync(process.env.PARLEY_E2E, "utf8")) : {};

export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const patience = 6_000;

/** What a browser says of answers that are errors on purpose. */
const expected = /Failed to load resource: the server responded with a status of (4\d\d)/;

/** Plays all tests, one after the other, in a browser with further flags, and ends the process. */
export async function stage(tests, further = []) {
  const browser = await chromium.launch({ executablePath: facts.chromium, args: [...flags, ...further] });
  const only = process.env.PARLEY_ONLY;
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.includes(only)) continue;
    const t = new Test(browser, name);
    await t.play(test);
    if (t.report.error) failed++;
    console.log(JSON.stringify(t.report));
  }
  await browser.close();
  process.exitCode = failed ? 1 : 0;
}

class Skip extends Error {}

/** One test: its readers, what it found, and what went wrong. */
export class Test {
  constructor(browser, name) {
    this.browser = browser;
    this.report = { test: name, error: "", skip: "", notes: [], shots: [] };
    this.closers = [];
    this.pages = [];
    this.complaints = [];
    this.at = "";
  }

  async play(test) {
    const began = Date.now();
    try {
      await test(this);
      if (this.complaints.length) throw new Error("the browser complained");
    } catch (error) {
      if (error instanceof Skip) this.report.skip = error.message;
      else await this.fail(error);
    }
    for (const close of this.closers.reverse()) await close().catch(() => {});
    this.note(`${((Date.now() - began) / 1000).toFixed(1)} s`);
  }

  async fail(error) {
    const where = this.at ? `${this.at}: ` : "";
    const complaints = [...new Set(this.complaints)].slice(0, 5);
    const line = /\((?:file:\/\/)?(\S+\/e2e\/(?!lib\/)\S+\.mjs:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
    this.report.error = [where + (error.message ?? error), line, ...complaints].filter(Boolean).join("\n");
    for (const [i, page] of this.pages.entries()) {
      if (page.isClosed()) continue;
      const path = join(facts.shots, `${facts.label}-${this.report.test}-${i}.png`.replace(/[^\w.-]+/g, "-"));
      await mkdir(facts.shots, { recursive: true });
      await page.screenshot({ path, fullPage: false, timeout: 5000 }).then(
        () => this.report.shots.push(`${path} (${page.url()})`),
        () => {},
      );
    }
  }

  note(text) {
    this.report.notes.push(text);
  }

  skip(why) {
    throw new Skip(why);
  }

  /** Names what is being done, for the message of a failure. */
  step(what) {
    this.at = what;
  }

  /** Opens a page for a new reader: a browser nobody has used. */
  async reader(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
    return this.enter(context);
  }

  /** Opens a page for a new reader whose browser blocks third-party cookies. */
  async guarded() {
    const folder = join(facts.scratch, "profile-" + Math.random().toString(36).slice(2));
    await mkdir(join(folder, "Default"), { recursive: true });
    const profile = { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } };
    await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(profile));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: facts.chromium,
      args: flags,
      viewport: { width: 1280, height: 900 },
      locale: "en-GB",
    });
    return this.enter(context);
  }

  async enter(context) {
    this.closers.push(() => context.close());
    context.setDefaultTimeout(patience);
    context.on("page", (page) => this.watch(page));
    for (const page of context.pages()) this.watch(page);
    return context.pages()[0] ?? context.newPage();
  }

  watch(page) {
    if (this.pages.includes(page)) return;
    this.pages.push(page);
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !expected.test(message.text())) {
        this.complaints.push(`${page.url()}: ${message.text()}`);
      }
    });
  }

  ok(found, words) {
    if (!found) throw new Error(words);
  }

  is(found, wanted, words) {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (a !== b) throw new Error(`${words}: ${a}, want ${b}`);
  }

  /** Clicks what leads to another page and waits until all of that page is there. */
  async follow(link) {
    const loaded = link.page().waitForEvent("load");
    await link.click();
    await loaded;
  }

  /** Waits until a function returns something true, and returns it. */
  async until(words, find, limit = patience) {
    const end = Date.now() + limit;
    let last;
    while (Date.now() < end) {
      try {
        last = await find();
        if (last) return last;
      } catch (error) {
        last = error;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`${words}: not so after ${limit / 1000} s (${last instanceof Error ? last.message : JSON.stringify(last)})`);
  }
}
