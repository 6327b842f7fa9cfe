// Opens every page that shows an attack, and every page that an attack in a
// parameter leads to, and looks for anything that ran or could run.
import { facts, stage } from "./lib/stage.mjs";

const tabs = 3;
const patience = 20_000;
const most = 10; // findings told

/** Runs in every page before its own scripts: what attacks call tells on them. */
function tell() {
  for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => void window.fired?.(`${name} on ${location.href}`);
}

/** Runs in a page: whatever could run, and was not put there by us. */
function inspect(origin) {
  const found = [];
  const say = (what, node) => found.push(`${what}: ${node.outerHTML.slice(0, 160)}`);
  const address = /^(href|src|action|formaction|xlink:href|data|poster|srcset|ping|background|srcdoc|cite)$/;
  const dangerous = /^[\u0000-\u0020]*(j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|v\s*b\s*s\s*c\s*r\s*i\s*p\s*t|data)\s*:/i;
  const strange = "iframe, object, embed, applet, base, frame, frameset, math, svg, style, portal, marquee, audio, video, meta[http-equiv]";
  const ours = (script) =>
    (script.type === "module" && script.src.startsWith(origin + "/assets/")) ||
    (["application/json", "application/ld+json"].includes(script.type) && !script.src) ||
    (script.src === origin + "/embed/v1.js");
  // The bell and the charts, which hold nothing but shapes.
  const shapes = new Set(["path", "rect", "line", "polyline", "circle", "g", "title", "desc", "text", "svg"]);
  const drawn = (node) => node.matches(".masthead-account .bell > svg, svg[class^=chart-], svg[class^=chart-] > svg, svg.storydesk-spark") && [...node.querySelectorAll("*")].every((part) => shapes.has(part.localName));
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      for (const { name, value } of node.attributes) {
        if (name.startsWith("on")) say("handler", node);
        if (address.test(name) && dangerous.test(value)) say("address", node);
        if (name === "srcdoc") say("document", node);
        if (name === "style" && node.closest(".comment, .story, .hit, .card")) say("style", node);
      }
      if (node.localName === "script" && !ours(node)) say("script", node);
      if (node.matches(strange) && !drawn(node)) say("element", node);
      if (node.closest(".comment-text, .story-body") && node.matches("form, input, button, textarea, select, img, link, title, [id], [name]")) say("element in a text", node);
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.localName === "template") look(node.content);
    }
  };
  if (document instanceof XMLDocument) {
    for (const node of document.getElementsByTagNameNS("http://www.w3.org/1999/xhtml", "*")) say("HTML in XML", node);
  } else look(document);
  // Handlers that wait for a reader are given one.
  for (const node of document.querySelectorAll("main *")) {
    for (const type of ["mouseover", "mouseenter", "pointerenter", "focus", "toggle"]) node.dispatchEvent(new Event(type));
  }
  return found;
}

