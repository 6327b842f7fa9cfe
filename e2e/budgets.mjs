// What a first view costs: bytes, requests, moves, and what it asks of whom.
import http from "node:http";
import { brotliDecompressSync } from "node:zlib";
import { facts, stage } from "./lib/stage.mjs";

const kilobyte = 1024;

/** Fetches an address as a browser that takes brotli does: the bytes on the wire and the text. */
function fetchPacked(url) {
  return new Promise((done, fail) => {
    http.get(url, { headers: { "Accept-Encoding": "br" } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const body = Buffer.concat(parts);
        const packed = answer.headers["content-encoding"] === "br";
        done({ status: answer.statusCode, packed, bytes: body.length, text: (packed ? brotliDecompressSync(body) : body).toString() });
      });
    }).on("error", fail);
  });
}

/** The address of the demo's largest discussion. */
async function crowd(t) {
  const page = await t.reader();
  await page.goto(facts.parley + "/");
  const found = await page.locator(".teaser-count").evaluateAll((links) =>
    links.map((link) => [Number(link.textContent.replace(/\D/g, "")), link.href.split("#")[0]]));
  const [count, url] = found.sort((a, b) => b[0] - a[0])[0];
  t.ok(count >= 1200, `the largest discussion has ${count} comments`);
  await page.context().close();
  return url;
}

async function firstView(t) {
  const url = await crowd(t);
  const page = await t.reader();
  const requests = [];
  page.on("request", (request) => requests.push(request));
  await page.goto(url, { waitUntil: "networkidle" });
  t.ok((await page.locator("li.comment").count()) >= 25, "the comments are not in the page");
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime + performance.timeOrigin);
  const host = new URL(facts.parley).host;
  for (const request of requests) t.is(new URL(request.url()).host, host, `the host of ${request.url()}`);

  // The stream of who stays may have begun where the machine is slow; it has no end to weigh.
  const stays = /\/live$|\/assets\/live\./;
  const needed = requests.filter((request) => request.resourceType() !== "image" && !stays.test(request.url()));
  const before = needed.filter((request) => request.timing().startTime < painted);
  t.note(`requests before the comments are seen: ${before.length} of ${needed.length}`);
  t.ok(before.length <= 3, `${before.length} requests before the comments are seen: ${before.map((r) => r.url())}`);

  let sum = 0;
  for (const request of needed) {
    const { status, packed, bytes } = await fetchPacked(request.url());
    t.is([status, packed], [200, true], `brotli from ${request.url()}`);
    t.note(`${bytes} ${request.url()}`);
    sum += bytes;
  }
  t.note(`first view: ${sum} bytes`);
  t.ok(sum <= 25 * kilobyte, `the first view is ${sum} bytes, want at most ${25 * kilobyte}`);
}

/** Nothing moves while a page comes in and is scrolled through. */
async function shifts(t, url, width, words) {
  const page = await t.reader({ viewport: { width, height: 800 } });
  await page.addInitScript(() => {
    window.moved = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        window.moved.push([entry.value, ...entry.sources.map((s) => s.node?.outerHTML?.slice(0, 100) ?? String(s.node?.nodeName))]);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url, { waitUntil: "networkidle" });
  for (let y = 0; y < 6; y++) {
    await page.evaluate((y) => scrollTo(0, y * 800), y);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  t.is(await page.evaluate(() => window.moved), [], `moves of ${words} at ${width}`);
  await page.context().close();
}

async function stillness(t) {
  const url = await crowd(t);
  for (const width of [390, 1280]) {
    await shifts(t, facts.parley + "/", width, "the front page");
    await shifts(t, url, width, "the story");
    await shifts(t, article(facts.kindred, "inline"), width, "an inline discussion");
  }
}

const article = (host, mode) =>
  `${host}/article?${new URLSearchParams({ parley: facts.parley, site: "demo", title: "Ferry", url: `${host}/stories/budget`, mode })}`;

async function embedding(t) {
  const loader = await fetchPacked(facts.parley + "/embed/v1.js");
  t.note(`embed script: ${loader.bytes} bytes`);
  t.ok(loader.packed && loader.bytes <= 6 * kilobyte, `the embed script is ${loader.bytes} bytes`);
  const inside = await fetchPacked(`${facts.parley}/embed/v1/discussion?format=html&url=${encodeURIComponent(facts.kindred + "/stories/budget")}`);
  const [, style] = /<link rel="stylesheet" href="([^"]+)"/.exec(inside.text);
  const css = await fetchPacked(new URL(style, facts.parley).href);
  t.note(`embed style: ${css.bytes} bytes`);
  t.ok(css.packed && css.bytes <= 6 * kilobyte, `the embed style is ${css.bytes} bytes`);
}

async function cookies(t) {
  for (const [host, mode, shown] of [
    [facts.foreign, "frame", "iframe"],
    [facts.kindred, "inline", "section.discussion"],
  ]) {
    const page = await t.reader();
    const hosts = new Set();
    page.on("request", (request) => hosts.add(new URL(request.url()).host));
    await page.goto(article(host, mode), { waitUntil: "networkidle" });
    await page.locator("parley-discussion " + shown).waitFor();
    await page.mouse.wheel(0, 500);
    t.is(await page.context().cookies(), [], `cookies before an act, ${mode}`);
    t.is([...hosts].sort(), [new URL(host).host, new URL(facts.parley).host].sort(), `hosts asked, ${mode}`);
  }
  const own = await t.reader();
  await own.goto(facts["demo.page"], { waitUntil: "networkidle" });
  t.is(await own.context().cookies(), [], "cookies of a story page before an act");
}

await stage({
  "the first view of the largest discussion": firstView,
  "nothing moves": stillness,
  "the embed's files": embedding,
  "no cookie before an act": cookies,
});
