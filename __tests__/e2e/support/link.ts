import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A link to a server that counts what goes to it and can be cut. */
export interface Link {
  readonly port: number;
  /** Bytes that went to the server since it was opened. */
  sent(): number;
  /** Cuts every connection once so many bytes more have gone to the server. */
  cutAfter(bytes: number): void;
  /** From now on nothing goes through any more, and nobody is told: a black hole. */
  swallow(): void;
  close(): Promise<void>;
}

/** A TCP proxy on a port of this machine's loopback. */
export async function openLink(port: number): Promise<Link> {
  const open = new Set<Socket>();
  let sent = 0;
  let limit = Number.POSITIVE_INFINITY;
  let swallowing = false;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    upstream.on('data', (chunk: Buffer) => {
      if (swallowing || client.write(chunk)) return;
      upstream.pause();
      client.once('drain', () => upstream.resume());
    });
    upstream.on('end', () => client.end());
    client.on('data', (chunk: Buffer) => {
      if (swallowing) return;
      sent += chunk.length;
      if (sent > limit) {
        for (const socket of open) socket.destroy();
        return;
      }
      if (!upstream.write(chunk)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
    client.on('end', () => upstream.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    cutAfter: (bytes) => {
      limit = sent + bytes;
    },
    swallow: () => {
      swallowing = true;
    },
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
