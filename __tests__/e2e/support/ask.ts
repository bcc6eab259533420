import { request } from 'node:http';
import type { Server } from './rig.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** One request to a hostname on a server, by plain HTTP and on a connection of its own. */
export function ask(
  server: Server,
  hostname: string,
  path = '/',
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { host: hostname, ...headers },
      agent: false,
      signal: AbortSignal.timeout(10_000),
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: text, headers: incoming.headers }),
      );
    });
    outgoing.end(body);
  });
}

/** The release and the color that answer a hostname now. */
export async function serves(server: Server, hostname: string): Promise<{ release: string; color: string }> {
  const { status, body, headers } = await ask(server, hostname);
  if (status !== 200) throw new Error(`${hostname} answers ${status}: ${body}`);
  return { release: String(headers['x-release']), color: String(headers['x-color']) };
}
