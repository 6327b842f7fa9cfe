// What is done by keyboard alone: every stop of the focus on the way must show.

const presses = 150;

/** Presses Tab until the one thing a locator finds, when it is there, has the focus; every stop on the way must be visible. */
export async function tabTo(t, page, locator, words, key = "Tab") {
  const found = () => locator.elementHandle();
  let there = await found();
  for (let i = 0; i < presses; i++) {
    await page.keyboard.press(key);
    // What stands on a new page, or in the place of an old part, is found anew.
    let stop = await page.evaluate(lookAround, there).catch(() => ({ lost: true }));
    if (stop.lost) stop = await page.evaluate(lookAround, (there = await found()));
    await showing(t, page, stop);
    if (stop.there) return;
  }
  throw new Error(`${presses} presses of ${key} do not lead to ${words}`);
}

/** The focus must stand on something that shows it and comes onto the screen. */
export async function seeFocus(t, page) {
  await showing(t, page, await page.evaluate(lookAround));
}

async function showing(t, page, { what, ring, seen }) {
  if (!what) return;
  t.ok(ring, `the focus does not show on ${what}`);
  // The page may still be scrolling to it.
  if (!seen) await t.until(`the focus on ${what} comes into sight`, async () => (await page.evaluate(lookAround)).seen);
}

/** Runs in the page: where the focus stands, and whether that is the node it is on its way to. */
function lookAround(wanted) {
  const node = document.activeElement;
  const lost = Boolean(wanted) && !wanted.isConnected;
  if (!node || node === document.body) return { lost };
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    lost,
    there: node === wanted,
    what: node.outerHTML.slice(0, 120),
    ring: ring || style.boxShadow !== "none",
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}

/** Tabs to a button, a link or the head of a fold, and presses it. */
export async function enter(t, page, locator, words, key = "Tab") {
  await tabTo(t, page, locator, words, key);
  await page.keyboard.press("Enter");
}

/** Tabs to a field and types over what stands in it. */
export async function fill(t, page, locator, text, words) {
  await tabTo(t, page, locator, words);
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
  if ((await locator.inputValue()) !== text) throw new Error(`${words} holds ${await locator.inputValue()}`);
}

/** Tabs to a list and goes down in it to a value. */
export async function choose(t, page, locator, value, words) {
  await tabTo(t, page, locator, words);
  for (let i = 0; i < 30; i++) {
    if ((await locator.inputValue()) === value) return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`no arrow leads to ${value} in ${words}`);
}

/** Tabs into a group of radio buttons and goes to a value by arrows. */
export async function pick(t, page, group, value, words) {
  await tabTo(t, page, (await group.and(page.locator(":checked")).count()) ? group.and(page.locator(":checked")) : group.first(), words);
  for (let i = 0; i < 12; i++) {
    const at = await page.evaluate(() => [document.activeElement.value, document.activeElement.checked]);
    if (at[0] === value && at[1]) return;
    await page.keyboard.press(at[0] === value ? "Space" : "ArrowDown");
  }
  throw new Error(`no arrow leads to ${value} in ${words}`);
}
