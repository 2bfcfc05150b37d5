// What a script finds: each line of the contract's last section.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "base/fd.h"
#include "support/boost_test.h"
#include "support/execute.h"
#include "support/server.h"

namespace executor::test {
namespace {

// So many runs in a row that every ready worker has been used, whichever they were.
std::size_t more_runs_than_workers() {
  return shared_settings().workers * 2 + 2;
}

// A listening socket of this machine that scripts must not reach.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), 8) != 0 ||
        ::getsockname(socket_.get(), generic, &size) != 0) {
      throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool was_reached() const {
    return bool(UniqueFd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

void check_returns(std::string_view script, std::string_view expected) {
  const Answer answer = execute(script);
  BOOST_TEST(answer.status() == 200, answer.response.body);
  BOOST_TEST(answer.result() == json(expected));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(script_environment)

// Python and its environment

BOOST_AUTO_TEST_CASE(python_is_3_11_or_newer) {
  check_returns("import sys\ndef main():\n    return sys.version_info >= (3, 11)", "true");
}

BOOST_AUTO_TEST_CASE(the_environment_is_the_documented_variables_and_nothing_else) {
  const auto* const script = R"py(
import os
THREADS = ('OMP', 'OPENBLAS', 'MKL', 'BLIS', 'GOTO', 'NUMEXPR', 'NUMBA', 'VECLIB', 'POLARS')
def main():
    numeric = {name for name in os.environ if name.startswith(THREADS) and name.endswith('_THREADS')}
    return {
        'names': sorted(set(os.environ) - numeric), 'LANG': os.environ['LANG'],
        'threads': sorted({os.environ[name] for name in numeric}),
    }
)py";
  check_returns(script, R"({"names": ["HOME", "LANG", "PATH", "TMPDIR"], "LANG": "C.UTF-8",
                            "threads": ["1"]})");
}

BOOST_AUTO_TEST_CASE(c_code_finds_the_same_environment) {
  const auto* const script = R"py(
import ctypes, os
def main():
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')
    found = set()
    i = 0
    while environ[i] is not None:
        found.add(environ[i].decode().split('=', 1)[0])
        i += 1
    return found == set(os.environ)
)py";
  check_returns(script, "true");
}

BOOST_AUTO_TEST_CASE(text_is_utf8_everywhere) {
  const auto* const script = R"py(
import locale, sys
def main():
    return [sys.getfilesystemencoding(), sys.stdout.encoding, locale.getpreferredencoding(False).lower()]
)py";
  check_returns(script, R"(["utf-8", "utf-8", "utf-8"])");
}

BOOST_AUTO_TEST_CASE(a_main_guard_does_not_run_in_the_function_dialect) {
  const Answer answer =
      execute("def main():\n    return __name__\nif __name__ == '__main__':\n    print(main())");
  BOOST_TEST(answer.result() == "script");
  BOOST_TEST(answer.out() == "");
}

BOOST_AUTO_TEST_CASE(the_script_is_a_module_in_sys_modules) {
  check_returns("import sys\ndef main():\n    return sys.modules[__name__].__dict__ is globals()",
                "true");
}

BOOST_AUTO_TEST_CASE(the_program_is_the_module_main) {
  BOOST_TEST(run_program("import sys, __main__\nprint(__name__, __main__.__dict__ is globals())")
                 .output() == "__main__ True\n");
}

BOOST_AUTO_TEST_CASE(names_of_the_script_can_be_pickled) {
  const auto* const script = R"py(
import pickle
class Point:
    def __init__(self, x): self.x = x
def main():
    return pickle.loads(pickle.dumps(Point(3))).x
)py";
  check_returns(script, "3");
}

BOOST_AUTO_TEST_CASE(dataclasses_work_with_annotations_of_the_future) {
  const auto* const script = R"py(
from __future__ import annotations
import dataclasses, typing
@dataclasses.dataclass
class Node:
    value: int
    kind: typing.ClassVar[str] = 'node'
    next: Node | None = None
def main():
    return dataclasses.asdict(Node(1, Node(2)))
)py";
  check_returns(script, R"({"value": 1, "next": {"value": 2, "next": null}})");
}

BOOST_AUTO_TEST_CASE(type_hints_are_resolved_in_the_script) {
  const auto* const script = R"py(
import typing
class Own: pass
def f(x: 'Own', y: 'list[Own]') -> 'int': ...
def main():
    hints = typing.get_type_hints(f)
    return [hints['x'] is Own, hints['y'] == list[Own], hints['return'] is int]
)py";
  check_returns(script, "[true, true, true]");
}

