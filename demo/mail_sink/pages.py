"""The pages of the inbox: plain HTML, no script."""

import re
from collections.abc import Iterable
from html import escape

from demo.mail_sink.reading import Letter

STYLE = """
:root { color-scheme: light dark; --line: #8886; --faint: #8882; --link: light-dark(#0b57d0, #8ab4f8) }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem }
h1 { font-size: 1.4rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin-top: 2rem }
a { color: var(--link) } p, form { margin: 0 0 1rem }
input, button { font: inherit; padding: .3rem .6rem }
.table { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line) }
td { overflow-wrap: anywhere } td:first-child, .badge { white-space: nowrap }
.badge { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .85rem }
pre { background: var(--faint); border-radius: .4rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere }
iframe { width: 100%; height: 36rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff }
"""
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)


def inbox_page(letters: Iterable[Letter], *, to: str, older: str) -> str:
    """Return the list; ``to`` is the address it was narrowed to, ``older`` the link to the next page, if any."""
    rows = "".join(
        f"<tr><td>{_time(letter)}</td><td>{escape(', '.join(letter.to))}</td>"
        f'<td><a href="/mails/{letter.mail_id}">{escape(letter.subject) or "(no subject)"}</a></td>'
        f"<td>{_badge(letter)}</td></tr>"
        for letter in letters
    )
    table = (
        '<div class="table"><table><thead><tr><th scope="col">Received</th><th scope="col">To</th>'
        '<th scope="col">Subject</th><th scope="col">Environment</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    body = (
        "<h1>Inbox of this machine</h1>"
        "<p>Every mail the product sent, newest first. None of them left this machine.</p>"
        f'<form><label>To <input type="search" name="to" size="32" value="{escape(to)}"></label> '
        '<button>Show</button> <a href="/">All mails, fresh</a></form>'
        f"{table if rows else '<p>No mail yet.</p>'}"
    )
    return _page("Inbox", body + (f'<p><a href="{escape(older)}">Older mails</a></p>' if older else ""))


def mail_page(letter: Letter) -> str:
    """Return the page of one mail."""
    headers = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in letter.headers.items()
    )
    text = f'<h2 id="text">Text</h2><pre>{_with_links(letter.text)}</pre>' if letter.text else ""
    html = (
        f'<h2 id="html">HTML</h2><iframe src="/mails/{letter.mail_id}/html" title="The mail as a mail program shows it"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        if letter.html
        else ""
    )
    return _page(
        letter.subject or "(no subject)",
        f'<p><a href="/">Inbox</a></p><h1>{escape(letter.subject) or "(no subject)"}</h1>'
        f"<p>To {escape(', '.join(letter.to))}, {_time(letter)} {_badge(letter)}</p>{text}{html}"
        f'<h2 id="headers">Headers</h2><div class="table"><table><tbody>{headers}</tbody></table></div>'
        f'<p><a href="/mails/{letter.mail_id}/raw">The raw mail</a></p>',
    )


def html_part(letter: Letter) -> str:
    """Return the HTML part for the frame; its links open outside of it."""
    base = '<base target="_blank">'
    page, found = HEAD.subn(lambda match: match[0] + base, letter.html, count=1)
    return page if found else base + letter.html


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )


def _with_links(text: str) -> str:
    pieces = []
    end = 0
    for match in WEB_ADDRESS.finditer(text):
        address = escape(match[0])
        pieces += [escape(text[end : match.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        end = match.end()
    return "".join(pieces) + escape(text[end:])


def _time(letter: Letter) -> str:
    at = letter.received_at
    return f'<time datetime="{at.isoformat()}">{at:%d %b %Y %H:%M:%S} UTC</time>'


def _badge(letter: Letter) -> str:
    return f'<span class="badge">{escape(letter.environment)}</span>' if letter.environment else ""
