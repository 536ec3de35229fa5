"""The operator page in Chromium: finding a browser, opening the page, driving it, moving bytes."""