BOOST_AUTO_TEST_CASE(inspect_finds_the_source) {
  const auto* const script =
      "import inspect\ndef helper():\n    return 'x'  # as written\ndef main():\n"
      "    return [inspect.getsource(helper), inspect.getsource(main).startswith('def main')]";
  check_returns(script, R"(["def helper():\n    return 'x'  # as written\n", true])");
}

BOOST_AUTO_TEST_CASE(tracebacks_that_the_script_formats_itself_have_its_source_lines) {
  const auto* const script = R"py(
import traceback
def main():
    try:
        1 / 0  # here
    except ZeroDivisionError:
        return '1 / 0  # here' in traceback.format_exc()
)py";
  check_returns(script, "true");
}

// processes and threads

BOOST_AUTO_TEST_CASE(a_pool_of_processes_runs_functions_of_the_script) {
  const auto* const script = R"py(
import multiprocessing
def square(x):
    return x * x
def main():
    with multiprocessing.Pool(2) as pool:
        return pool.map(square, range(5))
)py";
  check_returns(script, "[0, 1, 4, 9, 16]");
}

BOOST_AUTO_TEST_CASE(queues_locks_and_executors_of_multiprocessing_work) {
  const auto* const script = R"py(
import concurrent.futures, multiprocessing
from multiprocessing import shared_memory
def produce(queue, lock, value):
    with lock:
        value.value += 1
    queue.put('made')
def double(x):
    return 2 * x
def main():
    queue, lock, value = multiprocessing.Queue(), multiprocessing.Lock(), multiprocessing.Value('i', 0)
    process = multiprocessing.Process(target=produce, args=(queue, lock, value))
    process.start()
    made = queue.get(timeout=20)
    process.join(20)
    with concurrent.futures.ProcessPoolExecutor(2) as executor:
        doubled = list(executor.map(double, [1, 2]))
    memory = shared_memory.SharedMemory(create=True, size=4096)
    memory.buf[0] = 9
    byte = memory.buf[0]
    memory.close()
    memory.unlink()
    return [made, value.value, process.exitcode, doubled, byte]
)py";
  check_returns(script, R"(["made", 1, 0, [2, 4], 9])");
}

BOOST_AUTO_TEST_CASE(threads_work) {
  const auto* const script = R"py(
import concurrent.futures, threading
def main():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        return [sorted(seen), list(executor.map(abs, [-1, -2]))]
)py";
  check_returns(script, "[[0, 1, 2, 3, 4, 5, 6, 7], [1, 2]]");
}

BOOST_AUTO_TEST_CASE(asyncio_works_from_a_plain_main_and_with_subprocesses) {
  const auto* const script = R"py(
import asyncio
async def child():
    process = await asyncio.create_subprocess_exec('echo', 'hi', stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode()
async def both():
    return await asyncio.gather(asyncio.to_thread(lambda: 1), child())
def main():
    return asyncio.run(both())
)py";
  check_returns(script, R"([1, "hi\n"])");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_python_work) {
  const auto* const script = R"py(
import subprocess, sys
def main():
    def ask(python):
        return subprocess.run([python, '-c', 'import json, sys; print(sys.version_info[:2])'],
                              capture_output=True, text=True, check=True).stdout
    return [ask(sys.executable) == ask('python3') == f'{sys.version_info[:2]}\n']
)py";
  check_returns(script, "[true]");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_python_find_numpy) {
  const auto* const script = R"py(
import subprocess, sys
def main():
    return subprocess.run([sys.executable, '-c', 'import numpy; print(numpy.arange(3).sum())'],
                          capture_output=True, text=True, check=True).stdout
)py";
  check_returns(script, R"("3\n")");
}

BOOST_AUTO_TEST_CASE(subprocesses_of_the_shell_work) {
  const auto* const script = R"py(
import os, subprocess
def main():
    shell = subprocess.run('echo $((6 * 7)) | tr 2 3', shell=True, capture_output=True, text=True)
    return [shell.stdout, os.system('exit 3') >> 8, os.popen('echo popen').read()]
)py";
  check_returns(script, R"(["43\n", 3, "popen\n"])");
}

// libraries

