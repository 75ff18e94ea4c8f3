// SPDX-License-Identifier: MIT
// Keeps a status page up to date: takes <main> anew from the server, and nothing else of what the
// reader does gets lost. Without it the page is as it was when it was loaded, and says when.
(() => {
        "use strict";
        const every = 30000, again = 10000, wait = 20000;
        const by = (id, where = document) => where.getElementById(id);
        let timer, typing, got = Date.now(), lost = 0;

        const span = (ms) => {
                const s = Math.round(ms / 1000), m = Math.floor(s / 60);
                return m < 1 ? `${s}s` : m < 60 ? `${m}min` : `${Math.floor(m / 60)}h ${m % 60}min`;
        };

        const set = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

        const tell = () => {
                const age = Date.now() - got;
                set(by("stale"), lost ? `Connection lost: this is ${span(age)} old`
                                      : age > every + wait ? `This is ${span(age)} old` : "");
        };

        // How to find the same element again after <main> is another.
        const way = (e) => e.id ? `#${CSS.escape(e.id)}`
                : e.hasAttribute("href") ? `a[href="${CSS.escape(e.getAttribute("href"))}"]`
                : e.tagName === "SUMMARY" ? `#${CSS.escape(e.parentNode.id)} > summary` : null;

        const swap = (page) => {
                const main = by("main"), next = by("main", page), form = by("filter");
                const active = main.contains(document.activeElement) ? document.activeElement : null;
                const path = active && way(active), place = path && [...main.querySelectorAll(path)].indexOf(active);
                const marked = active && active.id === "q" ? [active.selectionStart, active.selectionEnd] : null;
                const left = [...main.querySelectorAll(".wide")].map((e) => e.scrollLeft), top = scrollY;
                for (const d of main.querySelectorAll("details[open]"))
                        if (by(d.id, page)) by(d.id, page).open = true;
                if (form && by("filter", page)) {
                        set(by("found"), by("found", page).textContent);
                        by("filter", page).replaceWith(form);
                }
                main.replaceChildren(...next.childNodes);
                by("update").replaceWith(by("update", page));
                document.title = page.title;
                document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").href;
                main.querySelectorAll(".wide").forEach((e, i) => { e.scrollLeft = left[i] || 0; });
                const focus = path && main.querySelectorAll(path)[place];
                if (focus) focus.focus({ preventScroll: true });
                if (focus && marked) focus.setSelectionRange(...marked);
                scrollTo({ top, behavior: "instant" });
        };

        const update = async () => {
                const url = location.href, choice = getSelection();
                clearTimeout(timer);
                // Nobody looks, or somebody copies a text.
                if (!document.hidden && (choice.isCollapsed || !by("main").contains(choice.anchorNode))) {
                        try {
                                const reply = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(wait) });
                                const page = new DOMParser().parseFromString(await reply.text(), "text/html");
                                if (!by("main", page) || reply.status >= 500) throw new Error(reply.status);
                                const script = (where) => where.querySelector("script[src]").getAttribute("src");
                                if (script(page) !== script(document)) location.reload(); // another version
                                if (url === location.href) swap(page);
                                got = Date.now();
                                lost = 0;
                        } catch {
                                lost++;
                        }
                }
                tell();
                clearTimeout(timer);
                timer = setTimeout(update, lost ? again : every);
        };

        // What is typed shows at once; the server then looks through all pages.
        const filter = () => {
                const text = by("q").value.trim().toLowerCase();
                history.replaceState(null, "", text ? `?q=${encodeURIComponent(text)}` : location.pathname);
                for (const row of document.querySelectorAll("#domains tbody tr"))
                        row.hidden = !row.textContent.toLowerCase().includes(text);
                clearTimeout(typing);
                typing = setTimeout(update, 250);
        };

        if (by("filter")) {
                by("filter").addEventListener("input", filter);
                by("filter").addEventListener("submit", (e) => { e.preventDefault(); filter(); });
        }
        document.addEventListener("visibilitychange", () => { if (!document.hidden) update(); });
        addEventListener("online", update);
        setInterval(tell, 1000);
        timer = setTimeout(update, every);
})();
