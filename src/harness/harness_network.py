"""Whether an error says that a script wanted the network, which it does not have.

Only the kernel's word or the resolver's is evidence: a server of the script's own can refuse a connection too, and a
library has errors for much else.
"""

import builtins
from errno import EHOSTUNREACH, ENETDOWN, ENETUNREACH, EPERM
from typing import Any

from _executor_calls import called, frames_of, innermost

__builtins__ = dict(vars(builtins))

_args_of = BaseException.args.__get__
_cause_of = BaseException.__cause__.__get__
_context_of = BaseException.__context__.__get__
_name_of = type.__dict__["__name__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_errno_of = OSError.errno.__get__

_MAX_CHAIN = 16
_AF_UNIX = 1
_NO_ROUTE = {ENETUNREACH, EHOSTUNREACH, ENETDOWN}
# EAI_AGAIN, EAI_FAIL, EAI_NODATA and EAI_NONAME; the others are about what was asked.
_UNRESOLVED = {-2, -3, -4, -5}
_LIBRARIES = {
    ("urllib", "URLError"),
    ("urllib3", "HTTPError"),
    ("requests", "ConnectionError"),
    ("httpx", "ConnectError"),
    ("aiohttp", "ClientConnectionError"),
}


def is_of_network_library(kind: type) -> bool:
    return any([(module.partition(".")[0], name) in _LIBRARIES for module, name in _names(kind)])


def _names(kind: type) -> list[tuple[str, str]]:
    pairs = [(_module_of(base), _name_of(base)) for base in _mro_of(kind)]
    return [(module, name) for module, name in pairs if type(module) is str]


def wanted_network(error: BaseException) -> bool:
    """For an OSError, or what a library makes of one."""
    errors = _with_reasons(error) if is_of_network_library(type(error)) else [error]
    return any([_is_evidence(each) for each in errors if issubclass(type(each), OSError)])


def _with_reasons(error: BaseException) -> list[BaseException]:
    """The error, what it was raised for, and what it has as its arguments."""
    errors = [error]
    for each in errors:
        members = [_cause_of(each), _context_of(each), *_args_of(each), vars(each).get("reason")]
        for member in members:
            is_new = issubclass(type(member), BaseException) and not any([member is one for one in errors])
            if is_new and len(errors) < _MAX_CHAIN:
                errors.append(member)
    return errors


def _is_evidence(error: Any) -> bool:
    number = _errno_of(error)
    if ("socket", "gaierror") in _names(type(error)):
        return number in _UNRESOLVED and not _is_about_this_machine(error)
    if number == EPERM:  # where there is no network of a run's own
        return _is_refused_socket(error)
    return number in _NO_ROUTE


def _is_about_this_machine(error: BaseException) -> bool:
    hosts = [entry.tb_frame.f_locals.get("host") for entry in frames_of(error)]
    return any([is_this_machine(host) for host in hosts if type(host) is str])


def is_this_machine(host: str) -> bool:
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.") or host.endswith(".localhost")


def _is_refused_socket(error: BaseException) -> bool:
    call = called(error)
    if call == "__init__":
        entry = innermost(error)
        return entry is not None and entry.tb_frame.f_locals.get("family", _AF_UNIX) != _AF_UNIX
    return call in ("connect", "connect_ex", "sendto", "sendmsg")