BOOST_AUTO_TEST_CASE(numpy_and_pandas_are_imported_already) {
  const auto* const script = R"py(
import sys
before = ['numpy' in sys.modules, 'pandas' in sys.modules]
import numpy, pandas
def main():
    return before
)py";
  check_returns(script, "[true, true]");
}

BOOST_AUTO_TEST_CASE(numpy_and_pandas_compute) {
  const auto* const script = R"py(
import numpy as np
import pandas as pd
def main():
    frame = pd.DataFrame({'k': list('aab'), 'v': [1.0, 2.0, 4.0]})
    return [frame.groupby('k').v.sum().to_dict(), int(np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 10)[0, 1]),
            pd.read_csv(__import__('io').StringIO('x,y\n1,2\n')).to_dict('records')]
)py";
  check_returns(script, R"([{"a": 3.0, "b": 4.0}, 55, [{"x": 1, "y": 2}]])");
}

BOOST_AUTO_TEST_CASE(the_standard_library_can_be_imported) {
  const auto* const script = R"py(
import importlib.util, sys
# What opens a browser, prints a poem or needs a display.
SKIPPED = {'antigravity', 'this', 'idlelib', 'tkinter', 'turtle', 'turtledemo', '__main__'}
def main():
    done, failed = 0, {}
    for name in sorted(sys.stdlib_module_names - SKIPPED):
        if name.startswith('_') or importlib.util.find_spec(name) is None:
            continue
        try:
            __import__(name)
            done += 1
        except BaseException as error:
            failed[name] = repr(error)
    return {'enough': done > 180, 'failed': failed}
)py";
  check_returns(script, R"({"enough": true, "failed": {}})");
}

BOOST_AUTO_TEST_CASE(sqlite3_works_in_memory_and_on_a_file) {
  const auto* const script = R"py(
import sqlite3
def main():
    rows = []
    for place in (':memory:', 'data.db'):
        with sqlite3.connect(place) as db:
            db.execute('create table t (x)')
            db.executemany('insert into t values (?)', [(1,), (2,)])
            rows.append(db.execute('select sum(x) from t').fetchone()[0])
    return rows
)py";
  check_returns(script, "[3, 3]");
}

BOOST_AUTO_TEST_CASE(zoneinfo_knows_the_zones) {
  const auto* const script = R"py(
import datetime, zoneinfo
def main():
    noon = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc)
    return noon.astimezone(zoneinfo.ZoneInfo('Europe/Berlin')).isoformat()
)py";
  check_returns(script, R"("2024-07-01T14:00:00+02:00")");
}

BOOST_AUTO_TEST_CASE(exit_and_quit_are_there) {
  BOOST_TEST(run_program("print('x')\nexit()").error() == "(not a string)");
  BOOST_TEST(run_program("quit(3)").error() == "Script exited with status 3");
}

BOOST_AUTO_TEST_CASE(stdin_is_at_its_end) {
  const auto* const script = R"py(
import os, subprocess, sys
def main():
    try:
        input()
    except EOFError:
        eof = True
    return [eof, sys.stdin.read(), os.read(0, 1) == b'', subprocess.run('cat').returncode]
)py";
  check_returns(script, R"([true, "", true, 0])");
}

// files

BOOST_AUTO_TEST_CASE(the_working_directory_is_an_empty_writable_home) {
  const auto* const script = R"py(
import os, pathlib, tempfile
def main():
    listing = os.listdir('.')
    pathlib.Path('file').write_text('x')
    os.mkdir('sub')
    os.rename('file', 'sub/file')
    with tempfile.NamedTemporaryFile() as temporary:
        temporary.write(b'x')
        inside = temporary.name.startswith(os.environ['TMPDIR'].rstrip('/') + '/')
    return [listing, os.getcwd() == os.environ['HOME'] == str(pathlib.Path.home()),
            os.listdir('sub'), inside]
)py";
  check_returns(script, R"([[], true, ["file"], true])");
}

BOOST_AUTO_TEST_CASE(tmp_and_dev_shm_are_empty_and_writable) {
  const auto* const script = R"py(
import os
def main():
    found = []
    for place in ('/tmp', '/dev/shm'):
        found.append(os.listdir(place))
        with open(place + '/file', 'w') as file:
            file.write('x')
        found.append(os.listdir(place))
    return found
)py";
  check_returns(script, R"([[], ["file"], [], ["file"]])");
}

