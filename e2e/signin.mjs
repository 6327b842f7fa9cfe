// Signing in by every way there is: on Parley's own pages with script and without,
// in a frame on another site whose cookies are blocked, and inline.
import { commentSaying, heard, topBox, write } from "./lib/discussion.mjs";
import { facts, stage } from "./lib/stage.mjs";
import { say } from "./lib/words.mjs";

/** The newest code sent to an address, once it came. */
const code = (t, address, not = "") =>
  t.until(`a code for ${address}`, async () => {
    const answer = await fetch(`${facts.codes}/?to=${address}`);
    const text = answer.ok ? await answer.text() : "";
    return text !== not && text;
  }, 20_000);

/** Signs in on a page that shows the ways in, under a name. */
async function byCode(t, page, address, name) {
  await page.locator("#signin-email").fill(address);
  await page.getByRole("button", { name: say("signin.emailSend") }).click();
  await page.locator("#signin-code").fill((await code(t, address)).toLowerCase().replace("-", " "));
  await page.getByRole("button", { name: say("signin.go"), exact: true }).click();
  await page.locator("#signin-name").fill(name);
  await page.getByRole("button", { name: say("signin.nameGo") }).click();
}

/** A guest writes, signs in by a code from the masthead, and is back where the comment is. */
const email = (options, tag) => async (t) => {
  const text = `The mill has been silent since Easter, ${tag}.`;
  const page = await t.reader(options);
  await page.goto(facts.story);
  await write(topBox(page), { text, byline: "none" });
  await commentSaying(page, text).waitFor();
  await page.goto(facts.story);
  await page.locator(".masthead").getByRole("link", { name: say("nav.signIn") }).click();
  await byCode(t, page, `${tag}@mail.example`, `Mill Hand ${tag}`);
  await page.waitForURL((url) => url.pathname === new URL(facts.story).pathname);
  await page.locator(".masthead").getByText(`Mill Hand ${tag}`).waitFor();
  await page.goto(facts.parley + "/me");
  await page.getByText(text).waitFor();

  t.step("another device");
  const other = await t.reader(options);
  const used = await code(t, `${tag}@mail.example`);
  await other.goto(facts.parley + "/signin");
  await other.locator("#signin-email").fill(`${tag}@mail.example`);
  await other.getByRole("button", { name: say("signin.emailSend") }).click();
  const next = await code(t, `${tag}@mail.example`, used);
  // The link of the mail, opened by a scanner, uses nothing up.
  await fetch(`${facts.parley}/signin/code?code=${next}`);
  await other.locator("#signin-code").fill(next);
  await other.getByRole("button", { name: say("signin.go"), exact: true }).click();
  await other.waitForURL((url) => url.pathname === "/me");
  await other.getByText(text).waitFor();

  t.step("and out again, from there");
  await other.goto(facts.parley + "/me/security");
  await other.getByRole("button", { name: say("security.endOthers") }).click();
  await page.goto(facts.parley + "/me");
  t.is(await page.getByText(text).count(), 0, "comments of who was signed out");
};

