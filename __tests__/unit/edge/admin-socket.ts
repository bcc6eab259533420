import { createServer, type Server, type Socket } from 'node:net';

/** A UNIX socket that speaks as HAProxy's admin socket does, as far as the tests go. */
export class AdminSocket {
  /** The commands that came, without \`prompt\`. */
  readonly commands: string[] = [];
  readonly path: string;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /**
   * @param answer what a command is answered, as recorded from HAProxy: empty, or text with its line end; undefined
   * closes the connection.
   * @param cut how what is sent is cut into chunks.
   */
  static async open(
    path: string,
    answer: (command: string) => string | undefined,
    cut: (text: string) => readonly string[] = (text) => [text],
  ): Promise<AdminSocket> {
    let self: AdminSocket;
    const server = createServer((socket) => {
      self.#sockets.add(socket);
      socket.setNoDelay(true).setEncoding('utf8');
      socket.on('error', () => {});
      let rest = '';
      let sent = Promise.resolve();
      const send = (text: string) => {
        for (const chunk of cut(text)) {
          sent = sent.then(() => {
            if (!socket.destroyed) socket.write(chunk);
            return new Promise((resolve) => setImmediate(resolve));
          });
        }
      };
      socket.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        let text = '';
        for (const line of lines) {
          if (line !== 'prompt') self.commands.push(line);
          const said = line === 'prompt' ? '' : answer(line);
          if (said === undefined) {
            send(text);
            sent = sent.then(() => void socket.destroy());
            return;
          }
          text += said === '' ? '\n> ' : `${said}\n> `;
        }
        send(text);
      });
    });
    self = new AdminSocket(path, server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return self;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