/** Opens addresses in a few tabs and gathers what is found. */
async function visit(t, cookies, urls, act, spared = "*.css") {
  const found = [];
  const queue = [...urls];
  const seen = new Set(queue);
  let opened = 0;
  const work = async () => {
    const page = await t.reader();
    const context = page.context();
    await context.addCookies(cookies);
    await context.exposeBinding("fired", (_, what) => found.push("ran: " + what));
    await context.addInitScript(tell);
    context.setDefaultTimeout(patience);
    page.on("dialog", (dialog) => {
      found.push(`dialog ${dialog.type()} on ${page.url()}`);
      void dialog.dismiss().catch(() => {});
    });
    context.on("page", (other) => other !== page && found.push(`a window opened from ${page.url()}`));
    let home = "";
    // Nothing leaves this machine, since the browser finds no other; see off.
    context.on("request", (request) => {
      const url = request.url();
      if (/^https?:/.test(url) && new URL(url).origin !== home) found.push(`asked for ${url.slice(0, 200)} on ${page.url()}`);
    });
    // How pages look has no part in this and costs half the time.
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.setBlockedURLs", { urls: [spared] });
    while (queue.length) {
      const url = queue.shift();
      home = new URL(typeof url === "string" ? url : url.at).origin;
      const late = new Promise((_, fail) => setTimeout(() => fail(new Error("the page hangs")), patience).unref());
      const next = await Promise.race([(act ?? look)(page, url, found), late]).catch((error) => void found.push(`${JSON.stringify(url).slice(0, 200)}: ${error.message}`));
      opened++;
      if (next && !seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
    }
    await context.close();
  };
  await Promise.all(Array.from({ length: Math.min(tabs, urls.length) }, work));
  t.complaints.length = 0; // texts may hold addresses of nothing
  t.note(`${opened} pages`);
  return found;
}

async function look(page, url, found) {
  const answer = await page.goto(url, { waitUntil: "load" });
  if (answer && answer.status() >= 500) found.push(`${answer.status()} from ${url}`);
  if (/json/.test(answer?.headers()["content-type"] ?? "")) return null;
  for (const what of await page.evaluate(inspect, new URL(url).origin)) found.push(`${what} on ${url}`);
  if (page.url() !== url && new URL(page.url()).pathname !== new URL(url).pathname) found.push(`${url} led to ${page.url()}`);
  const { names, next } = await page.evaluate(() => ({
    names: [...document.querySelectorAll("input, textarea, select, button")].map((field) => field.name),
    next: document.querySelector?.("nav.next a")?.href,
  }));
  for (const name of names.filter(Boolean)) written.add(name);
  return next;
}

/** The names of all fields seen. */
const written = new Set();

const cookie = (name, value) => ({ name, value, url: facts.parley, httpOnly: true, sameSite: "Lax" });

const tellAll = (found) => `${found.length} findings\n${found.slice(0, most).join("\n")}`;

/** The cookies of somebody at the site of an address. */
function session(who, url) {
  const site = /\/at\/(\w+)/.exec(url)?.[1] ?? "main";
  return facts.session[who] ? [cookie("parley-" + site, facts.session[who]), { ...cookie("parley-known", "1"), httpOnly: false }] : [];
}

/** Visits addresses that begin with who looks at them. */
async function visitAs(t, entries, act, spared) {
  const found = [];
  const all = new Map();
  for (const [who, url] of entries.map((entry) => entry.split(" "))) all.set(who, [...(all.get(who) ?? []), url]);
  for (const [who, urls] of all) found.push(...(await visit(t, session(who, urls[0]), urls, act, spared)));
  return found;
}

async function everyPage(t) {
  const staff = ["parley-main", "parley-held"].map((name) => cookie(name, facts.session[name]));
  const mine = facts.pages.filter((page) => page.includes(" "));
  const found = await visit(t, staff, facts.pages.filter((page) => !page.includes(" ")));
  found.push(...(await visitAs(t, mine)));
  // The same where the page's script adds what is the reader's own.
  const guests = mine.filter((page) => page.startsWith("guest "));
  for (const url of guests.map((page) => page.split(" ")[1])) {
    found.push(...(await visit(t, [...session("guest", url), { ...cookie("parley-js", "1"), httpOnly: false }], [url])));
  }
  t.ok(!found.length, tellAll(found));
}

/** Attacks, several at a time, for places that take long texts. */
function bunches() {
  const all = facts.payloads.map(({ payload }) => payload.toWellFormed());
  return Array.from({ length: Math.ceil(all.length / 8) }, (_, i) => all.slice(8 * i, 8 * i + 8).join(" ").slice(0, 3000));
}

/** Attacks in the query of a page. */
async function parameters(t) {
  const urls = [];
  for (const { payload } of facts.payloads) {
    urls.push(`${facts.parley}/search?q=${encodeURIComponent(payload.toWellFormed().slice(0, 90).toWellFormed())}`);
  }
  for (const bunch of bunches()) {
    const p = encodeURIComponent(bunch.toWellFormed());
    urls.push(`${facts.parley}/embed/v1/frame?id=none&title=${p}&url=${p}&theme=${p}&lang=${p}&origin=${p}`);
    const there = encodeURIComponent("https://example.com/?x=") + p;
    for (const format of ["", "html"]) urls.push(`${facts.parley}/embed/v1/discussion?format=${format}&title=${p}&lang=${p}&url=${there}`);
  }
  // What the server answers is looked at; our scripts take nothing from the query.
  const found = await visit(t, [], urls, look, "*/assets/*");
  t.ok(!found.length, tellAll(found));
}

// Parameters that must be of a form lead to the same page of an error each time.
const strict = new Set(["after", "before", "from", "to", "since", "story", "rule", "by", "comment", "queue", "state", "part"]);

/** Attacks in every parameter that any handler reads, at every page. */
async function everyParameter(t) {
  const all = bunches();
  const urls = facts.asked.flatMap((entry, i) =>
    [facts.parameters, facts.parameters.filter((name) => !strict.has(name))].map((names) => {
      const attack = all[i % all.length].slice(0, 300).toWellFormed();
      return entry + "?" + new URLSearchParams(names.map((name) => [name, (name === "return_to" ? "/" : "") + all[0].slice(0, 80) + attack]));
    }),
  );
  const found = await visitAs(t, urls, ask, "*/assets/*");
  t.ok(!found.length, tellAll(found));
}

/** Looks at a page that may lead on within the site. */
async function ask(page, url, found) {
  const answer = await page.goto(url, { waitUntil: "load" });
  if (answer && answer.status() >= 500) found.push(`${answer.status()} from ${url}`);
  for (const what of await page.evaluate(inspect, facts.parley)) found.push(`${what} on ${url}`);
}

/** Sends a form with the same text in every field and looks at the answer. */
async function send(page, at, fields, found) {
  if (!page.url().startsWith(facts.parley)) await page.goto(facts.parley + "/robots.txt");
  const [answer, moved] = await Promise.all([
    page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.request().method() === "POST"),
    page.waitForNavigation({ waitUntil: "load" }).catch((error) => error),
    page.evaluate(({ at, fields }) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action: at });
      for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("textarea");
        Object.assign(field, { name, value });
        form.append(field);
      }
      (document.body ?? document.documentElement).append(form);
      HTMLFormElement.prototype.submit.call(form);
    }, { at, fields }),
  ]);
  if (moved instanceof Error) {
    if (answer.status() === 204) return;
    throw moved;
  }
  if (answer.status() >= 500) found.push(`${answer.status()} from ${at}`);
  if (!page.url().startsWith(facts.parley)) found.push(`the form led to ${page.url()}`);
  for (const what of await page.evaluate(inspect, facts.parley)) found.push(`${what} on ${at} with ${JSON.stringify(fields).slice(0, 300)}`);
}

