// What scripts do. In a source and in its answer, TOKEN stands for the request's own number.
#include <boost/json.hpp>

#include "soak/kind.h"
#include "support/execute.h"

namespace executor::test {
namespace {

namespace json = boost::json;

struct Sample {
  std::string_view name;
  int weight;
  std::string_view field;  // script or code
  std::string_view source;
  int status;
  // The answer, all of its members. A string that ends in * stands for all that begin so.
  std::string_view answer;
  double timeout = 20;
  std::string_view more{};  // further fields of the request, JSON text
};

constexpr std::string_view kTimedOut =
    R"({"error": "Script execution timed out", "error_type": "timeout", "stdout": "TOKEN\n", "stderr": "", "hint": "*"})";

// Weights: most are honest, or nothing would be done but waiting for timeouts. A timeout leaves
// time to write what must have been written before it, with all the others at work.
constexpr Sample kSamples[] = {
    {"returns", 3000, "script", "def main():\n    return TOKEN", 200,
     R"({"result": TOKEN, "stdout": ""})"},
    {"prints", 2500, "code", "print(TOKEN)", 200,
     R"({"output": "TOKEN\n", "error": null, "execution_time": "number"})"},
    {"writes to both streams", 200, "script",
     "import sys\ndef main():\n    print(TOKEN)\n    print('e', TOKEN, file=sys.stderr)", 200,
     R"({"result": null, "stdout": "TOKEN\n", "stderr": "e TOKEN\n"})"},
    {"uses pandas", 400, "script",
     "import pandas as pd\ndef main():\n    return pd.DataFrame({'a': [TOKEN, 1]}).sum().to_dict()",
     200, R"({"result": {"a": SUM}, "stdout": ""})"},
    {"prints with pandas", 100, "code", "import pandas as pd\nprint(pd.Series([TOKEN, 1]).sum())",
     200, R"({"output": "SUM\n", "error": null, "execution_time": "number"})"},
    {"awaits", 150, "script",
     "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return TOKEN", 200,
     R"({"result": TOKEN, "stdout": ""})"},
    {"raises", 500, "script", "def main():\n    print(TOKEN)\n    raise ValueError(TOKEN)", 400,
     R"({"error": "ValueError: TOKEN", "error_type": "exception", "stdout": "TOKEN\n", "stderr": "Traceback*"})"},
    {"raises in a program", 300, "code", "print(TOKEN)\nraise KeyError(TOKEN)", 200,
     R"({"output": "TOKEN\n", "error": "KeyError: TOKEN", "error_type": "exception", "execution_time": "number", "stderr": "Traceback*"})"},
    {"does not compile", 200, "script", "def main(:\n    return TOKEN", 400,
     R"j({"error": "SyntaxError: invalid syntax (line 1)", "error_type": "syntax_error", "stdout": "", "stderr": "*"})j"},
    {"has no main", 200, "script", "x = TOKEN", 400,
     R"({"error": "Script must contain a main() function", "error_type": "missing_main", "hint": "*"})"},
    {"returns what is not JSON", 200, "script", "def main():\n    return {'TOKEN': {1}}", 400,
     R"({"error": "main() must return JSON-serializable data: result['TOKEN'] is a set", "error_type": "invalid_result", "stdout": "", "stderr": "", "hint": "*"})"},
    {"exits", 200, "script",
     "import os\ndef main():\n    print(TOKEN, flush=True)\n    os._exit(TOKEN % 100)", 400,
     R"({"error": "Script exited with status LAST before main() returned", "error_type": "exited", "stdout": "TOKEN\n", "stderr": "", "hint": "*"})"},
    {"prints much", 100, "code", "print(TOKEN)\nfor i in range(20000): print(i)", 200,
     R"({"output": "TOKEN\n0\n1\n*", "error": null, "execution_time": "number"})"},
    {"runs children", 150, "code",
     "import subprocess\nfor i in range(3): subprocess.run(['/bin/sh', '-c', 'echo TOKEN'])", 200,
     R"({"output": "TOKEN\nTOKEN\nTOKEN\n", "error": null, "execution_time": "number"})"},
    {"uses threads", 100, "script",
     "import threading\ndef main():\n    seen = []\n"
     "    all = [threading.Thread(target=seen.append, args=(TOKEN,)) for _ in range(8)]\n"
     "    for t in all: t.start()\n    for t in all: t.join()\n    return seen.count(TOKEN)",
     200, R"({"result": 8, "stdout": ""})"},
    {"leaves files, finds none", 300, "script",
     "import os\ndef main():\n    found = []\n    for place in ('.', '/tmp', '/dev/shm'):\n"
     "        found += os.listdir(place)\n        for i in range(20):\n"
     "            open(f'{place}/{i}', 'w').write('TOKEN' * 100)\n    return [TOKEN, found]",
     200, R"({"result": [TOKEN, []], "stdout": ""})"},
    {"leaves sockets and pipes", 100, "script",
     "import os, socket\nkept = []\ndef main():\n    for i in range(20):\n"
     "        kept.append(socket.socketpair())\n        kept.append(os.pipe())\n"
     "        s = socket.socket(socket.AF_UNIX)\n        s.bind(f'\\0soak{i}')\n"
     "        kept.append(s)\n    return TOKEN",
     200, R"({"result": TOKEN, "stdout": ""})"},
    {"leaves a daemon", 100, "script",
     "import os\ndef main():\n    if os.fork() == 0:\n        os.setsid()\n"
     "        if os.fork() == 0:\n            os.execv('/usr/bin/sleep', ['sleep', '86387.25'])\n"
     "        os._exit(0)\n    os.wait()\n    return TOKEN",
     200, R"({"result": TOKEN, "stdout": ""})"},
    {"leaves children, threads", 40, "script",
     "import subprocess, threading, time\ndef main():\n    for i in range(5):\n"
     "        subprocess.Popen(['/usr/bin/sleep', '86387.25'], start_new_session=True)\n"
     "        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
     "    return TOKEN",
     200, R"({"result": TOKEN, "stdout": ""})"},
    {"loops endlessly", 5, "script", "print(TOKEN)\ndef main():\n    while True: pass", 500,
     kTimedOut, 1.5},
    {"sleeps endlessly", 10, "code", "import time\nprint(TOKEN, flush=True)\ntime.sleep(600)", 200,
     R"({"output": "TOKEN\n", "error": "Script execution timed out", "error_type": "timeout", "execution_time": "number", "hint": "*"})",
     1.5},
    {"stops itself", 5, "script",
     "import os, signal\nprint(TOKEN, flush=True)\ndef main():\n    if os.fork() == 0:\n"
     "        os.kill(os.getpid(), signal.SIGSTOP)\n    signal.pause()",
     500, kTimedOut, 1.5},
    {"fork bomb", 8, "script",
     "import os\nprint(TOKEN, flush=True)\ndef main():\n    while True:\n        try:\n"
     "            os.fork()\n        except OSError:\n            pass",
     500, kTimedOut, 0.8},
    {"thread bomb", 15, "script",
     "import threading, time\ndef main():\n    threading.stack_size(65536)\n    while True:\n"
     "        try:\n            threading.Thread(target=time.sleep, args=(30,), "
     "daemon=True).start()\n"
     "        except RuntimeError:\n            return TOKEN",
     200, R"({"result": TOKEN, "stdout": ""})"},
    {"asks for a terabyte", 100, "script",
     "def main():\n    print(TOKEN)\n    return len(bytearray(1 << 40))", 500,
     R"({"error": "Script exceeded the memory limit of 512 MB", "error_type": "memory_limit", "stdout": "TOKEN\n", "stderr": "Traceback*", "hint": "*"})"},
    {"memory hog", 6, "script",
     "print(TOKEN, flush=True)\ndef main():\n    kept = []\n    while True:\n"
     "        kept.append(bytearray(b'x') * (4 << 20))",
     500,
     R"({"error": "Script exceeded the memory limit of 512 MB", "error_type": "memory_limit", "stdout": "TOKEN\n", "stderr": "*", "hint": "*"})"},
    {"memory hog of children", 4, "script",
     "import os, signal\nprint(TOKEN, flush=True)\ndef main():\n    for _ in range(6):\n"
     "        if os.fork() == 0:\n            kept = bytearray(b'x') * (250 << 20)\n"
     "            signal.pause()\n    signal.pause()",
     500,
     R"({"error": "Script exceeded the memory limit of 512 MB", "error_type": "memory_limit", "stdout": "TOKEN\n", "stderr": "*", "hint": "*"})"},
    {"output flood", 20, "script",
     "import os\nos.write(1, b'TOKEN\\n')\ndef main():\n    while True: os.write(1, b'x' * 65536)",
     500,
     R"({"error": "Script wrote more than 1 MB to stdout", "error_type": "output_limit", "stdout": "TOKEN\nxxx*", "stderr": "", "hint": "*"})"},
    {"stderr flood of children", 10, "code",
     "import os\nos.write(1, b'TOKEN\\n')\nos.fork()\nos.fork()\nwhile True: os.write(2, b'x' * "
     "4096)",
     200,
     R"({"output": "TOKEN\n", "error": "Script wrote more than 1 MB to stderr", "error_type": "output_limit", "execution_time": "number", "stderr": "xxx*", "hint": "*"})"},
    {"fills the scratch space", 10, "script",
     "def main():\n    print(TOKEN)\n    for i in range(100):\n"
     "        open(f'{i}', 'wb').write(bytes(1 << 20))",
     500,
     R"({"error": "Script exceeded the file size limit", "error_type": "file_limit", "stdout": "TOKEN\n", "stderr": "Traceback*", "hint": "*"})"},
    {"makes files without end", 5, "script",
     "import os\ndef main():\n    print(TOKEN)\n    for i in range(20000):\n"
     "        os.close(os.open(f'/tmp/{i}', os.O_CREAT))",
     500,
     R"({"error": "Script exceeded the file size limit", "error_type": "file_limit", "stdout": "TOKEN\n", "stderr": "Traceback*", "hint": "*"})"},
    {"crashes", 60, "script",
     "import os, signal\nprint(TOKEN, flush=True)\ndef main():\n    os.kill(os.getpid(), "
     "signal.SIGSEGV)\n"
     "    os.abort()",
     500,
     R"({"error": "Script was killed by signal *", "error_type": "crashed", "stdout": "TOKEN\n", "stderr": "*"})"},
    {"brings data and takes files", 200, "code",
     "import os, sys\nprint(input(), sys.argv[1], os.environ['A'], open('d/in').read())\n"
     "open('out', 'w').write('TOKEN')\nos.symlink('/etc/passwd', 'link')\nos.mkfifo('fifo')\nTOKEN",
     200,
     R"({"output": "TOKEN a TOKEN f\n", "error": null, "execution_time": "number", "last_value": "TOKEN", "files": {"out": "TOKEN"}})",
     20,
     R"("stdin": "TOKEN\n", "argv": ["a"], "env": {"A": "TOKEN"}, "files": {"d/in": "f"}, "outputs": true, "last_value": true)"},
    {"has arguments", 200, "script", "def main(a, b=0):\n    return a + b", 200,
     R"({"result": SUM, "stdout": ""})", 20, R"("arguments": {"a": TOKEN, "b": 1})"},
    {"asks what it has used", 60, "code", "open('f', 'wb').write(bytes(1))\nprint(TOKEN)", 200,
     R"({"output": "TOKEN\n", "error": null, "execution_time": "number", "files": {"f": {"base64": "AA=="}}, "usage": "object"})",
     20, R"("usage": true, "outputs": ["f"], "on_output_limit": "fail")"},
    {"runs over many inputs", 60, "script",
     "import os, sys\ndef main(a):\n    found = os.listdir('.')\n    open('left', 'w').write('x')\n"
     "    return [a, sys.stdin.read(), found]",
     200,
     R"({"runs": [{"status": 200, "result": [TOKEN, "s", []], "stdout": ""}, {"status": 200, "result": [1, "TOKEN", []], "stdout": ""}, {"status": 200, "result": [2, "s", []], "stdout": ""}, {"status": 200, "result": [3, "s", ["f"]], "stdout": ""}]})",
     20,
     R"("stdin": "s", "runs": [{"arguments": [TOKEN]}, {"arguments": [1], "stdin": "TOKEN"}, {"arguments": [2]}, {"arguments": [3], "files": {"f": "x"}}])"},
    {"lowers its limits", 60, "code", "print(TOKEN)\ndata = bytearray(200 << 20)", 200,
     R"({"output": "TOKEN\n", "error": "Script exceeded the memory limit of 100 MB", "error_type": "memory_limit", "execution_time": "number", "stderr": "Traceback*", "hint": "*"})",
     20, R"("limits": {"memory_mb": 100, "processes": 2, "scratch_mb": 32, "open_files": 32})"},
    {"floods within a lowered limit", 20, "code",
     "import os\nos.write(1, b'TOKEN\\n')\nfor i in range(1000): os.write(1, b'x' * 65536)", 200,
     R"({"output": "TOKEN\nxxx*", "error": null, "execution_time": "number", "truncated": ["stdout"]})",
     20, R"("limits": {"output_kb": 4}, "on_output_limit": "truncate")"},
    {"is ended and leaves files", 7, "code", "open('left', 'w').write('TOKEN')\nwhile True: pass",
     200,
     R"({"output": "", "error": "Script execution timed out", "error_type": "timeout", "execution_time": "number", "files": {"left": "TOKEN"}, "hint": "*"})",
     1.5, R"("outputs": ["left"])"},
    {"tampers with its descriptors", 30, "script",
     "import os\ndef main():\n    for fd in range(64):\n        try:\n"
     "            os.write(fd, b'{\"result\": 1}\\n')\n        except OSError:\n            pass\n"
     "    return TOKEN",
     200, R"({"result": TOKEN, "stdout": "*", "stderr": "*"})"},
};

std::string filled(std::string_view text, const std::string& token) {
  const std::pair<std::string_view, std::string> words[] = {
      {"TOKEN", token},
      {"SUM", std::to_string(std::stoull(token) + 1)},
      {"LAST", std::to_string(std::stoull(token) % 100)}};
  std::string result(text);
  for (const auto& [word, value] : words) {
    for (auto at = result.find(word); at != std::string::npos; at = result.find(word, at)) {
      result.replace(at, word.size(), value);
      at += value.size();
    }
  }
  return result;
}

bool matches(const json::value& have, const json::value& want) {
  if (!want.is_string()) return have == want;
  const std::string_view text = want.get_string();
  if (text == "number") return have.is_number();
  if (text == "object") return have.is_object();
  if (!have.is_string()) return false;
  const std::string_view said = have.get_string();
  return text.ends_with('*') ? said.starts_with(text.substr(0, text.size() - 1)) : said == text;
}

bool matches(const json::object& have, const json::object& want) {
  for (const auto& [key, value] : want) {
    const json::value* const member = have.if_contains(key);
    if (member == nullptr || !matches(*member, value)) return false;
  }
  return have.size() == want.size();
}

std::string judge(int status, std::string_view body, const Sample& sample,
                  const std::string& token) {
  boost::system::error_code error;
  const json::value have = json::parse(body, error);
  const json::value want = json::parse(filled(sample.answer, token));
  if (!error && status == sample.status && have.is_object() &&
      matches(have.get_object(), want.get_object())) {
    return {};
  }
  return std::to_string(status) + " " + std::string(body.substr(0, 1000));
}

Request request_of(const Sample& sample, const std::string& token) {
  std::string body = request_body(sample.field, filled(sample.source, token), sample.timeout);
  if (!sample.more.empty()) body.insert(1, filled(sample.more, token) + ", ");
  return {"POST", "/execute", {{"Content-Type", "application/json"}}, std::move(body)};
}

std::string run(Caller& caller, const Sample& sample, const std::string& token) {
  const Response response = caller.send(request_of(sample, token));
  return judge(response.status, response.body, sample, token);
}

// The same as events: the last one is the answer.
std::string run_for_events(Caller& caller, const Sample& sample, const std::string& token) {
  constexpr std::string_view kLast = "\nevent: result\ndata: ";
  Request request = request_of(sample, token);
  request.headers.emplace_back("Accept", "text/event-stream");
  const Response response = caller.send(request);
  if (response.header("Content-Type") == "application/json") {  // refused before it ran
    return judge(response.status, response.body, sample, token);
  }
  const auto at = response.body.rfind(kLast);
  if (response.status != 200 || at == std::string::npos) {
    return std::to_string(response.status) + " " + response.body;
  }
  const bool said = response.body.find("event: status\ndata: " + std::to_string(sample.status) +
                                       "\n") != std::string::npos;
  const std::string_view last = std::string_view(response.body).substr(at + kLast.size());
  return judge(said ? sample.status : 0, last, sample, token);
}

}  // namespace

std::vector<Kind> script_kinds() {
  std::vector<Kind> kinds;
  for (const Sample& sample : kSamples) {
    kinds.push_back(
        {sample.name, sample.weight, [&sample](Caller& caller, const std::string& token) {
           // A tenth of all kinds as events.
           const bool events = std::stoull(token) % 10 == 3;
           return events ? run_for_events(caller, sample, token) : run(caller, sample, token);
         }});
  }
  return kinds;
}

}  // namespace executor::test
