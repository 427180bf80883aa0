"""The command line: what each command is called, and who does it.

Every import of work is inside its command: `fire135 decode` must not wait for a database.
A user's mistake is one line on stderr that says what was wrong, where, and what to do.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from fire135.settings import Settings, load_settings

ROLES = ("all", "ingest", "dispatch", "api")
_Command = Callable[[argparse.Namespace, Settings], int]


class _Parser(argparse.ArgumentParser):
    """Says what was wrong in one line, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        """End with the line and exit code 2."""
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


_Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 - argparse names it no other way


def build_parser() -> argparse.ArgumentParser:
    """The whole command line (contract section 2); each command carries its function as `run`."""
    parser = _Parser(prog="fire135", description="Fire-alarm and micro-fire-station dispatch.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = _add(commands, "serve", "run the service", _serve)
    serve.add_argument(
        "--role", action="append", choices=ROLES, help="may be given several times; default all"
    )
    demo = _add(commands, "demo", "run the service on the Tong'an demo district and play its stories", _demo)
    demo.add_argument("--speed", type=_positive, default=1.0, metavar="N")
    _add(commands, "migrate", "bring the database to the current schema", _migrate)
    load = _add(commands, "load", "load district data from a folder of CSV files or an XLSX file", _load)
    load.add_argument("path", type=Path, metavar="DIR|FILE.xlsx")
    load.add_argument("--dry-run", action="store_true", help="check only, write nothing")
    shift = "take positions that all lie as far off as a wrong datum puts them: the known ones were wrong"
    load.add_argument("--accept-shift", action="store_true", help=shift)
    roads = _add(
        commands, "roads", "build the road network from an OpenStreetMap extract or GeoJSON lines", _roads
    )
    roads.add_argument("file", type=Path, metavar="FILE")
    roads.add_argument("--dry-run", action="store_true", help="say what it would hold, keep nothing")
    roads.add_argument(
        "--anyway", action="store_true", help="keep it although no station stands beside its roads"
    )
    decode = _add(commands, "decode", "print what captured messages mean", _decode)
    decode.add_argument("files", nargs="+", type=Path, metavar="FILE")
    simulate = _add(commands, "simulate", "play a story against a running service, from outside", _simulate)
    simulate.add_argument("scenario", metavar="SCENARIO")
    simulate.add_argument("--speed", type=_positive, default=1.0, metavar="N")
    _add_export(commands)
    _add_token(commands)
    _add_user(commands)
    _add(commands, "check", "test the set-up and name each fault", _check)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    chosen = build_parser().parse_args(arguments)
    run: _Command = chosen.run
    try:
        return run(chosen, load_settings())
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        line = _in_one_line(fault)
        if line is None:
            raise
        print(f"fire135: {line}", file=sys.stderr)
        return 1


def _in_one_line(fault: Exception) -> str | None:
    """What to tell the user; the rooms' errors are imported only once something went wrong."""
    from fire135.faults import in_one_line

    return in_one_line(fault)


def _add(
    commands: _Commands,
    name: str,
    summary: str,
    run: _Command | None = None,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def _add_export(commands: _Commands) -> None:
    export = _add(commands, "export", "write records to a file")
    what = export.add_subparsers(title="what", required=True, metavar="WHAT")
    responses = _add(what, "responses", "the response log", _export_responses)
    responses.add_argument("--from", dest="from_", required=True, metavar="DATE")
    responses.add_argument("--to", required=True, metavar="DATE")
    responses.add_argument("--format", choices=("csv", "xlsx"), required=True)
    responses.add_argument("file", type=Path, metavar="FILE")


def _add_token(commands: _Commands) -> None:
    token = _add(commands, "token", "API tokens")
    what = token.add_subparsers(title="what", required=True, metavar="WHAT")
    create = _add(what, "create", "print a new API token once", _token_create)
    create.add_argument("name", metavar="NAME")
    create.add_argument("--role", required=True)
    create.add_argument("--region", metavar="CODE")
    _add(what, "list", "the tokens that exist", _token_list)
    revoke = _add(what, "revoke", "end a token", _token_revoke)
    revoke.add_argument("name", metavar="NAME")


def _add_user(commands: _Commands) -> None:
    user = _add(commands, "user", "people who sign in on the web page")
    what = user.add_subparsers(title="what", required=True, metavar="WHAT")
    add = _add(what, "add", "add a person; the password is asked for, or read from standard input", _user_add)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True)
    add.add_argument("--region", metavar="CODE")
    _add(what, "list", "who signs in, and who is locked or retired", _user_list)
    again = "another password, asked for or read from standard input; to be changed at the next sign-in"
    password = _add(what, "password", again, _user_password)
    password.add_argument("name", metavar="NAME")
    remove = _add(what, "remove", "retire a person; what he did still names him", _user_remove)
    remove.add_argument("name", metavar="NAME")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: give a number above 0")
    return value


# -- the commands; imports are late on purpose, see the module's docstring ------------------------
# ruff: noqa: PLC0415


def _serve(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.service import Program, Role, log_to_stderr

    log_to_stderr()
    roles = frozenset(Role(name) for name in chosen.role or ["all"])
    return Program(settings, roles).run()


def _demo(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.demo import run

    return run(settings, chosen.speed)


def _migrate(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import open_database
    from store.schema import migrate

    del chosen
    with open_database(settings, checked=False) as database:
        before = migrate(database)
    print(f"database schema: was {before}, is current")
    return 0


def _load(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import open_database
    from fire135.clock import SystemClock
    from registry.loading import load

    with open_database(settings) as database:
        now = SystemClock().now()
        report = load(
            database, chosen.path, dry_run=chosen.dry_run, accept_shift=chosen.accept_shift, now=now
        )
    for fault in report.faults:
        print(fault, file=sys.stderr)
    if report.faults:
        return 1
    for line in report.lines():
        print(line)
    return 0


def _roads(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.roads import load_roads

    for line in load_roads(settings, chosen.file, dry_run=chosen.dry_run, anyway=chosen.anyway):
        print(line)
    return 0


def _decode(chosen: argparse.Namespace, settings: Settings) -> int:
    from ingest.decoding import decode_files

    del settings
    files = [str(path) for path in chosen.files]
    return decode_files(files, write=print, complain=lambda line: print(line, file=sys.stderr))


def _simulate(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.simulation import simulate

    return simulate(settings, chosen.scenario, chosen.speed)


def _export_responses(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import export_responses

    count = export_responses(settings, chosen.from_, chosen.to, chosen.format, chosen.file)
    print(f"{chosen.file}: {count} rows")
    return 0


def _token_create(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import create_token

    print(create_token(settings, chosen.name, chosen.role, chosen.region))
    return 0


def _token_list(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import list_tokens

    del chosen
    for line in list_tokens(settings):
        print(line)
    return 0


def _token_revoke(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import revoke_token

    revoke_token(settings, chosen.name)
    print(f"token {chosen.name}: revoked")
    return 0


def _user_add(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import add_user

    add_user(settings, chosen.name, chosen.role, chosen.region, _asked_password())
    print(f"user {chosen.name}: added")
    return 0


def _user_list(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import list_users

    del chosen
    for line in list_users(settings):
        print(line)
    return 0


def _user_password(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import set_password

    set_password(settings, chosen.name, _asked_password())
    print(f"user {chosen.name}: new password, to be changed at the next sign-in; every session has ended")
    return 0


def _user_remove(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.administration import remove_user

    remove_user(settings, chosen.name)
    print(f"user {chosen.name}: removed")
    return 0


def _asked_password() -> str:
    from getpass import getpass

    return getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _check(chosen: argparse.Namespace, settings: Settings) -> int:
    from fire135.check import check

    del chosen
    faults = check(settings)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print("everything is in order")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
