"""The site in a real browser: quiet, whole, offline, and usable by everyone."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from books import PAGES as READ
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

PAGES = [*READ, "genindex", "py-modindex", "search"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MB = 1_000_000
FORMULAS_ARE_UNDER_WAY = """() => window.MathJax?.startup?.promise
    || !document.querySelector("script[src*=tex-svg]")"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]


class Visit:
    """A page in a browser window of its own, and what went wrong while it was open."""

    def __init__(self, browser: Browser, url: str, screen: dict = WIDE, dark: bool = False):
        self.complaints: list[str] = []
        self.responses = []
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport=screen, color_scheme=scheme)
        self.base = url.rpartition("/")[0] + "/"
        self.context.route(re.compile(r"^https?:"), self._stay)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url}"))
        self.page.on("response", self._response)
        self.page.goto(url, wait_until="load")
        # MathJax comes by a script that a loaded page does not wait for.
        self.page.wait_for_function(FORMULAS_ARE_UNDER_WAY, timeout=120_000)
        self.page.evaluate("() => window.MathJax?.startup?.promise")

    def _stay(self, route) -> None:
        if route.request.url.startswith(self.base):
            route.continue_()
        else:
            self.complaints.append(f"off the site: {route.request.url}")
            route.abort()

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _response(self, response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *error) -> None:
        self.context.close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and keeps no log."""

    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="session")
def base(site) -> Iterator[str]:
    """The address of the site, served on the loopback interface."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


# What a page must not do or be. Each check returns a list of complaints.

PICTURES = """() => [...document.images].filter(
    image => !image.closest("[hidden]")
        && (!(image.complete && image.naturalWidth > 0) || !image.alt.trim())
).map(image => image.getAttribute("src").slice(0, 80))"""

FORMULAS = """() => [...document.querySelectorAll(".math")].filter(
    formula => !formula.querySelector("mjx-container svg")
        || formula.querySelector("mjx-merror, [data-mml-node=merror]")
).map(formula => formula.textContent.slice(0, 80))"""

# Wider than the screen, and not inside a box that scrolls.
SPILLS = """() => {
    const scrolls = box => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
    const cut = element => {
        for (let box = element; box && box !== document.body; box = box.parentElement)
            if (scrolls(box)) return false;
        return true;
    };
    const width = document.documentElement.clientWidth;
    const found = [...document.querySelectorAll("article *")].filter(element => {
        const place = element.getBoundingClientRect();
        return place.width > 0 && place.right > width + 1 && cut(element)
            && getComputedStyle(element).visibility !== "hidden"
            && !element.closest("svg, mjx-assistive-mml");
    }).map(element => element.outerHTML.slice(0, 80));
    const body = document.scrollingElement.scrollWidth;
    return body > width ? [`the page is ${body} wide`, ...found] : found;
}"""

# Text whose contrast is looked at: where its own style and all backgrounds behind it are those of
# three texts before, it is seen as they are. What may lie on something else is always looked at.
MARK_LOOKS = """() => {
    const seen = new Map();
    const visit = (element, behind, apart) => {
        if (element.matches("mjx-assistive-mml")) return;  // for ears only
        const style = getComputedStyle(element);
        apart ||= !["static", "relative"].includes(style.position);
        behind = [behind, style.backgroundColor, style.backgroundImage, style.opacity]
            .join().replace(/,rgba\\(0, 0, 0, 0\\),none,1$/, "");
        const look =
            [behind, style.color, style.fontSize, style.fontWeight, style.textShadow].join();
        const text = element.matches("input, select, textarea")
            || [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (text && element.checkVisibility({visibilityProperty: true})) {
            const times = (seen.get(look) ?? 0) + 1;
            seen.set(look, times);
            if (apart || times <= 3) element.dataset.look = "";
        }
        for (const child of element.children) visit(child, behind, apart);
    };
    visit(document.body, "", false);
}"""