BOOST_AUTO_TEST_CASE(everything_else_is_read_only) {
  const auto* const script = R"py(
import os
OWN = {os.path.realpath(place) for place in (os.getcwd(), '/tmp', '/dev/shm')}
def main():
    written, seen = [], 0
    for directory, inside, _ in os.walk('/'):
        if os.path.realpath(directory) in OWN:
            inside.clear()
            continue
        if directory.count('/') > 3:
            inside.clear()
        seen += 1
        try:
            os.close(os.open(os.path.join(directory, 'python-executor-test'), os.O_CREAT | os.O_WRONLY))
            written.append(directory)
        except OSError:
            pass
    return {'enough': seen > 10, 'written': written}
)py";
  check_returns(script, R"({"enough": true, "written": []})");
}

BOOST_AUTO_TEST_CASE(installed_files_cannot_be_changed) {
  const auto* const script = R"py(
import os, numpy
def main():
    changed = []
    for file in (os.__file__, numpy.__file__, '/bin/sh'):
        for change in (lambda: open(file, 'r+b').close(), lambda: os.unlink(file),
                       lambda: os.chmod(file, 0o777), lambda: os.utime(file)):
            try:
                change()
                changed.append(file)
            except OSError:
                pass
    return changed
)py";
  check_returns(script, "[]");
}

BOOST_AUTO_TEST_CASE(nothing_of_the_machine_is_there_but_python_and_its_libraries) {
  const auto* const script = R"py(
import os
def is_there(name):
    try:
        return any(f'{name}/{entry}' != os.environ['HOME'] for entry in os.listdir(name))
    except NotADirectoryError:
        return True
    except FileNotFoundError:
        return False
def main():
    names = ('/root', '/home', '/var/lib', '/var/log', '/run/python-executor', '/boot', '/sys/kernel',
             '/proc/1', '/proc/self', '/etc/shadow', '/etc/hostname', '/srv', '/opt', '/media')
    return [name for name in names if is_there(name)]
)py";
  check_returns(script, "[]");
}

// the network

BOOST_AUTO_TEST_CASE(a_listener_on_the_machines_loopback_cannot_be_reached) {
  const Listener listener;
  const std::string port = std::to_string(listener.port());
  // The listener is real: this process does reach it.
  const Connection proof(listener.port());
  BOOST_TEST(listener.was_reached());
  const Answer answer = execute(
      "import socket\ndef main():\n    reached = []\n"
      "    for host in ('127.0.0.1', '127.1.2.3', '0.0.0.0', '::1', 'localhost'):\n"
      "        try:\n"
      "            socket.create_connection((host, " +
      port +
      "), timeout=1)\n"
      "            reached.append(host)\n"
      "        except OSError:\n"
      "            pass\n"
      "    return reached");
  BOOST_TEST(answer.result() == json("[]"), answer.response.body);
  BOOST_TEST(!listener.was_reached());
}

BOOST_AUTO_TEST_CASE(the_services_own_port_cannot_be_reached) {
  check_returns(
      "import urllib.request\ndef main():\n    try:\n"
      "        urllib.request.urlopen('http://127.0.0.1:" +
          std::to_string(shared_server().port()) +
          "/health', timeout=2)\n        return 'reached'\n"
          "    except OSError:\n        return 'unreachable'",
      R"("unreachable")");
}

BOOST_AUTO_TEST_CASE(there_is_no_interface_but_loopback_and_no_way_out) {
  const auto* const script = R"py(
import socket
def main():
    reached = []
    for address in (('192.0.2.1', 53), ('8.8.8.8', 53), ('169.254.169.254', 80), ('10.0.0.1', 80)):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                with socket.socket(socket.AF_INET, kind) as out:
                    out.settimeout(1)
                    out.connect(address)
                    reached.append(address)
            except OSError:
                pass
    try:
        names = sorted(name for _, name in socket.if_nameindex())
    except OSError:
        names = []
    return {'reached': reached, 'others': [name for name in names if name != 'lo']}
)py";
  check_returns(script, R"({"reached": [], "others": []})");
}

BOOST_AUTO_TEST_CASE(names_cannot_be_resolved) {
  check_returns(
      "import socket\ndef main():\n    try:\n"
      "        return socket.gethostbyname('example.com')\n"
      "    except OSError:\n        return 'unresolved'",
      R"("unresolved")");
}

// randomness

