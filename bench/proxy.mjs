import { connect, createServer } from 'node:net';

/**
 * A TCP proxy that counts how often a client has to wait for its server: each time the server speaks after the client
 * has spoken ends a round trip that depends on the one before. What goes in one direction meanwhile, in however many
 * packets, counts once. (Encryption hides what is said; a client that speaks without having waited counts as well, so
 * the count is never too low. A farewell that nobody answers is none.)
 *
 * @param {string} host
 * @param {number} port
 * @returns {Promise<{port: number, roundTrips: () => number, connections: () => number, sent: () => number,
 *   close: () => void}>} sent: bytes that went to the server
 */
export async function countingProxy(host, port) {
  let roundTrips = 0;
  let connections = 0;
  let sent = 0;
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (client) => {
    connections++;
    const upstream = connect({ host, port, noDelay: true });
    let asked = false;
    client.on('data', (chunk) => {
      sent += chunk.length;
      asked = true;
    });
    upstream.on('data', () => {
      if (asked) roundTrips++;
      asked = false;
    });
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    roundTrips: () => roundTrips,
    connections: () => connections,
    sent: () => sent,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