def barriers(page: Page, contrast_alone: bool = False) -> list[str]:
    """What axe-core calls serious or critical, with the first places."""
    # Without preloading: axe asks for style sheets at addresses where they are not.
    options = {"resultTypes": ["violations"], "preload": False}
    page.evaluate(MARK_LOOKS)
    looks = {"include": [["[data-look]"]]}
    violations = (
        Axe().run(page, looks, options | {"runOnly": ["color-contrast"]}).response["violations"]
    )
    if not contrast_alone:
        others = options | {"rules": {"color-contrast": {"enabled": False}}}
        violations += Axe().run(page, options=others).response["violations"]
    found = []
    for violation in violations:
        if violation["impact"] in ("serious", "critical"):
            places = [node["html"][:160] for node in violation["nodes"][:4]]
            found.append(f"{violation['id']} ({len(violation['nodes'])}): {places}")
    return found


def test_the_checks_find_what_they_look_for(browser, tmp_path):
    (tmp_path / "page.html").write_text(
        """<!doctype html><html lang="en"><title>Bad</title><body style="margin: 0"><article>
        <img src="gone.png" alt="Gone"><img alt="" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAA
AP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"><span class="math">\\\\(x\\\\)</span>
        <div style="color: #bbb; background: #222"><p>a</p><p>b</p><p>c</p><p>d</p></div>
        <div hidden><p style="color: #bbb">e</p><p style="color: #bbb">f</p></div>
        <div style="color: #bbb; background: #fff"><p>faint</p></div>
        <div style="overflow-x: auto"><div style="width: 900px; height: 9px"></div></div>
        <div id="wide" style="width: 800px; height: 9px"></div>
        </article><script>console.error("loud"); fetch("http://192.0.2.1/x").catch(() => {})
        </script></body></html>"""
    )
    with Visit(browser, (tmp_path / "page.html").as_uri(), NARROW) as visit:
        complaints = "\n".join(visit.complaints)
        assert "error: loud" in complaints
        assert "off the site: http://192.0.2.1/x" in complaints
        assert "failed: file://" in complaints
        assert len(visit.page.evaluate(PICTURES)) == 2
        assert len(visit.page.evaluate(FORMULAS)) == 1
        spills = visit.page.evaluate(SPILLS)
        assert len(spills) == 2 and "800 wide" in spills[0] and "wide" in spills[1]
        assert [barrier.split()[0] for barrier in barriers(visit.page)] == ["color-contrast"]


# Every page


def is_whole(visit: Visit, contrast_alone: bool = False) -> list[str]:
    """What is missing on a page, or went wrong, or keeps somebody out."""
    pictures, formulas = visit.page.evaluate(PICTURES), visit.page.evaluate(FORMULAS)
    return pictures + formulas + barriers(visit.page, contrast_alone) + visit.complaints


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_fits_a_phone_in_the_dark(browser, base, name):
    with Visit(browser, f"{base}{name}.html") as visit:
        assert is_whole(visit) == []
        weight = sum(len(response.body()) for response in visit.responses)
        assert weight <= 4 * MB, f"{weight / MB:.1f} MB"

        visit.page.set_viewport_size(NARROW)
        visit.page.emulate_media(color_scheme="dark")
        visit.page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert visit.page.evaluate(SPILLS) == []
        # A page's structure does not change; its menus, which do, are those of the first page.
        assert is_whole(visit, contrast_alone=name != READ[0]) == []


@pytest.mark.parametrize("name", ["index", "task1", "gallery", "glossary"])
def test_a_page_opens_from_the_disk(browser, site, name):
    """Each kind of them: with formulas, with a table that is searched, without a notebook."""
    with Visit(browser, (site / f"{name}.html").as_uri(), NARROW) as visit:
        assert is_whole(visit, contrast_alone=True) == []


# The whole site


def test_next_and_previous_lead_through_the_book(site):
    turns = {"a.left-prev": [], "a.right-next": []}
    for name in READ:
        page = BeautifulSoup((site / f"{name}.html").read_text(), "html.parser")
        for link, found in turns.items():
            turn = page.select_one(link)
            found.append(turn and turn["href"].removesuffix(".html"))
    assert turns == {"a.left-prev": [None, *READ[:-1]], "a.right-next": [*READ[1:], None]}


def test_the_site_weighs_at_most_30_mb(site):
    weight = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert weight <= 30 * MB, f"{weight / MB:.1f} MB"


