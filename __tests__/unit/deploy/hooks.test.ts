import type { Command } from '../../../src/commands/command.ts';
import type { Hook } from '../../../src/config/config.ts';
import type { Context } from '../../../src/deploy/context.ts';
import { hookCommand, runHook } from '../../../src/deploy/hooks.ts';
import { Server } from '../../../src/deploy/server.ts';
import { DeployError } from '../../../src/errors.ts';
import type { Host, Output, RunOptions } from '../../../src/hosts/host.ts';
import { facts, release } from './records.ts';
import { Sandbox } from './sandbox.ts';

const hook = (run: Hook['run'], timeoutMs = 60_000): Hook => ({ service: 'app', run, timeoutMs });

describe('the command of a hook', () => {
  let server: Sandbox;
  beforeEach(() => {
    server = new Sandbox();
    server.write('app/lease', '{"token":"ours"}');
    server.write('app/releases/r2/.env', '');
    server.docker('echo "in $PWD as ${SECRET:-nobody}"; cat; echo oops >&2; exit 3');
  });
  afterEach(() => server.remove());
  /** As it runs in an SSH session that has variables of its own. */
  const run = (one: Hook, token = 'ours') => {
    const root = server.path('app');
    const dir = `${root}/releases/r2`;
    return server.run(hookCommand(root, token, dir, 'shop-production-green', 'green', one), {
      env: { ...server.env, SECRET: 'of the session' },
    });
  };
  const docker = ['compose', '--ansi', 'never', '-p', 'shop-production-green', '--env-file', '.env'];

  test.each<[string, Hook['run'], string[]]>([
    [
      'a line is for the shell of the container',
      'python manage.py migrate && echo "it\'s $DONE"',
      ['sh', '-c', 'python manage.py migrate && echo "it\'s $DONE"'],
    ],
    [
      'words are for no shell',
      ['rake', 'db:migrate', 'a b', '$HOME', '', "it's"],
      ['rake', 'db:migrate', 'a b', '$HOME', '', "it's"],
    ],
  ])('%s', async (_, words, seen) => {
    const output = await run(hook(words));
    expect(server.calls()).toEqual([
      [...docker, '-f', 'compose.green.json', 'run', '--rm', '--no-deps', '-T', 'app', ...seen],
    ]);
    // One stream, in its order; the exit code is that of the hook; there is no input to wait for.
    expect(output).toEqual({
      code: 3,
      stdout: `in ${server.path('app/releases/r2')} as nobody\noops\n`,
      stderr: '',
    });
  });

  test('runs only with our lease', async () => {
    expect((await run(hook('true'), 'theirs')).code).toBe(75);
    expect(server.calls()).toEqual([]);
  });
});

describe('running a hook', () => {
  const lines: string[] = [];
  const context = (signal: AbortSignal = new AbortController().signal) =>
    ({ signal, log: { info: (line: string) => lines.push(line) } }) as unknown as Context;
  /** A server that says these lines, and then ends as told. */
  const server = (said: readonly string[], end: (options: RunOptions) => Promise<number>) => {
    const host: Host = {
      name: 'deploy@server',
      run: async (_command: Command, options: RunOptions = {}): Promise<Output> => {
        for (const line of said) options.onLine?.(line, 'stdout');
        return { code: await end(options), stdout: said.join('\n'), stderr: '' };
      },
      dial: () => Promise.reject(new Error('no socket')),
      close: async () => {},
    };
    return new Server(host, facts());
  };
  const aborted = ({ signal }: RunOptions) =>
    new Promise<number>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const go = (one: Server, timeoutMs?: number, signal?: AbortSignal) =>
    runHook(context(signal), one, 'before-switch', hook('x', timeoutMs), release('r2'), 'green', 'ours');
  const faultOf = async (promise: Promise<void>) => {
    const error = await promise.then(
      () => new Error('it succeeded'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof DeployError)) throw error;
    return error.faults[0];
  };
  beforeEach(() => {
    lines.length = 0;
  });

  test('that succeeds tells its lines as they come', async () => {
    await go(server(['Running migrations:', '  OK'], async () => 0));
    expect(lines).toEqual(['Running migrations:', '  OK']);
  });

  test('that fails is told by its exit code and its last words', async () => {
    const many = [...Array.from({ length: 40 }, (_, at) => `line ${at}`), 'IntegrityError: no', '', ' '];
    expect(await faultOf(go(server(many, async () => 1)))).toEqual({
      code: 'hook-failed',
      where: 'deploy@server, hook before-switch, service app',
      what: 'The hook ended with 1: IntegrityError: no',
      remedy: expect.stringContaining('The old release goes on serving'),
      evidence: many.slice(-30).join('\n'),
    });
  });

  test('that takes too long is told as such, with what it said and the setting', async () => {
    const fault = await faultOf(go(server(['waiting for the lock'], aborted), 1));
    expect(fault).toMatchObject({
      code: 'hook-failed',
      what: 'The hook did not end within 0.001 s.',
      evidence: 'waiting for the lock',
    });
    expect(fault?.remedy).toContain('raise hooks.before-switch.timeout');
  });

  test('that is cancelled ends with the reason of the cancel', async () => {
    const cancel = new AbortController();
    const run = go(server([], aborted), 60_000, cancel.signal);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  test('over a connection that is lost ends with that', async () => {
    const lost = new DeployError({ code: 'ssh-lost', what: 'The connection was lost.' });
    await expect(go(server([], () => Promise.reject(lost)))).rejects.toBe(lost);
  });
});
