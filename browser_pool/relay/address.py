"""Which addresses a page may be sent to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from pydantic_core import Url, ValidationError

ALLOWED_SCHEMES = frozenset({"http", "https", "data", "blob"})
_ALLOWED_ABOUT = frozenset({"blank", "srcdoc"})
_NETWORK_SCHEMES = frozenset({"http", "https", "ws", "wss", "socks", "socks4", "socks5", "quic"})

# Where clouds hand out credentials to whatever runs on the machine.
_METADATA_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        "fd00:ec2::/32", "fd20:ce::/32",
    )
)  # fmt: skip
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_TRANSLATED = ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """Why a page may not go there."""


def check_address(text: str, *, file_urls: bool, private_network: bool) -> None:
    """Raise `AddressRefused` unless a page may be sent to the URL *text*.

    It is read as browsers read it (WHATWG), so that `http://0xA9FEA9FE`, full-width digits or a tab within
    the scheme are what they are to Chromium. A name is not resolved: what its DNS server answers is seen by
    the browser alone.
    """
    url = _parsed(text)
    if url.scheme == "about" and (url.path or "") in _ALLOWED_ABOUT:
        return
    if url.scheme == "file" and file_urls and not url.host:
        return
    if url.scheme not in ALLOWED_SCHEMES:
        raise AddressRefused(f"{url.scheme}: addresses are not allowed, only http, https, data and blob")
    if url.scheme in _NETWORK_SCHEMES:
        check_host(url.host or "", private_network=private_network)


def check_proxy(text: str, *, private_network: bool) -> None:
    """Raise `AddressRefused` unless every proxy in Chromium's list *text* may be spoken to."""
    for rule in text.replace(";", ",").split(","):
        proxy = rule.split("=")[-1].strip()
        if proxy and proxy not in ("direct://", "<local>"):
            url = _parsed(proxy if "://" in proxy else f"http://{proxy}")
            # Only of these the parser reads numbers in the host as addresses.
            address = _parsed(f"http://{url.host or ''}")
            check_host(address.host or "", private_network=private_network)


def check_host(host: str, *, private_network: bool) -> None:
    """Raise `AddressRefused` for a cloud's metadata service, and for our own network unless it is allowed."""
    name = host.rstrip(".").lower()
    if name in _METADATA_NAMES:
        raise AddressRefused("cloud metadata addresses are not allowed")
    addresses = _addresses(name)
    if any(address in network for address in addresses for network in _METADATA_NETWORKS):
        raise AddressRefused("cloud metadata addresses are not allowed")
    local_name = name == "localhost" or name.endswith(".localhost")
    if not private_network and (local_name or any(not address.is_global for address in addresses)):
        raise AddressRefused("addresses of the node's own network are not allowed")


def _parsed(text: str) -> Url:
    try:
        return Url(text)
    except (ValidationError, UnicodeEncodeError) as exc:
        raise AddressRefused("it is no absolute URL") from exc


def _addresses(host: str) -> list[IPv4Address | IPv6Address]:
    """The address that *host* is, and those that IPv6 can hide in it."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return []
    if isinstance(address, IPv4Address):
        return [address]
    hidden = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _TRANSLATED or int(address) < 1 << 32:
        hidden.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(each for each in hidden if each is not None)]