def test_search_finds_tomtom(browser, base):
    with Visit(browser, base + "index.html") as visit:
        page = visit.page
        page.keyboard.press("Control+k")
        page.keyboard.type("Tomtom")
        page.keyboard.press("Enter")
        page.wait_for_selector("#search-results li a")
        page.wait_for_function("document.querySelector('#search-results').innerText.match(/found/)")
        targets = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
        assert any(urlsplit(target).path.endswith("/task1.html") for target in targets), targets
        page.locator("#search-results li a").first.click()
        page.wait_for_load_state()
        assert "tomtom" in page.inner_text("article").lower()
        assert visit.complaints == []


def test_the_theme_switch_turns_the_light_off_and_remembers(browser, base):
    with Visit(browser, base + "index.html") as visit:
        page = visit.page
        for _ in range(3):  # auto, light, dark, in whatever order
            page.locator(".theme-switch-button:visible").first.click()
            if page.evaluate("document.documentElement.dataset.mode") == "dark":
                break
        page.goto(base + "background.html")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", paper)[:3])) < 80, paper


def test_the_keyboard_reaches_the_content_and_leaves_it(browser, base):
    focus = """() => {
        const it = document.activeElement, style = getComputedStyle(it);
        return {
            text: it.innerText.trim(),
            title: it.title,
            inside: !!it.closest("#main-content article"),
            seen: style.outlineStyle !== "none" || style.boxShadow !== "none",
        };
    }"""
    with Visit(browser, base + "task2.html") as visit:
        page = visit.page
        page.keyboard.press("Tab")
        assert page.evaluate(focus)["text"] == "Skip to main content"
        page.keyboard.press("Enter")
        inside = 0
        for _ in range(400):
            page.keyboard.press("Tab")
            now = page.evaluate(focus)
            inside += now["inside"]
            assert now["seen"], f"nobody sees the focus on {now}"
            if now["title"] == "next page":
                break
        assert now["title"] == "next page", "the keyboard does not come to the end of the page"
        assert inside > 10  # links, and boxes that scroll
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(re.escape(READ[READ.index("task2") + 1])))


def test_the_result_is_on_the_first_screen(browser, base):
    with Visit(browser, base + "index.html") as visit:
        table, figure = (
            visit.page.locator(part).first.bounding_box()
            for part in ("article table", "#fig-index")
        )
        assert table["y"] + table["height"] <= figure["y"] <= WIDE["height"]


def test_the_gallery_is_sorted_and_searched_by_the_keyboard(browser, base):
    with Visit(browser, base + "gallery.html") as visit:
        page = visit.page
        column = "table.gallery tbody tr td:nth-child(%d)"
        rows = page.locator(column % 4)
        rows.first.wait_for()
        page.get_by_role("searchbox", name="Search").last.focus()
        page.keyboard.type("MAX")
        page.wait_for_function(
            "[...document.querySelectorAll('table.gallery tbody tr')].every("
            "row => row.innerText.includes('MAX'))"
        )
        assert rows.count() >= 1
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        head = page.locator("table.gallery thead th", has_text="windows").locator("[role=button]")
        seen = []
        for _ in range(2):
            head.first.focus()
            page.keyboard.press("Enter")
            page.wait_for_timeout(300)
            seen.append([int(n) for n in page.locator(column % 7).all_inner_texts()])
        assert seen[0] == sorted(seen[0]) and seen[1] == sorted(seen[1], reverse=True)
        assert visit.complaints == []


def test_the_stepper_follows_the_arrow_keys_and_prints_whole(browser, base):
    shown = "[...document.querySelectorAll('fieldset .frame')].map(f => f.offsetHeight > 0)"
    with Visit(browser, base + "gallery.html") as visit:
        page = visit.page
        steps = page.locator("fieldset input[type=radio]")
        assert page.evaluate(shown) == [False] * (steps.count() - 1) + [True]
        steps.last.focus()
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(shown) == [False] * (steps.count() - 2) + [True, False]
        page.emulate_media(media="print")
        assert page.evaluate(shown) == [True] * steps.count()
