import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import ssh2, {
  type AuthContext,
  type Connection,
  type PublicKeyAuthContext,
  type ServerChannel,
  type Session,
} from 'ssh2';

export interface Behaviour {
  /** Private host keys. */
  readonly hostKeys: readonly string[];
  /** May this user come in with this public key (its blob)? All may by default. */
  readonly admits?: (user: string, blob: Buffer) => boolean;
  /** Called for each command in place of a real shell. `open` opens the channel, `refuse` refuses the command. */
  readonly onExec?: (line: string, open: () => ServerChannel, refuse: () => void) => void;
  /** Called for each new connection before anything is said. */
  readonly onConnection?: (connection: Connection) => void;
  /** Are UNIX sockets forwarded? */
  readonly forwards?: boolean;
}

/** An SSH server on loopback that speaks the real protocol and runs the commands in a real shell. */
export class TestSshd {
  readonly connections: Connection[] = [];
  /** The command lines that came, and the shells that run them. */
  readonly lines: string[] = [];
  readonly children: ChildProcess[] = [];
  readonly port: number;
  readonly #server: ssh2.Server;

  private constructor(server: ssh2.Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(behaviour: Behaviour): Promise<TestSshd> {
    let self: TestSshd;
    const server = new ssh2.Server({ hostKeys: [...behaviour.hostKeys] }, (connection) => {
      self.connections.push(connection);
      connection.on('error', () => {});
      behaviour.onConnection?.(connection);
      connection.on('authentication', (context) => authenticate(context, behaviour));
      const pids = new Map<number, number>();
      heedSignals(connection, pids);
      connection.on('session', (accept) => serve(accept(), self, behaviour, pids));
      connection.on('openssh.streamlocal' as 'tcpip', (accept, reject, info) => {
        const { socketPath } = info as unknown as { socketPath: string };
        if (behaviour.forwards === false) return reject();
        const socket = connectSocket({ path: socketPath });
        socket.once('error', () => reject());
        socket.once('connect', () => {
          const channel = accept();
          channel.pipe(socket).pipe(channel);
          socket.on('error', () => {});
          socket.on('close', () => channel.close());
          channel.on('close', () => socket.destroy());
        });
      });
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    self = new TestSshd(server, port);
    return self;
  }

  /** Cuts all connections as a lost link does: without a word. */
  cut(): void {
    for (const connection of this.connections) {
      (connection as unknown as { _sock: { destroy(): void } })._sock.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    for (const child of this.children) {
      if (child.exitCode === null && child.signalCode === null)
        process.kill(-(child.pid as number), 'SIGKILL');
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function authenticate(context: AuthContext, { admits = () => true }: Behaviour): void {
  if (context.method === 'publickey' && admits(context.username, context.key.data) && isSigned(context)) {
    context.accept();
  } else context.reject(['publickey']);
}

/** Without a signature the client only asks whether the key would do. */
function isSigned(context: PublicKeyAuthContext & { hashAlgo?: string }): boolean {
  const { key, signature, blob, hashAlgo } = context;
  const parsed = ssh2.utils.parseKey(`${key.algo} ${key.data.toString('base64')}`);
  if (parsed instanceof Error) return false;
  return !signature || !blob || parsed.verify(blob, signature, hashAlgo) === true;
}

function serve(session: Session, sshd: TestSshd, behaviour: Behaviour, pids: Map<number, number>): void {
  session.on('exec', (accept, reject, { command }) => {
    sshd.lines.push(command);
    if (behaviour.onExec) return behaviour.onExec(command, accept, reject);
    const channel = accept();
    const child = spawn('/bin/sh', ['-c', command], { detached: true });
    sshd.children.push(child);
    pids.set((channel as unknown as { incoming: { id: number } }).incoming.id, child.pid as number);
    child.stdin.on('error', () => {});
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on('close', (code, signal) => {
      if (code !== null) channel.exit(code);
      else channel.exit(String(signal).replace('SIG', ''));
      channel.end();
    });
  });
}

type Request = (protocol: unknown, channel: number, type: string, wantReply: boolean, data: unknown) => void;

/** The server of ssh2 passes over signals for a command that runs, which sshd sends on to its process group. */
function heedSignals(connection: Connection, pids: ReadonlyMap<number, number>): void {
  const { _handlers } = (connection as unknown as { _protocol: { _handlers: { CHANNEL_REQUEST: Request } } })
    ._protocol;
  const inner = _handlers.CHANNEL_REQUEST;
  _handlers.CHANNEL_REQUEST = (protocol, channel, type, wantReply, data) => {
    const pid = pids.get(channel);
    if (type === 'signal' && pid) process.kill(-pid, `SIG${data}`);
    else inner(protocol, channel, type, wantReply, data);
  };
}
