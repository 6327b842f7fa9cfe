// The screens there are: what each is called, where it is, who looks at it.
import { askCode, giveCode } from "./furnish.mjs";
import { facts } from "./stage.mjs";
import { say } from "./words.mjs";

/** Screens of readers, of authors, and of the desk; main ones are also looked at in Arabic. */
export function screens(at) {
  const path = (url) => new URL(url, facts.parley).pathname;
  return [
    { name: "front", path: "/", main: true },
    { name: "story", path: path(at.english), who: "author" },
    { name: "story-ar", path: path(at.arabic), lang: "ar" },
    { name: "thread", path: path(at.english) + "#comments", who: "author", main: true },
    { name: "conversation", path: path(at.english) + "?view=conversation#comments", who: "author" },
    { name: "cooled", path: path(at.cooled) + "#comments", who: "author", main: true },
    { name: "cooled-top", path: path(at.cooled), who: "owner" },
    { name: "signin", path: "/signin", main: true },
    { name: "signin-code", open: waitForCode },
    { name: "signin-name", open: goOnWithCode },
    { name: "signin-recovery", path: "/signin/recovery" },
    { name: "me-guest", path: "/me", who: "guest" },
    { name: "me", path: "/me", who: "author", main: true },
    { name: "inbox", path: "/me/inbox", who: "author", main: true },
    { name: "mail", path: "/me/mail", who: "author", main: true },
    { name: "security", path: "/me/security", who: "author", main: true },
    { name: "my-data", path: "/me/data", who: "author", main: true },
    { name: "profile", path: at.profile, who: "guest", main: true },
    { name: "decision", path: at.decision, who: "author", main: true },
    { name: "decision-appeal", path: at.decisionOpen, who: "author" },
    { name: "decision-desk", path: at.decision, who: "second" },
    { name: "warned", who: "loud", open: warned(at) },
    { name: "report", path: at.comment + "/report", who: "author", main: true },
    { name: "illegal", path: at.comment + "/illegal", who: "guest", main: true },
    { name: "receipt", path: at.receipt, who: "guest" },
    { name: "transparency", path: "/transparency", who: "guest", main: true },
    { name: "welcome", path: at.invitation, who: "guest" },
    ...["held", "reported", "unseen", "rejected", "decided", "mine", "all"].map((queue) => (
      { name: "desk-" + queue, path: "/desk/" + queue, who: "owner", main: queue === "held" || queue === "reported" })),
    { name: "desk-one", path: "/desk/reported", who: "owner", open: keyed("z") },
    { name: "desk-help", path: "/desk/held", who: "owner", open: keyed("?") },
    { name: "desk-search", path: "/desk/search", who: "owner" },
    { name: "desk-found", path: "/desk/search?q=watches", who: "owner" },
    { name: "desk-comment", path: at.deskComment, who: "owner", main: true },
    { name: "desk-jobs", path: "/desk/jobs", who: "owner" },
    { name: "desk-job", path: at.job, who: "owner" },
    { name: "desk-author", path: at.authorDesk, who: "owner", main: true },
    { name: "desk-sanction", path: at.loudDesk + "/sanction", who: "owner", main: true },
    { name: "desk-appeals", path: "/desk/appeals", who: "second", main: true },
    { name: "desk-notices", path: "/desk/notices", who: "owner" },
    { name: "desk-notice", who: "owner", open: async (t, page) => follow(page, "/desk/notices") },
    { name: "desk-stories", path: "/desk/stories", who: "owner", main: true },
    { name: "desk-story", path: at.storyDesk, who: "owner", main: true },
    { name: "desk-rules", path: "/desk/rules", who: "owner", main: true },
    { name: "desk-rule-new", path: "/desk/rules/new", who: "owner" },
    { name: "desk-rule", path: at.rule, who: "owner", main: true },
    { name: "desk-rehearsal", path: at.rehearsal, who: "owner", main: true },
    { name: "desk-rule-undo", path: at.rule + "/undo?since=2020-01-01", who: "owner" },
    { name: "desk-proposals", path: "/desk/proposals", who: "second", main: true },
    { name: "desk-staff", path: "/desk/staff", who: "owner", main: true },
    { name: "desk-settings", path: "/desk/settings", who: "owner" },
    { name: "desk-keys", path: "/desk/keys", who: "owner" },
    { name: "desk-reasons", path: "/desk/reasons", who: "owner" },
    { name: "desk-alerts", path: "/desk/alerts", who: "owner" },
    { name: "desk-alert", path: at.alert, who: "owner" },
    { name: "desk-log", path: "/desk/log", who: "owner", main: true },
    { name: "desk-export", path: "/desk/export", who: "owner" },
    { name: "desk-dashboard", path: "/desk/dashboard", who: "owner", main: true },
  ];
}

/** Who was asked for a code last: one network is sent few. */
let asked;

async function waitForCode(t, page, tag) {
  const address = `${tag}@mail.example`;
  await askCode(page, address);
  asked = { address, url: facts.parley + "/signin/code", cookies: await page.context().cookies() };
}

async function goOnWithCode(t, page) {
  await page.context().addCookies(asked.cookies);
  await page.goto(asked.url);
  await giveCode(t, page, asked.address);
}

/** A warning stands before the next comment. */
const warned = (at) => async (t, page) => {
  await page.goto(new URL(at.english, facts.parley).href);
  const box = page.locator("form[data-box]").first();
  await box.locator("textarea[name=text]").fill("Then show us the numbers, line by line.");
  await box.evaluate((form) => {
    form.querySelector("[name=byline][value=name]")?.click();
    form.submit();
  });
  await page.getByRole("button", { name: say("warned.send") }).waitFor();
};

const keyed = (key) => async (t, page, tag, path) => {
  await page.goto(facts.parley + path, { waitUntil: "networkidle" });
  await page.keyboard.press(key);
  await page.waitForTimeout(150);
};

/** Opens the first page that a list leads to. */
async function follow(page, list) {
  await page.goto(facts.parley + list);
  await page.locator(`main a[href*="${list}/"]:not([href*="?"])`).first().click();
  await page.waitForLoadState();
}

/** Shows a screen in a page. */
export async function show(t, page, screen, tag) {
  if (screen.open) return screen.open(t, page, tag, screen.path);
  const url = new URL(screen.path, facts.parley);
  if (screen.lang) url.searchParams.set("lang", screen.lang);
  await page.goto(url.href, { waitUntil: "networkidle" });
}
