"""An existing nginx (support/stock_nginx.py) in front of the service on several machines."""

import collections
import concurrent.futures
import json
import signal
import unittest

from support import serving, stock_nginx
from support.stock_nginx import Responder, StockNginx, own_directory, result


def setUpModule():
    stock_nginx.stage_programs()


class SeveralMachines(unittest.TestCase):
    """Three responders over TCP. That they are on one machine makes no difference to nginx."""

    def setUp(self):
        self.addresses = [f"127.0.0.1:{serving.free_port()}" for _ in range(3)]
        self.responders = {}
        for address in self.addresses:
            self.start(address)
        changes = [(rf"192\.0\.2\.{11 + n}:9000", address) for n, address in enumerate(self.addresses)]
        log = "access_log /var/log/nginx/python-executor.log python_executor;"
        self.nginx = StockNginx(
            own_directory(self),
            ["examples/several-machines.conf"],
            log + "include python-executor-location.conf;",
            changes,
        )
        self.addCleanup(self.nginx.__exit__)

    def start(self, address):
        responder = Responder(address, "--preload", "light:", "--ready", "2", "--workers", "4")
        self.responders[address] = responder
        self.addCleanup(responder.__exit__)

    def load(self, count, during):
        """`count` requests from six clients, with `during` called when a third of them is answered."""
        job = {"script": "import time\ndef main():\n    time.sleep(0.02)\n    return 'ran'"}
        answers = []
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(self.nginx.request, "POST", "/api/execute", job) for _ in range(count)]
            for number, future in enumerate(asked):
                if number == count // 3:
                    during()
                answers.append(future.result())
        return answers

    def served_by(self):
        """How many answers came from each responder, by nginx's log."""
        return collections.Counter(line["responder"].split(", ")[-1] for line in self.nginx.access_log())

    def test_all_of_them_serve(self):
        self.assertEqual([result(a) for a in self.load(60, lambda: None)], ["ran"] * 60)
        self.assertEqual(set(self.served_by()), set(self.addresses))

    def test_no_client_sees_that_one_is_killed_and_it_serves_again_when_it_is_back(self):
        victim = self.addresses[0]

        def kill():
            self.responders[victim].process.send_signal(signal.SIGKILL)

        answers = self.load(300, kill)
        self.assertEqual(collections.Counter(a[0] for a in answers), {200: 300})
        self.assertEqual([result(a) for a in answers], ["ran"] * 300)
        before = self.served_by()[victim]
        self.assertGreater(before, 5)
        # Some of them had been sent to the one that died, and went to another.
        again = [line["responder"] for line in self.nginx.access_log() if ", " in line["responder"]]
        self.assertGreater(len(again), 0)
        self.start(victim)
        self.load(60, lambda: None)
        self.assertGreater(self.served_by()[victim], before)

    def test_no_client_sees_that_one_is_stopped(self):
        victim = self.responders[self.addresses[1]]
        answers = self.load(200, lambda: victim.process.send_signal(signal.SIGTERM))
        self.assertEqual(collections.Counter(a[0] for a in answers), {200: 200})
        self.assertEqual(victim.stop(), 0)

    def test_when_all_are_dead_the_answer_is_502_in_json_and_soon(self):
        for responder in self.responders.values():
            responder.process.send_signal(signal.SIGKILL)
            responder.process.wait()
        status, headers, body = self.nginx.request("GET", "/api/health")
        self.assertEqual(
            (status, json.loads(body)), (502, {"error": "The service is not running", "error_type": "not_running"})
        )


if __name__ == "__main__":
    unittest.main()