/** Attacks in forms that come back with what was typed. */
async function forms(t) {
  const entries = [
    ...facts.payloads.map(({ payload }) => ({ at: facts.parley + "/preview", payload: payload.toWellFormed() })),
    ...bunches().map((payload) => ({ at: facts.parley + "/comments", payload: payload.toWellFormed() })),
  ];
  const found = await visit(t, [], entries, (page, { at, payload }, found) => {
    const fields = { text: at.endsWith("/preview") ? payload : " ", name: payload, byline: "name", title: payload, url: "https://example.com/form", external: payload, key: payload, back: payload };
    return send(page, at, fields, found);
  });
  t.ok(!found.length, tellAll(found));
}

// Fields that lead past the others of their form.
const aside = new Set(["expert", "later", "sure", "unmute"]);

/** Attacks in every field that a page has or a handler reads, sent to every form. */
async function everyForm(t) {
  const all = bunches();
  const names = [...new Set([...facts.fields, ...written])];
  const number = new Map(facts.posts.map((entry, i) => [entry.split(" ")[1], i]));
  const found = [];
  for (const some of [names, names.filter((name) => !aside.has(name))]) {
    found.push(...(await visitAs(t, facts.posts, (page, at, found) => {
      const text = all[0].slice(0, 200) + all[number.get(at) % all.length].slice(0, 150).toWellFormed();
      return send(page, at, Object.fromEntries(some.map((name) => [name, text])), found);
    })));
  }
  t.note(`${names.length} fields`);
  t.ok(!found.length, tellAll(found));
}

/** Where a form may lead after it is done: never to another site. */
async function back(t) {
  const wrong = [];
  for (const { payload } of [...facts.payloads, ...["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "\\\\evil.example"].map((payload) => ({ payload }))]) {
    const answer = await fetch(facts.parley + "/preferences", {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ view: "threaded", back: payload.toWellFormed() }),
    });
    const to = new URL(answer.headers.get("location") ?? "/", facts.parley);
    if (to.origin !== facts.parley) wrong.push(`${payload} leads to ${to}`);
  }
  t.ok(!wrong.length, wrong.join("\n"));
}

/** The same look must find an escape that was taken away. */
const fault = (urls) => async (t) => {
  const found = await visitAs(t, urls);
  const ran = found.filter((what) => /^(ran|dialog)/.test(what)).length;
  const seen = found.filter((what) => /^(handler|script|element|address)/.test(what)).length;
  t.note(`${ran} executions, ${seen} things that could run`);
  t.ok(ran > 0, "nothing ran");
  t.ok(seen > 0, "nothing was seen in the page");
};

/** No name leads anywhere but here. */
const off = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];

const reading = {
  "every page that shows one": everyPage,
  "searches and frames": parameters,
  "comments and previews": forms,
  "where forms lead": back,
};

const room = { "every page that shows one": everyPage, "every parameter": everyParameter, "every form": everyForm };

const faults = () => Object.fromEntries(Object.entries(facts.faults).map(([name, urls]) => [name, fault(urls)]));

await stage(facts.faults ? faults() : facts.posts ? room : reading, off);
