"""The lives of `benchmarks.lives` on the state machines of others, where these are installed.

    python -m pip install transitions django-viewflow django

They keep no events, no reasons and no dates but those of the record; their records are mutable, as
their own guides have it. What is missing is said, not left out in silence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from attrs import asdict, frozen

from benchmarks.harness import Clock, Result, Scene
from benchmarks.lives import (
    EDGES,
    FIRST,
    Changes,
    Guard,
    Record,
    counted,
    first_record,
    learners,
    scripts,
    standing,
)
from certlib.state import commands as c

__all__ = ["PEERS", "Peer"]


@frozen(kw_only=True)
class Peer:
    """A state machine of others, and how it does what is measured."""

    name: str
    events: Callable[[Clock, Scene], Result]
    actions: Callable[[Clock, Scene], Result]


class Model:
    """A record of 16 fields that may be changed, as these machines want it."""

    def __init__(self, of: Record) -> None:
        self.__dict__.update(asdict(of))


def _name(command: type[c.Command] | str) -> str:
    return command if isinstance(command, str) else command.name


NAMES = tuple(dict.fromkeys(_name(command) for _, command, _, _, _ in EDGES))
STATUSES = tuple(dict.fromkeys(status for edge in EDGES for status in (edge[0], edge[3])))
ASKED = c.CompleteStep(step="theory")


def _change(model: Any, changes: Changes, now: Any) -> None:
    for name, value in changes(model, now).items():
        setattr(model, name, value)
    model.version += 1


def _plays(
    clock: Clock,
    scene: Scene,
    machine: Callable[[Model], Any],
    play: Callable[[Any, str, Any, Any], bool],
) -> Result:
    people = learners(scene.options["learners"])
    lives = [
        [(_name(type(m)) if isinstance(m, c.Command) else m, m, now) for _, m, now in life]
        for life in scripts(people)
    ]
    models = [Model(first_record(number, learner)) for number, learner in enumerate(people)]
    machines = [machine(model) for model in models]
    reached: list[str] = []
    with clock:
        for model, its, life in zip(models, machines, lives, strict=True):
            for name, command, now in life:
                if play(its, name, command, now) and isinstance(command, c.Command):
                    reached.append(model.status)  # type: ignore[attr-defined]
    return Result(operations=sum(map(len, lives)), found=counted(reached))


def _asks(
    clock: Clock, scene: Scene, machine: Callable[[Model], Any], may: Callable[[Any, str], bool]
) -> Result:
    machines = [machine(Model(each)) for each in standing(scene.options["learners"] // 4)]
    with clock:
        for its in machines:
            [name for name in NAMES if may(its, name)]
    return Result(operations=len(machines))


# --- transitions --------------------------------------------------------------------------------


def _transitions() -> Callable[[Model], Any]:
    made = import_module("transitions").Machine(
        model=None, states=list(STATUSES), initial="none", auto_transitions=False,
        ignore_invalid_triggers=True, model_attribute="status",
    )  # fmt: skip

    def condition(guard: Guard) -> Callable[..., bool]:
        return guard

    def effect(changes: Changes) -> Callable[..., None]:
        return lambda model, _command, now: _change(model, changes, now)

    names: dict[str, Any] = {}
    for number, (status, command, guard, to, changes) in enumerate(EDGES):
        names[f"guard_{number}"] = condition(guard) if guard else None
        names[f"after_{number}"] = effect(changes)
        made.add_transition(
            _name(command), status, to,
            conditions=f"guard_{number}" if guard else None, after=f"after_{number}",
        )  # fmt: skip
    kind = type("TransitionsModel", (Model,), {name: each for name, each in names.items() if each})

    def machine(model: Model) -> Any:
        model.__class__ = kind
        made.add_model(model, initial=model.status)  # type: ignore[attr-defined]
        return model

    return machine


def _transitions_events(clock: Clock, scene: Scene) -> Result:
    def play(model: Any, name: str, command: Any, now: Any) -> bool:
        return bool(model.trigger(name, command, now))

    return _plays(clock, scene, _transitions(), play)


def _transitions_actions(clock: Clock, scene: Scene) -> Result:
    def may(model: Any, name: str) -> bool:
        return bool(model.may_trigger(name, ASKED, FIRST))

    return _asks(clock, scene, _transitions(), may)


# --- viewflow.fsm -------------------------------------------------------------------------------


def _viewflow() -> tuple[Callable[[Model], Any], type[Exception]]:
    settings = import_module("django.conf").settings
    if not settings.configured:
        settings.configure(INSTALLED_APPS=[], DATABASES={}, USE_TZ=True)
        import_module("django").setup()
    fsm = import_module("viewflow.fsm")
    state = fsm.State(list(STATUSES), default="none")
    parts: dict[str, Any] = {
        "status": state,
        "_set": state.setter()(lambda self, value: setattr(self.record, "status", value)),
        "_get": state.getter()(lambda self: self.record.status),
        "__init__": lambda self, model: setattr(self, "record", model),
    }
    ways: dict[str, dict[str, list[tuple[Guard | None, str, Changes]]]] = {}
    for status, command, guard, to, changes in EDGES:
        ways.setdefault(_name(command), {}).setdefault(status, []).append((guard, to, changes))
    for name, by_status in ways.items():
        parts[name] = _method(fsm.State, state, name, by_status)
    return type("Flow", (), parts), fsm.TransitionNotAllowed


def _method(
    kind: Any, state: Any, name: str, by_status: dict[str, list[tuple[Guard | None, str, Changes]]]
) -> Any:
    def method(self: Any, command: Any, now: Any) -> str:
        # A target that is returned is applied after the call: the source is still here.
        for guard, to, changes in by_status[self.record.status]:
            if guard is None or guard(self.record, command, now):
                _change(self.record, changes, now)
                return to
        raise AssertionError(name)

    def condition(guards: list[Guard]) -> Callable[[Any], bool]:
        return lambda flow: any(guard(flow.record, flow.command, flow.now) for guard in guards)

    method.__name__ = name
    for status, found in by_status.items():
        guards = [guard for guard, _, _ in found if guard is not None]
        target = kind.RETURN_VALUE(*(to for _, to, _ in found))
        conditions = [condition(guards)] if len(guards) == len(found) else []
        method = state.transition(source=status, target=target, conditions=conditions)(method)
    return method


def _viewflow_events(clock: Clock, scene: Scene) -> Result:
    machine, not_allowed = _viewflow()

    def play(flow: Any, name: str, command: Any, now: Any) -> bool:
        flow.command, flow.now = command, now
        try:
            getattr(flow, name)(command, now)
        except not_allowed:
            return False
        return True

    return _plays(clock, scene, machine, play)


def _viewflow_actions(clock: Clock, scene: Scene) -> Result:
    machine, _ = _viewflow()

    def may(flow: Any, name: str) -> bool:
        flow.command, flow.now = ASKED, FIRST
        return bool(getattr(flow, name).can_proceed())

    return _asks(clock, scene, machine, may)


def _installed() -> Iterator[Peer]:
    if find_spec("transitions"):
        yield Peer(name="transitions", events=_transitions_events, actions=_transitions_actions)
    else:
        print("transitions is not installed: NOT COMPARED with it", file=sys.stderr)
    if find_spec("viewflow") and find_spec("django"):
        yield Peer(name="viewflow.fsm", events=_viewflow_events, actions=_viewflow_actions)
    else:
        print("django-viewflow is not installed: NOT COMPARED with it", file=sys.stderr)


PEERS = tuple(_installed())
