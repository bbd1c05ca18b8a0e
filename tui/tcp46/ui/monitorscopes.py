"""What the monitor's later screens answer to. It takes all of them, which the first rows do without."""

from tcp46.ui.askbind import BindScreen
from tcp46.ui.askwho import WhoScreen
from tcp46.ui.choosing import ColumnsScreen
from tcp46.ui.copying import CopyBar
from tcp46.ui.events import EventScreen
from tcp46.ui.eventtable import EventTable
from tcp46.ui.filterbar import FilterInput
from tcp46.ui.listener import SocketScreen
from tcp46.ui.plain import PlainScreen
from tcp46.ui.scopes import Scope
from tcp46.ui.table import SocketTable

SCOPES = (
    Scope((SocketTable, SocketScreen)),
    Scope((CopyBar,)),
    Scope((PlainScreen,)),
    Scope((EventTable, EventScreen)),
    Scope((FilterInput, EventScreen), typed=(FilterInput,)),
    Scope((WhoScreen,), typed=(WhoScreen,)),
    Scope((BindScreen,), typed=(BindScreen,)),
    Scope((ColumnsScreen,)),
)
