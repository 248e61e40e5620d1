"""The page: sections of text, tables and pictures in one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b2733; background: #f5f6f8; margin: 0; }
main { max-width: 1100px; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
section { background: #fff; border-radius: 8px; padding: .5rem 1.5rem 1.25rem; margin: 1.25rem 0; overflow-x: auto; }
h1 { margin-bottom: 0; } h2 { margin: .75rem 0 .25rem; } h3 { margin: 1.5rem 0 .25rem; }
nav a { margin-right: 1rem; white-space: nowrap; } a { color: #1f5fa8; }
table { border-collapse: collapse; margin: .75rem 0; font-size: 14px; }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #dde2e8; vertical-align: top; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th { background: #eef1f5; } .met { color: #17713b; font-weight: 600; } .missed { color: #a6301b; font-weight: 600; }
figure { margin: .75rem 0; } img { max-width: 100%; } figcaption, .note { color: #55636f; font-size: 14px; }
summary { cursor: pointer; font-weight: 600; margin-top: .75rem; }
"""

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Attributes:
        anchor: for links to it.
        title: its heading.
        body: HTML, as the functions below make it.
    """

    anchor: str
    title: str
    body: str


def text(*paragraphs: str) -> str:
    """Paragraphs of plain text."""
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def note(told: str) -> str:
    """A line in small print."""
    return f'<p class="note">{escape(told)}</p>'


def heading(told: str) -> str:
    """A heading within a section."""
    return f"<h3>{escape(told)}</h3>"


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table; numbers stand to the right, and "met" and "not met" have their colours."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def picture(png: bytes, caption: str) -> str:
    """A picture, inside the page."""
    data = base64.b64encode(png).decode()
    told = escape(caption)
    return f'<figure><img alt="{told}" src="data:image/png;base64,{data}"><figcaption>{told}</figcaption></figure>'


def folded(summary: str, body: str) -> str:
    """A part that is opened by a click."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    links = " ".join(f'<a href="#{section.anchor}">{escape(section.title)}</a>' for section in sections)
    parts = "".join(
        f'<section id="{section.anchor}"><h2>{escape(section.title)}</h2>{section.body}</section>'
        for section in sections
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(lead)}</p><nav>{links}</nav>{parts}</main></body></html>\n"
    )


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<td></td>"
    if isinstance(cell, str):
        kind = {"met": "met", "not met": "missed"}.get(cell)
        return f'<td class="{kind}">{cell}</td>' if kind else f"<td>{escape(cell)}</td>"
    return f'<td class="number">{cell if isinstance(cell, int) else f"{cell:.3f}"}</td>'
