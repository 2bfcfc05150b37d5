# expect: held
# runs: 8
# Environment, modules, builtins, working directory, umask, limits, signal handlers.
from prelude import *
import builtins, resource, signal, sys


def main():
    seen("a variable", os.environ.get("PYTHON_EXECUTOR_ESCAPE"))
    seen("a module", sys.modules.get("python_executor_escape"))
    seen("a builtin", getattr(builtins, "python_executor_escape", None))
    seen("an umask", os.umask(0o77) not in (0o22, 0o77) or None)
    seen("a limit", resource.getrlimit(resource.RLIMIT_NOFILE)[1] == 99)
    seen("a handler", signal.getsignal(signal.SIGUSR2) not in (signal.SIG_DFL, None) and "SIGUSR2")
    seen("a directory", os.getcwd() != HOME and os.getcwd())
    seen("a path", "/escape" in sys.path)
    os.environ["PYTHON_EXECUTOR_ESCAPE"] = "mark"
    sys.modules["python_executor_escape"] = sys
    builtins.python_executor_escape = "mark"
    resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))
    signal.signal(signal.SIGUSR2, lambda *_: None)
    sys.path.append("/escape")
    os.chdir("/")
    return verdict()