BOOST_AUTO_TEST_CASE(randomness_is_fresh_in_every_run) {
  const auto* const script = R"py(
import os, random, secrets, tempfile, uuid
import numpy as np
def main():
    return {'random': random.random(), 'numpy': float(np.random.random()), 'uuid4': str(uuid.uuid4()),
            'numpy_generator': float(np.random.default_rng().random()), 'urandom': os.urandom(8).hex(),
            'secrets': secrets.token_hex(8), 'system': random.SystemRandom().random(),
            'name': tempfile.mktemp(), 'permutation': str(np.random.permutation(30).tolist())}
)py";
  std::map<std::string, std::set<std::string>> values;
  for (std::size_t i = 0; i < more_runs_than_workers(); ++i) {
    const auto result = result_of(script);
    for (const auto& [source, value] : result.as_object()) {
      values[source].insert(boost::json::serialize(value));
    }
  }
  BOOST_TEST(values.size() == 9U);
  for (const auto& [source, different] : values) {
    BOOST_TEST_CONTEXT(source) {
      BOOST_TEST(different.size() == more_runs_than_workers());
    }
  }
}

BOOST_AUTO_TEST_CASE(randomness_is_fresh_in_runs_that_do_not_import_numpy) {
  std::set<std::string> values;
  for (std::size_t i = 0; i < more_runs_than_workers(); ++i) {
    values.insert(boost::json::serialize(
        result_of("import random\ndef main():\n    return random.getrandbits(52)")));
  }
  BOOST_TEST(values.size() == more_runs_than_workers());
}

// other runs

BOOST_AUTO_TEST_CASE(nothing_of_an_earlier_run_can_be_seen) {
  const auto* const script = R"py(
import builtins, json, os, subprocess, sys, threading
PLACES = [os.environ['HOME'], '/tmp', '/dev/shm', '/var/tmp', '/run', '/run/lock']
def traces():
    found = [place for place in PLACES if os.path.exists(place + '/trace')]
    found += [name for name in ('trace_builtin',) if hasattr(builtins, name)]
    found += [name for name in ('TRACE',) if name in os.environ]
    found += [name for name in ('trace_module',) if name in sys.modules]
    found += ['json'] if json.loads('1') != 1 else []
    for pid in range(2, 100):
        try:
            os.kill(pid, 0)
            found.append('process')
        except OSError:
            pass
    return found
def main():
    found = traces()
    for place in PLACES:
        try:
            open(place + '/trace', 'w').close()
        except OSError:
            pass
    builtins.trace_builtin = os.environ['TRACE'] = 'x'
    sys.modules['trace_module'] = os
    json.loads = lambda text: 2
    subprocess.Popen(['sleep', '100'], start_new_session=True)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return found
)py";
  for (std::size_t i = 0; i < more_runs_than_workers(); ++i) {
    BOOST_TEST(result_of(script) == json("[]"));
  }
}

BOOST_AUTO_TEST_CASE(a_run_sees_no_process_but_its_own) {
  const auto* const script = R"py(
import os
def exists(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
def main():
    child = os.fork()
    if child == 0:
        os._exit(0)
    seen = [pid for pid in range(1, 32768) if exists(pid)]
    return seen == [os.getpid(), child]
)py";
  check_returns(script, "true");
}

BOOST_AUTO_TEST_CASE(every_id_that_a_script_meets_has_a_name) {
  BOOST_TEST(result_of(R"py(
import grp, pathlib, pwd
def main():
    return [pwd.getpwuid(0).pw_name, grp.getgrgid(0).gr_name, pathlib.Path('/usr/bin').owner(),
            pathlib.Path('/usr/bin').group(), pathlib.Path.home().owner(), len(pwd.getpwall())]
)py") == json(R"(["root", "root", "nobody", "nogroup", "sandbox", 3])"));
}

BOOST_AUTO_TEST_CASE(a_script_finds_its_own_host) {
  BOOST_TEST(result_of(R"py(
import socket
def main():
    host = socket.gethostname()
    return [host, socket.gethostbyname(host)]
)py") == json(R"(["sandbox", "127.0.0.1"])"));
}

BOOST_AUTO_TEST_CASE(services_have_the_numbers_that_the_machine_gives_them) {
  const bool listed = std::filesystem::exists("/etc/services");
  BOOST_TEST(result_of(R"py(
import os, socket
def main():
    return socket.getservbyname('https') if os.path.exists('/etc/services') else None
)py") == json(listed ? "443" : "null"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace executor::test
