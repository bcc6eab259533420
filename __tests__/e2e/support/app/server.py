"""The app of the end-to-end tests: all that a load client can ask, and faults that are switched on by the environment.

CRASH     ends at once with code 3
UNREADY   /ready (what Docker's health check asks) answers 503
HEALTH    status of /health; 301 leads to https
HOSTS     hostnames that are accepted, separated by commas; others get 400
BROKEN    everything but /health and /ready answers 500
"""
import base64
import hashlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT = int(os.environ.get("PORT", "7000"))
RELEASE = os.environ.get("RELEASE", "none")
COLOR = os.environ.get("COLOR", "none")
NAME = os.environ.get("APP_NAME", "none")
stopping = threading.Event()
busy = 0
lock = threading.Lock()


def database():
    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, connect_timeout=5)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        global busy
        # The wait for the next request is idle time; only what has begun must be finished.
        if not self.rfile.peek(1):
            self.close_connection = True
            return
        with lock:
            busy += 1
        try:
            super().handle_one_request()
        finally:
            with lock:
                busy -= 1

    def say(self, status, body, **headers):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Release", RELEASE)
        self.send_header("X-Color", COLOR)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def refused(self, path):
        """Answers for the faults; true when one did."""
        host = (self.headers.get("Host") or "").split(":")[0]
        hosts = os.environ.get("HOSTS")
        status = int(os.environ.get("HEALTH", "200"))
        if path == "/ready":
            self.say(503 if os.environ.get("UNREADY") else 200, "the oven is cold" if os.environ.get("UNREADY") else "ready")
        elif hosts and host not in hosts.split(","):
            self.say(400, "Bad Request: this host is not in HOSTS")
        elif path == "/health":
            headers = {"Location": f"https://{host}{path}"} if status == 301 else {}
            self.say(status, "ok" if status == 200 else "the kitchen is closed", **headers)
        elif os.environ.get("BROKEN"):
            self.say(500, "broken")
        else:
            return False
        return True

    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.refused(url.path):
            return
        if url.path == "/":
            self.say(200, f"{NAME} {RELEASE} {COLOR}")
        elif url.path == "/slow":
            time.sleep(float(query.get("seconds", "2")))
            self.say(200, f"{NAME} {RELEASE} {COLOR}")
        elif url.path == "/env":
            value = os.environb.get(query["name"].encode())
            self.say(200 if value is not None else 404, (value or b"").hex())
        elif url.path == "/resolve":
            self.say(200, json.dumps(addresses(query["name"])))
        elif url.path == "/notes":
            with database() as db:
                rows = db.execute("select text from notes order by id").fetchall()
            self.say(200, json.dumps([row[0] for row in rows]))
        elif url.path == "/ws":
            self.converse()
        else:
            self.say(404, "no such path")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.refused(urlsplit(self.path).path):
            return
        if self.path == "/echo":
            self.say(201, body)
        elif self.path == "/notes":
            with database() as db:
                db.execute("create table if not exists notes (id serial primary key, text text not null)")
                db.execute("insert into notes (text) values (%s)", (body.decode(),))
            self.say(201, "noted")
        else:
            self.say(404, "no such path")

    def converse(self):
        """A WebSocket that sends every message back; it is closed in good order when the app is told to stop."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.close_connection = True
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.send_header("X-Release", RELEASE)
        self.end_headers()
        self.wfile.flush()
        said = False
        while True:
            if stopping.is_set() and not said:
                self.frame(8, struct.pack("!H", 1001))
                said = True
            if not select.select([self.connection], [], [], 0.1)[0]:
                continue
            opcode, payload = self.read_frame()
            if opcode is None:
                return
            if opcode == 8:
                if not said:
                    self.frame(8, payload[:2])
                return
            if opcode == 9:
                self.frame(10, payload)
            elif opcode in (1, 2):
                self.frame(opcode, payload)

    def read_frame(self):
        head = self.exactly(2)
        if not head:
            return None, b""
        length = head[1] & 127
        if length == 126:
            length = struct.unpack("!H", self.exactly(2))[0]
        mask = self.exactly(4)
        data = self.exactly(length)
        return head[0] & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.connection.recv(count - len(data))
            if not part:
                return b""
            data += part
        return data

    def frame(self, opcode, payload):
        self.connection.sendall(bytes([128 | opcode, len(payload)]) + payload)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def addresses(name):
    try:
        return sorted({found[4][0] for found in socket.getaddrinfo(name, None)})
    except socket.gaierror:
        return []


def serve():
    server = Server(("0.0.0.0", PORT), Handler)

    def stop(*_):
        stopping.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    print(f"{NAME} {RELEASE} listens on {PORT}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.socket.close()
    until = time.monotonic() + 8
    while busy and time.monotonic() < until:
        time.sleep(0.02)
    print(f"{NAME} {RELEASE} ends", flush=True)


def work():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("the worker works", flush=True)
    while True:
        time.sleep(60)


if os.environ.get("CRASH"):
    print("the oven does not start: no gas", file=sys.stderr, flush=True)
    sys.exit(3)
work() if sys.argv[1:] == ["worker"] else serve()