/** Gives a page's browser a device that makes passkeys and asks who holds it. */
async function device(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Makes a passkey, signs out, and signs in with it. */
async function passkey(t) {
  const page = await t.reader();
  await device(page);
  await page.goto(facts.parley + "/signin?return_to=/me/security");
  await page.getByRole("button", { name: say("signin.passkeyNew") }).click();
  await page.locator("#signin-name").fill("Passkey Holder");
  await page.getByRole("button", { name: say("signin.nameGo") }).click();
  await page.getByText(say("security.passkey"), { exact: true }).waitFor();
  await page.locator(".foot").getByRole("button", { name: say("account.end") }).click();
  await page.goto(facts.parley + "/signin?return_to=/me/security");
  await page.getByRole("button", { name: say("signin.passkey"), exact: true }).click();
  await page.waitForURL(/\/me\/security$/);
  await page.locator(".masthead").getByText("Passkey Holder").waitFor();
}

/** The owner's link lets in once; a passkey made then opens the desk ever after. */
async function staff(t) {
  const page = await t.reader();
  await device(page);
  await page.goto(facts.owner);
  await page.getByRole("button", { name: say("welcome.button") }).click();
  await page.waitForURL(/\/desk/);
  await page.goto(facts.parley + "/me/security");
  await page.getByText(say("security.needsProof")).waitFor();
  await page.getByRole("button", { name: say("security.addPasskey") }).click();
  await page.locator("#signin-name").fill("Desk Owner");
  await page.getByRole("button", { name: say("signin.nameGo") }).click();
  await page.waitForURL(/\/me\/security$/);
  t.is(await page.getByText(say("security.needsProof")).count(), 0, "banners that ask for a passkey");
  await page.locator(".foot").getByRole("button", { name: say("account.end") }).click();
  t.is((await page.goto(facts.parley + "/desk/held")).status(), 401, "the desk signed out");
  await page.locator("main").getByRole("link", { name: say("nav.signIn") }).click();
  await page.getByRole("button", { name: say("signin.passkey"), exact: true }).click();
  await page.waitForURL(/\/desk\/held/);
}

/** Goes to the provider and comes back with its name for the person. */
const provider = (options) => async (t) => {
  const page = await t.reader(options);
  await page.goto(facts.parley + "/signin?return_to=/me/security");
  await page.getByRole("link", { name: /City ID/ }).click();
  await page.getByRole("button", { name: "Continue as Ada" }).click();
  await page.waitForURL((url) => url.origin === facts.parley);
  if (new URL(page.url()).pathname === "/signin/name") {
    t.is(await page.locator("#signin-name").inputValue(), "Ada Karim", "the name the provider gives");
    await page.getByRole("button", { name: say("signin.nameGo") }).click();
  }
  await page.getByText("City ID").waitFor();
};

/** Goes to the paper's own login, which posts a signed token back. */
const paper = (options) => async (t) => {
  const page = await t.reader(options);
  await page.goto(facts.parley + "/signin?return_to=/me/security");
  await page.getByRole("link", { name: /The Gazette/ }).click();
  await page.getByRole("button", { name: "Go on as a subscriber" }).click();
  await page.waitForURL((url) => url.origin === facts.parley);
  if (new URL(page.url()).pathname === "/signin/name") {
    t.is(await page.locator("#signin-name").inputValue(), "Cem Usta", "the name the login gives");
    await page.getByRole("button", { name: say("signin.nameGo") }).click();
  }
  await page.getByText(say("security.sso")).waitFor();
};

const article = (host, tag, more) =>
  `${host}/article?${new URLSearchParams({ parley: facts.parley, site: "demo", title: "Mill " + tag, url: `${host}/stories/${tag}`, ...more })}`;

/** Signs in from a page on another site, in the middle of a sentence that stays. */
async function away(t, page, scope, tag) {
  const before = `Written before anybody knew me, ${tag}.`;
  const draft = `The sluice was never the problem, ${tag}.`;
  await write(topBox(scope), { text: before, byline: "none" });
  await commentSaying(scope, before).waitFor();
  const box = topBox(scope).locator("textarea[name=text]");
  await box.fill(draft);

  t.step("the window");
  const opened = page.context().waitForEvent("page");
  await scope.locator("[data-signin]").click();
  const window = await opened;
  await byCode(t, window, `${tag}@mail.example`, `Sluice Keeper ${tag}`);
  await t.until("the window is closed", () => window.isClosed());

  t.step("back on the page");
  await t.until("the line is gone", async () => (await scope.locator("[data-signin-line]").count()) === 0);
  t.is(await box.inputValue(), draft, "what stood in the box");
  await topBox(scope).locator("input[name=byline][value=name]").check();
  await topBox(scope).locator(".box-send .main").click();
  const written = commentSaying(scope, draft);
  await written.waitFor();
  t.is(await written.locator(":scope > article .comment-name").innerText(), `Sluice Keeper ${tag}`, "the name");

  t.step("both comments are the account's");
  const own = await page.context().newPage();
  await own.goto(facts.parley + "/me");
  await own.getByText(before).waitFor();
  await own.getByText(draft).waitFor();
}

/** A frame on another site, in a browser that blocks third-party cookies. */
async function framed(t) {
  const page = await t.guarded();
  await page.goto(article(facts.foreign, "framed", {}));
  const scope = page.frameLocator("parley-discussion iframe");
  await heard(t, page);
  await away(t, page, scope, "framed");

  t.step("the frame is signed in when it is loaded again");
  await page.reload();
  await topBox(scope).waitFor();
  await t.until("the line is gone", async () => (await scope.locator("[data-signin-line]").count()) === 0);
}

/** Inline on a page of the same site. */
async function inline(t) {
  const page = await t.reader();
  await page.goto(article(facts.kindred, "inlined", { mode: "inline" }));
  await page.locator("parley-discussion section.discussion").waitFor();
  await away(t, page, page, "inlined");
}

/** Where the script for the window does not come, the link leads to Parley's own page. */
async function windowless(t) {
  const page = await t.reader();
  await page.route("**/assets/window.*", (route) => route.abort());
  await page.goto(article(facts.kindred, "windowless", { mode: "inline" }));
  const [opened] = await Promise.all([page.context().waitForEvent("page"), page.locator("parley-discussion [data-signin]").click()]);
  await opened.locator("#signin-email").waitFor();
  t.complaints.length = 0; // the aborted script was ours
}

/** The page says itself who reads it, by a token of its login, and the reader writes as such. */
async function vouched(t, page, scope, tag) {
  const text = `The miller paid the toll, ${tag}.`;
  await topBox(scope).waitFor();
  await t.until("the line is gone", async () => (await scope.locator("[data-signin-line]").count()) === 0);
  await write(topBox(scope), { text, byline: "none" });
  await commentSaying(scope, text).waitFor();
  await page.reload();
  await commentSaying(scope, text).locator("[data-edit]").waitFor();
}

async function vouchedFrame(t) {
  const page = await t.guarded();
  await page.goto(article(facts.foreign, "vouched", { token: facts.tokens[0] }));
  await vouched(t, page, page.frameLocator("parley-discussion iframe"), "framed");
}

async function vouchedInline(t) {
  const page = await t.reader();
  await page.goto(article(facts.kindred, "vouched-inline", { mode: "inline", token: facts.tokens[1] }));
  await vouched(t, page, page, "inline");
}

/** In a frame without script the link opens Parley's own page. */
async function silentFrame(t) {
  const page = await t.reader({ javaScriptEnabled: false });
  const query = new URLSearchParams({ url: `${facts.foreign}/stories/silent`, title: "Mill", origin: facts.foreign });
  await page.goto(`${facts.parley}/at/demo/embed/v1/frame?${query}`);
  const opened = page.context().waitForEvent("page");
  await page.locator("[data-signin]").click();
  const window = await opened;
  await window.waitForLoadState();
  await byCode(t, window, "silent@mail.example", "Silent Reader");
  await window.waitForURL((url) => url.origin === facts.parley && !url.pathname.startsWith("/signin"));
}

const silent = { javaScriptEnabled: false };

await stage({
  "by a code": email({}, "scripted"),
  "by a code, without script": email(silent, "silently"),
  "by a passkey": passkey,
  "the newsroom, by a passkey": staff,
  "by a provider": provider({}),
  "by a provider, without script": provider(silent),
  "by the paper's login": paper({}),
  "by the paper's login, without script": paper(silent),
  "in a frame on another site": framed,
  "inline": inline,
  "inline, where the script for the window does not come": windowless,
  "in a frame without script": silentFrame,
  "by the page's token, in a frame": vouchedFrame,
  "by the page's token, inline": vouchedInline,
});
