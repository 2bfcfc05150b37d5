// What a script finds around itself: files, the network, randomness, and nothing of other runs.
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

// Enough runs in a row that every ready worker has been used.
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

}  // namespace

BOOST_AUTO_TEST_SUITE(script_surroundings)

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
