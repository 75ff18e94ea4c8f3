// SPDX-License-Identifier: MIT
// node check.js MODULES CHROMIUM URL CASE: looks at the status pages with a real browser, as one of the
// cases below says. Prints "READY" where somebody else has to change what is watched. Exit status 0, or 1
// with what is wrong on stderr. test_browser.py starts it.
"use strict";
const assert = require("node:assert/strict");
const path = require("node:path");

const [modules, executablePath, base, name] = process.argv.slice(2);
const { chromium } = require(path.join(modules, "playwright-core"));

const ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const BAD = "/domain/slow.example";

// Everything that a page must not do is looked for in every case.
const watch = (page, complaints, quiet) => {
        page.on("console", (m) => {
                if (["error", "warning"].includes(m.type()) && !quiet.lost) complaints.push(`console: ${m.text()}`);
        });
        page.on("pageerror", (e) => complaints.push(`exception: ${e}`));
        page.on("request", (r) => {
                if (!r.url().startsWith(base) && !r.url().startsWith("data:")) complaints.push(`request to ${r.url()}`);
        });
        page.on("response", (r) => {
                if (r.status() >= 400) complaints.push(`${r.status()} for ${r.url()}`);
        });
};

const rows = (page) => page.locator("#domains tbody tr:visible").evaluateAll(
        (list) => list.map((e) => e.querySelector("a").textContent));

