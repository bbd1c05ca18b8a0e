"""A pasted listing on the screen, through the pilot."""

from support.pasted import read
from tcp46.model.settings import Settings
from tcp46.ui.pastedapp import PastedApp
from tcp46.ui.pastedmoment import PastedMoment
from tcp46.ui.pastedtable import PastedTable
from tcp46.verdict.inference import conclude


def pasted_moment(text):
    """The moment of the listing in `text`, str or bytes."""
    listing = read(text)
    return PastedMoment(listing, conclude(listing.rows))


def pasted(text, name="pasted.txt"):
    """The application on the listing in `text`."""
    return PastedApp(pasted_moment(text), name, Settings())


def lines_shown(app):
    """The numbers of the lines in the table, from the top."""
    table = app.screen.query_one(PastedTable)
    shown = [table.render_line(y).text.split() for y in range(1, table.size.height)]
    return [int(cells[0]) for cells in shown if cells and cells[0].isdigit()]
