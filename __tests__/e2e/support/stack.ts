import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, execute, ROOT, start } from './process.ts';
import { type Rig, type Server, sh } from './rig.ts';

/** Folder of the stack on a server. */
export const STACK_FOLDER = '/home/deploy/.restaurant-deploy/monitoring';
const NETWORK = 'restaurant-deploy-monitoring_default';
const RIG_NAME = process.env.RIG_NAME ?? 'e2e';

/** Has the images of the stack on a server, real ones where they can be had (see rig/monitoring/bring). */
export async function bringImages(server: Server): Promise<void> {
  const env = { ...process.env, RIG_NAME };
  await execute(join(ROOT, 'rig', 'monitoring', 'bring'), [String(server.number)], {
    env,
    timeoutMs: 600_000,
  });
}

/** A Pushgateway in the network of the stack; its port 9091 is on the server's loopback, as those of the stack are. */
export async function startPushgateway(server: Server): Promise<void> {
  await sh(
    server,
    `docker run -d --name pushgateway --network ${NETWORK} -p 127.0.0.1:9091:9091 prom/pushgateway:v1.11.1`,
  );
}

/** Who is told: an HTTP server in the network of the stack, http://receiver:8080/, that keeps what it is sent. */
export async function startReceiver(server: Server): Promise<void> {
  const source = `
from http.server import BaseHTTPRequestHandler, HTTPServer
class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("", 8080), Receiver).serve_forever()`;
  await sh(
    server,
    `docker run -d --name receiver --network ${NETWORK} -v /tmp/receiver.py:/receiver.py python:3.12-slim python3 /receiver.py`.replace(
      /^/,
      'cat >/tmp/receiver.py; ',
    ),
    source,
  );
}

/** What the receiver was told of an alert, oldest first: "firing" or "resolved". */
export async function told(server: Server, alert: string, app: string): Promise<string[]> {
  const lines = (await sh(server, 'docker logs receiver 2>&1')).split('\n').filter((line) => line !== '');
  return lines.flatMap((line) =>
    (JSON.parse(line) as Told).alerts
      .filter(({ labels }) => labels.alertname === alert && labels.app === app)
      .map(({ status }) => status),
  );
}
interface Told {
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** A series as Prometheus gives it: labels with `__name__`, and its value now. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Asks the Prometheus of a server; a query that it does not take is an error with what it says. */
export async function query(server: Server, expr: string): Promise<Series[]> {
  const line = "curl -sSG --max-time 10 --data-urlencode 'query@-' http://127.0.0.1:9090/api/v1/query";
  const answer = JSON.parse(await sh(server, line, expr));
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}

/** A port of this machine that leads to one of the server's loopback, by ssh -L as docs/monitoring.md says. */
export async function tunnel(
  rig: Rig,
  server: Server,
  port: number,
): Promise<{ port: number; close(): void }> {
  const own = await freePort();
  const [login = '', sshPort = ''] = server.host.split(/:(?=\d+$)/);
  const running = start(
    'ssh',
    [
      ...['-N', '-L', `127.0.0.1:${own}:127.0.0.1:${port}`, '-i', rig.key, '-p', sshPort],
      ...['-o', `UserKnownHostsFile=${rig.knownHosts}`, '-o', 'ExitOnForwardFailure=yes', login],
    ],
    { timeoutMs: 900_000 },
  );
  await eventually('an answer through the tunnel', 20_000, () =>
    fetch(`http://127.0.0.1:${own}/-/ready`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  );
  return { port: own, close: () => running.child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