// The least contrast of any text with what is behind it: [ratio, the text].
const contrast = (page) => page.evaluate(() => {
        const numbers = (c) => (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
        const light = (c) => {
                const [r, g, b] = numbers(c).map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (e) => {
                for (; e; e = e.parentElement) {
                        const c = getComputedStyle(e).backgroundColor;
                        if (numbers(c)[3] !== 0) return c;
                }
                return "rgb(255, 255, 255)";
        };
        let worst = [99, ""];
        for (const e of document.querySelectorAll("body *")) {
                const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
                if (!own || ["TITLE", "desc", "title", "SCRIPT"].includes(e.tagName) || !e.getClientRects().length) continue;
                const style = getComputedStyle(e), color = e instanceof SVGElement ? style.fill : style.color;
                const a = light(color), b = light(behind(e));
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < worst[0]) worst = [ratio, `${e.tagName}.${e.getAttribute("class")} ${e.textContent.slice(0, 40)} ${color} on ${behind(e)}`];
        }
        return worst;
});

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

const cases = {
        async content({ page }) {
                await page.goto(base + "/");
                assert.match(await page.title(), /^1 critical, /);
                assert.match(await page.locator("h1").innerText(), /^Wrong now: 1 critical, /);
                const first = page.locator("li.alert").first();
                assert.match(await first.innerText(), /slow\.example: oldest outbound message waits 1h 12min/);
                const box = await first.boundingBox();
                assert.ok(box.y + box.height < 400, "the worst alert is in sight at once");
                assert.equal((await rows(page))[0], "slow.example");
                assert.ok(await page.locator("#domains svg.spark").first().isVisible());
                await page.locator("#domains a", { hasText: "slow.example" }).click();
                assert.equal(page.url(), base + BAD);
                assert.equal(await page.locator("svg.chart").count(), 4);
                for (const chart of await page.locator("svg.chart").all()) {
                        const size = await chart.boundingBox();
                        assert.ok(size.width > 300 && size.height > 100, JSON.stringify(size));
                }
                const names = await page.getByRole("img").evaluateAll((l) => l.map((e) => e.querySelector("title").textContent));
                assert.deepEqual(names, ["Queue age, 48 hours", "Queue age, 90 days", "Messages in queue, 48 hours",
                        "Messages in queue, 90 days"]);
                assert.equal(await page.locator("article.part").count(), 6);
                await page.locator("summary").first().click();
                assert.ok(await page.locator("#numbers-48h table").isVisible());
                await page.getByRole("link", { name: "All domains" }).click();
                assert.equal(page.url(), base + "/");
        },

        async filter({ page }) {
                await page.goto(base + "/");
                await page.evaluate(() => { window.mark = 1; });
                const all = await rows(page);
                await page.locator("#q").focus();
                await page.keyboard.type("slow");
                assert.deepEqual(await rows(page), ["slow.example"]); // at once
                assert.ok(page.url().endsWith("/?q=slow"));
                await page.waitForFunction((n) => document.getElementById("found").textContent === `1 of ${n} domains`, all.length);
                assert.equal(await page.locator("#domains tbody tr").count(), 1); // by the server
                await page.keyboard.press("ArrowLeft");
                await page.keyboard.press("Backspace"); // the caret stays where it was
                assert.equal(await page.locator("#q").inputValue(), "slw");
                await page.waitForFunction(() => document.getElementById("found").textContent.startsWith("0 of"));
                assert.equal(await page.locator("#q").evaluate((e) => e === document.activeElement && e.selectionStart), 2);
                assert.ok(await page.locator("li.alert").count() > 0, "what is wrong stays");
                await page.locator("#q").fill("");
                await page.waitForFunction((n) => document.querySelectorAll("#domains tbody tr").length === n, all.length);
                assert.deepEqual(await rows(page), all);
                assert.equal(page.url(), base + "/");
                await page.locator("#q").fill("WARNING");
                await page.keyboard.press("Enter"); // the form is not sent
                await page.waitForFunction((n) => document.querySelectorAll("#domains tbody tr").length < n, all.length);
                assert.ok((await rows(page)).includes("warm.example"));
                assert.equal(await page.evaluate(() => window.mark), 1, "it is the same page still");
                await page.reload();
                assert.ok(page.url().endsWith("?q=warning"));
                assert.equal(await page.locator("#q").inputValue(), "warning");
        },

        // The value of fine.example changes once READY was said.
        async update({ page }) {
                await page.clock.install();
                await page.setViewportSize({ width: 800, height: 500 });
                await page.goto(base + "/domain/fine.example");
                await page.evaluate(() => { window.mark = 1; });
                await page.locator("#numbers-90d > summary").click();
                await page.locator("#numbers-48h > summary").focus();
                await page.evaluate(() => scrollTo(0, 700));
                const made = await page.locator("#made").getAttribute("datetime"), title = await page.title();
                assert.equal(title, "fine.example: ok - mailsecd");
                console.log("READY");
                for (let i = 0; i < 60 && await page.title() === title; i++) {
                        await page.clock.fastForward(31000);
                        await page.waitForTimeout(500);
                }
                assert.equal(await page.title(), "fine.example: critical - mailsecd");
                assert.match(await page.locator("li.alert").first().innerText(), /oldest inbound message waits 2h/);
                assert.notEqual(await page.locator("#made").getAttribute("datetime"), made);
                assert.equal(await page.evaluate(() => window.mark), 1, "without a reload");
                assert.ok(await page.locator("#numbers-90d").evaluate((e) => e.open), "what was open is");
                assert.ok(!await page.locator("#numbers-48h").evaluate((e) => e.open));
                assert.equal(await page.evaluate(() => document.activeElement.parentNode.id), "numbers-48h");
                assert.ok(Math.abs(await page.evaluate(() => scrollY) - 700) < 5, "and nothing jumps");
                assert.match(await page.locator("link[rel=icon]").getAttribute("href"), /c0152f/);
        },

        async lost({ page, context, quiet }) {
                await page.clock.install();
                await page.goto(base + "/");
                assert.equal(await page.locator("#stale").innerText(), "");
                quiet.lost = true;
                await context.setOffline(true);
                await page.clock.fastForward(31000);
                await page.waitForFunction(() => /^Connection lost: this is \d+s old$/.test(document.getElementById("stale").textContent));
                assert.ok(await page.locator("li.alert").first().isVisible(), "what was known stays");
                await page.clock.fastForward(120000);
                await page.waitForFunction(() => /this is [2-9]min old/.test(document.getElementById("stale").textContent));
                await context.setOffline(false);
                quiet.lost = false;
                await page.clock.fastForward(11000);
                await page.waitForFunction(() => document.getElementById("stale").textContent === "");
        },

        // Who copies a text, or does not look, is left alone.
        async patience({ page }) {
                await page.clock.install();
                await page.goto(base + "/");
                const made = await page.locator("#made").getAttribute("datetime");
                await page.locator("li.alert p").first().evaluate((e) => getSelection().selectAllChildren(e));
                await page.clock.fastForward(31000);
                await page.waitForTimeout(500);
                assert.equal(await page.locator("#made").getAttribute("datetime"), made);
                await page.evaluate(() => getSelection().removeAllRanges());
                await page.clock.fastForward(31000);
                await page.waitForFunction((was) => document.getElementById("made").getAttribute("datetime") !== was, made);
        },

        async dark({ page }) {
                const seen = {};
                for (const colorScheme of ["light", "dark"]) {
                        await page.emulateMedia({ colorScheme });
                        for (const at of ["/", BAD]) {
                                await page.goto(base + at);
                                const [ratio, text] = await contrast(page);
                                assert.ok(ratio >= 4.5, `${colorScheme}: contrast ${ratio.toFixed(2)}: ${text}`);
                        }
                        seen[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
                }
                assert.notEqual(seen.light, seen.dark);
        },

        async narrow({ page }) {
                for (const width of [320, 375, 768, 1280])
                        for (const at of ["/", BAD, "/domain/other.example"]) {
                                await page.setViewportSize({ width, height: 640 });
                                if (at === "/domain/other.example") page.removeAllListeners("response"), page.removeAllListeners("console");
                                await page.goto(base + at);
                                assert.ok(await wide(page) <= 0, `${at} is ${await wide(page)} px wider than ${width} px`);
                        }
                await page.setViewportSize({ width: 320, height: 640 });
                await page.goto(base + "/");
                const tree = await page.locator("#domains").ariaSnapshot();
                assert.match(tree, /rowheader "slow\.example/, "a table still");
                assert.match(tree, /columnheader "Queues"/);
                await page.goto(base + BAD);
                const size = await page.locator("svg.chart text").first().evaluate((e) => e.getBoundingClientRect().height);
                assert.ok(size >= 9, `labels of charts are ${size} px high`);
        },

        async plain({ page }) { // without script
                await page.goto(base + "/");
                const all = await rows(page);
                assert.match(await page.locator("#update").innerText(), /^As of \d\d:\d\d:\d\d UTC$/);
                await page.locator("#q").fill("fine");
                await page.getByRole("button", { name: "Show" }).click();
                await page.waitForURL(/\?q=fine$/);
                assert.deepEqual(await rows(page), ["fine.example"]);
                await page.locator("#q").fill("");
                await page.keyboard.press("Enter");
                await page.waitForURL(/\?q=$/);
                assert.deepEqual(await rows(page), all);
                await page.locator("#domains a").first().click();
                await page.locator("summary").first().click();
                assert.ok(await page.locator("#numbers-48h table").isVisible());
        },

        async keyboard({ page }) {
                await page.goto(base + "/");
                const focused = () => page.evaluate(() => {
                        const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
                        return { text: e.id || e.textContent, outline: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2,
                                 seen: b.right > 0 && b.bottom > 0 && b.width > 0 };
                });
                await page.keyboard.press("Tab");
                assert.deepEqual(await focused(), { text: "Skip to the content", outline: true, seen: true });
                await page.keyboard.press("Enter");
                assert.equal(await page.evaluate(() => document.activeElement.id), "main");
                const order = [];
                for (let i = 0; i < 12; i++) {
                        await page.keyboard.press("Tab");
                        const at = await focused();
                        assert.ok(at.outline && at.seen, `the focus shows: ${JSON.stringify(at)}`);
                        order.push(at.text);
                }
                assert.equal(order[0], "slow.example");
                assert.equal(order[1], "runbook");
                const form = order.indexOf("q");
                assert.ok(form > 1 && order[form + 1] === "Show" && order[form + 2] === "slow.example", order.join(", "));
                await page.goto(base + BAD);
                await page.locator("summary").first().focus();
                await page.keyboard.press("Enter");
                assert.ok(await page.locator("#numbers-48h").evaluate((e) => e.open));
        },

        async print({ page }) {
                await page.emulateMedia({ media: "print", colorScheme: "dark" });
                await page.goto(base + "/");
                assert.ok(!await page.locator("#filter").isVisible());
                assert.ok(await page.locator("li.alert").first().isVisible());
                const [ratio, text] = await contrast(page);
                assert.ok(ratio >= 4.5, `contrast ${ratio.toFixed(2)}: ${text}`);
                assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
        },
};

(async () => {
        const complaints = [], quiet = { lost: false };
        const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
        try {
                const context = await browser.newContext({ javaScriptEnabled: name !== "plain", viewport: { width: 1200, height: 800 } });
                const page = await context.newPage();
                page.setDefaultTimeout(15000);
                watch(page, complaints, quiet);
                await cases[name]({ page, context, quiet });
                assert.deepEqual(complaints, []);
        } finally {
                await browser.close();
        }
})().catch((e) => {
        console.error(e);
        process.exit(1);
});
