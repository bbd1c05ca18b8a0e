"""One case: open it, ask the verdicts, let the kernel answer, compare."""

import errno
from contextlib import nullcontext, suppress
from dataclasses import replace
from ipaddress import ip_address

from oracle.plan import Case, Spec, random_case
from oracle.probe import LostError, Probes, Way, ways
from oracle.scene import TCP, Link, Scene
from oracle.tally import Tally
from oracle.world import World, with_options
from tcp46.model.host import Host
from tcp46.model.socket import Socket, State
from tcp46.model.verdict import Serves
from tcp46.verdict.bind import may_bind
from tcp46.verdict.destination import Destination
from tcp46.verdict.judge import judge
from tcp46.verdict.receive import receivers
from tcp46.verdict.request import BindRequest
from tcp46.verdict.shadow import shadowing, verdict_among


class Trial:
    """Runs the case of one seed and counts it in `tally`."""

    def __init__(self, world: World, tally: Tally, seed: str) -> None:
        self._world, self._tally, self._seed = world, tally, seed
        self._case: Case = random_case(seed, has_uids=world.has_uids)
        self._scene = Scene(world, self._case.protocol, world.next_port())
        self._told: list[str] = []

    def run(self) -> None:
        """Run it. The calling thread is inside the world's namespace."""
        self._tally.cases += 1
        probes = None
        try:
            flips = iter(self._case.bindv6only)
            for spec in self._case.specs:
                self._open(spec, bindv6only=next(flips))
            probes = Probes(self._scene)
            with self._world.without_ipv6() if self._case.turns_ipv6_off else nullcontext():
                self._ask_who(probes)
                for spec in self._case.tries:
                    if self._try(spec, bindv6only=next(flips)):
                        break
        finally:
            if probes is not None:
                probes.close()
            self._scene.close()
            self._world.set_bindv6only(False)

    def _open(self, spec: Spec, *, bindv6only: bool) -> None:
        self._world.set_bindv6only(bindv6only)
        answers = None if spec.kind == "outgoing" else self._asked_to_bind(spec)
        number = self._scene.open(spec)
        self._told.append(f"{spec} -> {errno.errorcode.get(number, 'ok')}")
        self._tally.sockets += number == 0
        self._tally.refused += number != 0
        if answers:
            self._compare_bind(spec, answers, number)

    def _try(self, spec: Spec, *, bindv6only: bool) -> bool:
        """Bind, listen and close; return whether that changed what later binds get.

        A SO_REUSEPORT socket of TCP that was admitted leaves its mark on the port (`waves_through`) after
        it is closed, and nothing shows it.
        """
        self._world.set_bindv6only(bindv6only)
        answers = self._asked_to_bind(spec)
        made = self._scene.create(spec)
        number = 0
        try:
            self._scene.bind(made, spec)
            if self._scene.kind == TCP:
                made.listen(1)
        except OSError as error:
            number = error.errno
        made.close()
        self._told.append(f"try {spec} -> {errno.errorcode.get(number, 'ok')}")
        self._compare_bind(spec, answers, number)
        return self._scene.kind == TCP and spec.reuseport and number == 0

    def _views(self) -> dict[str, list[Socket]]:
        rows = self._world.rows(self._case.protocol, self._scene.port)
        return {"root": with_options(rows, self._scene.opened), "anybody": rows}

    def _asked_to_bind(self, spec: Spec):
        request = BindRequest(
            protocol=self._case.protocol,
            address=ip_address(spec.address),
            port=self._scene.port,
            v6only=spec.v6only,
            reuseaddr=spec.reuseaddr,
            reuseport=spec.reuseport,
            ifindex=self._scene.ifindex(spec),
            uid=spec.uid,
            privileged=True,
        )
        return {view: may_bind(rows, request, self._world.host) for view, rows in self._views().items()}

    def _compare_bind(self, spec: Spec, answers, number: int) -> None:
        happened = errno.errorcode[number] if number else None
        kind = "bind, left-overs" if self._scene.has_left_overs else "bind"
        for view, answer in answers.items():
            self._tally.add(
                f"{view} {self._case.protocol.name} {kind}",
                certain=answer.certain,
                is_right=answer.errno == happened if answer.certain else happened in (None, "EADDRINUSE"),
                story=self._story(f"bind {spec}: said {answer.errno} ({answer.reason}), was {happened}"),
                reason=answer.reason,
            )

    def _ask_who(self, probes: Probes) -> None:
        views = self._views()
        host = self._world.host
        once = {row.remote.address for row in views["root"] if row.state is State.UNCONN and row.remote}
        for way in ways(self._scene):
            got, sender = probes.stranger(way)
            destination = self._destination(way)
            is_stranger = (
                sender is None or sender.address not in once or host.holder(sender.address) is not None
            )
            if is_stranger:
                self._compare_who(views, host, destination, got, "who")
                self._check_reach(views, host, destination, got)
            if sender is not None:
                self._compare_who(views, host, replace(destination, peer=sender), got, "who, from")
        for link in self._scene.links:
            # A socket on a loopback address may be connected to the outside, and then nothing comes.
            with suppress(LostError):
                self._compare_who(views, host, self._from_peer(link), probes.peer(link), "who, peer")

    def _destination(self, way: Way) -> Destination:
        return Destination(self._case.protocol, way.target, self._scene.port, way.comes_in)

    def _from_peer(self, link: Link) -> Destination:
        return Destination(self._case.protocol, link.local, self._scene.port, None, link.peer)

    def _compare_who(
        self, views: dict[str, list[Socket]], host: Host, destination: Destination, got: int | None, kind: str
    ) -> None:
        if any(row.state is State.UNCONN and row.remote for row in views["root"]):
            kind += ", disconnected"
        for view, rows in views.items():
            answer = receivers(rows, destination, host)
            named = {socket.cookie for socket in answer.receivers}
            is_right = got in named if got is not None else not named or answer.or_nobody
            self._tally.add(
                f"{view} {self._case.protocol.name} {kind}",
                certain=answer.certain,
                is_right=is_right,
                story=self._story(
                    f"{destination}: said {_names(answer.receivers)} ({answer.reason}), got {got}\n    "
                    + "\n    ".join(_row(row) for row in rows)
                ),
                reason=answer.reason,
            )

    def _check_reach(
        self, views: dict[str, list[Socket]], host: Host, destination: Destination, got: int | None
    ) -> None:
        """What a socket got must be in its reach, and its label must say so."""
        own = {item.address for item in host.addresses}
        for view, rows in views.items():
            for row, reach in zip(rows, shadowing(rows, host), strict=True):
                if row.cookie != got or reach is None:
                    continue
                addresses = {item.address for item in (*reach.gets, *reach.perhaps)}
                serves = verdict_among(judge(row, host), row, reach).serves
                version = f"ipv{destination.version}"
                self._tally.add(
                    f"{view} {self._case.protocol.name} serves",
                    certain=serves is not Serves.UNKNOWN,
                    is_right=(destination.target in addresses or destination.target not in own)
                    and (serves is Serves.UNKNOWN or version in serves.versions),
                    story=self._story(f"{destination} reached {_row(row)}: {serves.label} {reach}"),
                )

    def _story(self, what: str) -> str:
        return "\n  ".join([f"seed {self._seed}: {what}", *self._told])


def _names(sockets: tuple[Socket, ...]) -> list[int | None]:
    return [socket.cookie for socket in sockets]


def _row(row: Socket) -> str:
    return (
        f"{row.cookie} {row.family.name} {row.state.name} {row.local} {row.remote} if{row.ifindex} "
        f"v6only={row.v6only} uid={row.uid} {row.options}"
    )


def run(world: World, tally: Tally, seed: str, cases: int, first: int = 0) -> None:
    """Run the cases of `seed` from number `first` on."""
    with world.inside.inside():
        for number in range(first, first + cases):
            Trial(world, tally, f"{seed}:{number}").run()
