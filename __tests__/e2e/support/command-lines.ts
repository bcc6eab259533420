import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, sh } from './rig.ts';

const LOG = '/var/log/command-lines';
/** Runs in place of the program of its name, notes its arguments, and goes on as that program. */
const noting = (file: string, program: string) => `#!/bin/sh
printf '%s\\n' "$*" >>'${file}'
exec ${program} "$@"
`;

/**
 * Notes all command lines during a run, on this machine and on a server: every docker that is started and every
 * command that comes by SSH for certain, and any other process when a look at /proc meets it (the server is a
 * container, so its processes are seen here too).
 */
export class CommandLines {
  /** A PATH on which docker is noted. */
  readonly path: string;
  readonly #server: Server;
  readonly #file: string;
  readonly #met = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  private constructor(server: Server, folder: string) {
    const bin = join(folder, '.noting');
    mkdirSync(bin);
    this.#file = join(bin, 'log');
    writeFileSync(this.#file, '');
    const [docker = ''] = (process.env.PATH ?? '')
      .split(':')
      .map((dir) => join(dir, 'docker'))
      .filter((file) => existsSync(file));
    writeFileSync(join(bin, 'docker'), noting(this.#file, docker));
    chmodSync(join(bin, 'docker'), 0o755);
    this.path = `${bin}:${process.env.PATH}`;
    this.#server = server;
    this.#timer = setInterval(() => this.#look(), 10);
  }

  static async watch(server: Server, folder: string): Promise<CommandLines> {
    await sh(
      server,
      `touch ${LOG}; chmod 666 ${LOG}
cat >/usr/local/bin/docker <<'SCRIPT'
${noting(LOG, '/usr/bin/docker')}SCRIPT
cat >/usr/local/bin/noted <<'SCRIPT'
#!/bin/sh
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >>${LOG}
exec bash -c "$SSH_ORIGINAL_COMMAND"
SCRIPT
chmod 755 /usr/local/bin/docker /usr/local/bin/noted
sed -i 's|^|command="/usr/local/bin/noted" |' /home/deploy/.ssh/authorized_keys`,
    );
    return new CommandLines(server, folder);
  }

  #look(): void {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        // What stands for the runner gets its inputs as arguments; a runner does not.
        if (!words.includes('script/action ')) this.#met.add(words);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** All that was noted. */
  async stop(): Promise<string> {
    clearInterval(this.#timer);
    const there = await sh(
      this.#server,
      `sed -i 's|^command="/usr/local/bin/noted" ||' /home/deploy/.ssh/authorized_keys
cat ${LOG}; rm -f ${LOG} /usr/local/bin/docker /usr/local/bin/noted`,
    );
    return [readFileSync(this.#file, 'utf8'), there, ...this.#met].join('\n');
  }
}
