"""The service behind an existing nginx: Debian's, with its own configuration and its own sites, to which
nothing is added but the files in nginx/.

The nginx here is a copy of /etc/nginx in which only places and ports have been changed, run by the
service user. Responders are started without an nginx of their own.

    def setUpModule():
        stock_nginx.stage_programs()
"""

import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import serving

REPOSITORY = serving.REPOSITORY
BASE = Path("/var/lib/python-executor")
USER = "python-executor"
OTHER_SITE = """
server {
    listen 80;
    server_name other.example.org;
    root /var/www/html;
    error_page 404 /ours.html;
    location = /ours.html { internal; return 200 "the other site's own page"; }
    location / { return 200 "the other site"; }
    location = /gone { return 404; }
    %s
}
"""


def stage_programs():
    """For all tests of the calling module, until its end."""
    global stage
    subprocess.run([REPOSITORY / "serve/service-user"], check=True, stdout=subprocess.DEVNULL)
    BASE.mkdir(exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix="existing.", dir=BASE))
    unittest.addModuleCleanup(shutil.rmtree, stage)
    stage.chmod(0o755)
    for name in ("python-executor", "python-executor-runner"):
        shutil.copy(serving.PROGRAMS / name, stage)
    shutil.copy(REPOSITORY / "firejail/python-executor.profile", stage)
    shutil.copytree(serving.PROGRAMS / "web", stage / "web")
    subprocess.run(["chmod", "-R", "go=rX", stage], check=True)


def as_service_user(*command):
    return ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--pdeathsig", "TERM", "--", *command]


def own_directory(test):
    directory = Path(tempfile.mkdtemp(prefix="python-executor-nginx."))
    test.addCleanup(shutil.rmtree, directory)
    shutil.chown(directory, USER, USER)
    return directory


class Responder(serving.Process):
    """The responder alone, on a path or on 127.0.0.1:PORT."""

    def __init__(self, address, *options):
        self.address = address
        command = [stage / "python-executor", "--socket", address]
        command += ["--firejail-profile", stage / "python-executor.profile"]
        super().__init__(
            as_service_user("env", "-i", "PATH=/usr/bin:/bin", "HOME=/nonexistent", *command, *options),
            lambda process: "runs at once" in process.log(),
        )


class StockNginx(serving.Process):
    """Debian's nginx. `conf_d` goes to /etc/nginx/conf.d, `snippet` into the server of the other site.
    `changes` are made in what is installed, as a user would edit it; `options` are the service's settings."""

    def __init__(self, directory, conf_d, snippet="", changes=(), options=()):
        self.directory = directory
        self.port = serving.free_port()
        self.tls_port = serving.free_port()
        self.etc = directory / "nginx"
        shutil.copytree("/etc/nginx", self.etc, symlinks=True)
        for name in ("sites-enabled", "conf.d"):
            shutil.rmtree(self.etc / name)
            (self.etc / name).mkdir()
        shutil.copy("/etc/nginx/sites-available/default", self.etc / "sites-enabled")
        (self.etc / "sites-enabled/other").write_text(OTHER_SITE % snippet)
        shutil.copytree(REPOSITORY / "nginx/python-executor", self.etc / "python-executor")
        settings = self.etc / "python-executor/settings"
        subprocess.run([serving.PROGRAMS / "python-executor", "--nginx-config", settings, *options], check=True)
        shutil.copy(REPOSITORY / "nginx/examples/location.conf", self.etc / "python-executor-location.conf")
        for file in conf_d:
            shutil.copy(REPOSITORY / "nginx" / file, self.etc / "conf.d")
        temporary = "".join(
            f"{kind}_temp_path {directory}/{kind};\n" for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi")
        )
        (self.etc / "conf.d/temporary.conf").write_text(temporary)
        self.change(changes)
        subprocess.run(["chown", "-R", f"{USER}:", directory], check=True)
        super().__init__(
            as_service_user("/usr/sbin/nginx", "-e", "stderr", "-c", self.etc / "nginx.conf", "-g", "daemon off;"),
            lambda _: self.listens(),
            stop_signal=signal.SIGQUIT,
        )

    def change(self, changes):
        moved = [
            (r"/etc/nginx/(?!modules-enabled)", f"{self.etc}/"),
            (r"/run/nginx\.pid", f"{self.directory}/nginx.pid"),
            (r"/var/log/nginx/", f"{self.directory}/"),
            (r"/usr/share/python-executor/web", f"{stage}/web"),
            (r"listen 80\b", f"listen 127.0.0.1:{self.port}"),
            (r"listen 443\b", f"listen 127.0.0.1:{self.tls_port}"),
            (r"(?m)^\s*listen \[::\]:.*$", ""),
            *changes,
        ]
        for file in (f for f in self.etc.rglob("*") if f.is_file() and not f.is_symlink()):
            text = file.read_text(encoding="latin-1")
            for pattern, replacement in moved:
                text = re.sub(pattern, replacement, text)
            file.write_text(text, encoding="latin-1")

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def request(self, method, path, body=None, headers=None, host="other.example.org"):
        return serving.request(self.port, method, path, body, {"Host": host, **(headers or {})})

    def access_log(self):
        return [json.loads(line) for line in (self.directory / "python-executor.log").read_text().splitlines()]


def result(answer):
    status, _, body = answer
    assert status == 200, (status, body)
    return json.loads(body)["result"]
