"""The report of an evaluation, as a person opens it in real Chromium."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from agent.evaluation.report import write_report
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from tests.evaluation_samples import faulty_evaluation, golden_evaluation

DESK, PHONE = (1280, 900), (375, 720)


@dataclass
class Site:
    """A folder of reports on loopback, and every path that was asked for."""

    address: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both reports behind a server that writes down what it is asked for."""
    folder = tmp_path_factory.mktemp("reports")
    write_report(golden_evaluation(), folder / "golden.html")
    write_report(faulty_evaluation(), folder / "faulty.html")
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Noting, asked, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()
        thread.join(timeout=10)


class _Noting(SimpleHTTPRequestHandler):
    def __init__(self, asked: list[str], *arguments: object, directory: str) -> None:
        self._asked = asked
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser that would reach any address."""
    options = LaunchOptions(gpu_flags=SOFTWARE, network=True)
    async with (
        launch_chromium(find_browser(None), options) as chromium,
        async_playwright() as playwright,
    ):
        yield await playwright.chromium.connect_over_cdp(chromium.endpoint)


@dataclass
class Opened:
    """A page, what it said, and what it wanted from elsewhere."""

    page: Page
    said: list[str]
    wanted: list[str]


async def opened(browser: Browser, url: str, size: tuple[int, int], scheme: str = "light") -> Opened:
    """The report at *url*, loaded with all its pictures."""
    page = await browser.contexts[0].new_page()
    found = Opened(page, [], [])
    page.on("console", lambda message: found.said.append(message.text))
    page.on("pageerror", lambda error: found.said.append(str(error)))
    page.on("request", lambda request: found.wanted.append(request.url))
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto(url, wait_until="load")
    return found


@pytest.mark.parametrize("name", ["golden", "faulty"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_it_asks_for_nothing_and_complains_of_nothing(
    site: Site, browser: Browser, name: str, size: tuple[int, int]
):
    """One request, for the page itself; no error; all frames are shown; nothing is wider than the screen."""
    site.asked.clear()

    report = await opened(browser, f"{site.address}/{name}.html", size)

    assert site.asked == [f"/{name}.html"]
    assert [url for url in report.wanted if not url.startswith("data:")] == [f"{site.address}/{name}.html"]
    assert report.said == []
    pictures = await report.page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert pictures == ([] if name == "golden" else [640, 640, 640])
    assert await report.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await report.page.close()


async def test_hostile_words_are_shown_and_not_run(site: Site, browser: Browser):
    """A script in a file's name is text; and the page's policy lets no script run and no picture load."""
    report = await opened(browser, f"{site.address}/faulty.html", DESK)

    heading = report.page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text("<script>document.title='owned'</script>")
    assert "owned" in await report.page.title()
    assert await report.page.title() != "owned"
    await report.page.evaluate(
        """async () => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            const picture = new Image();
            picture.src = 'https://example.com/x.png';
            await new Promise(resolve => { picture.onerror = resolve; });
        }"""
    )
    assert await report.page.evaluate("window.ran") is None
    assert len(report.said) == 2
    assert all("Content Security Policy" in said for said in report.said)
    await report.page.close()


async def test_a_marker_leads_to_its_issue(site: Site, browser: Browser):
    """A click on a number of the timeline shows the issue of that number, marked."""
    report = await opened(browser, f"{site.address}/faulty.html", PHONE)
    issue = report.page.locator("#issue-3")

    await expect(issue).not_to_be_in_viewport()
    await report.page.locator("a[href='#issue-3'] circle").click()

    await expect(issue).to_be_in_viewport()
    await expect(issue).to_contain_text("2.0 s of black")
    await report.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_can_be_read_in_light_and_dark(site: Site, browser: Browser, scheme: str):
    """Words stand out from what is behind them by 4.5:1 (WCAG 1.4.3), also quiet and coloured ones."""
    report = await opened(browser, f"{site.address}/faulty.html", DESK, scheme)

    ratios = await report.page.evaluate(
        """() => {
            const levels = color => color.match(/[0-9.]+/g).slice(0, 3).map(Number);
            const light = rgb => rgb.map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const behind = element => {
                const color = getComputedStyle(element).backgroundColor;
                return color === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : color;
            };
            const ratio = element => {
                const pair = [getComputedStyle(element).color, behind(element)].map(c => light(levels(c)));
                return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            };
            return ['h1', '.outcome', '.facts', '.score.poor b', '.score.fair b', '.score.good b', '.fix b',
                '.issue.poor .number', '.issue.fair .number', 'footer p']
                .map(words => [words, ratio(document.querySelector(words))]);
        }"""
    )
    assert {words: ratio for words, ratio in ratios if ratio < 4.5} == {}
    await report.page.close()
