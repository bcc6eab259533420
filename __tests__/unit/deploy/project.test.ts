import { jest } from '@jest/globals';
import { type ComposeModel, readModel } from '../../../src/compose/model.ts';
import { logsOf, type Picture, RunningProject } from '../../../src/deploy/project.ts';
import type { ProjectRequest } from '../../../src/deploy/project-shell.ts';
import { Server } from '../../../src/deploy/server.ts';
import { EDGE_NAME } from '../../../src/edge/config.ts';
import { DeployError } from '../../../src/errors.ts';
import type { Host, Output, RunOptions } from '../../../src/hosts/host.ts';
import { alive, until } from '../hosts/wait.ts';
import { facts } from './records.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const PROJECT = 'shop-production-green';
const model: ComposeModel = readModel(
  JSON.stringify({ services: { web: { image: 'a' }, worker: { image: 'a' } } }),
);
const request = (dir = '/release'): ProjectRequest => ({
  project: PROJECT,
  dir,
  file: 'compose.green.json',
  model,
  connect: [{ service: 'web', alias: 'shop-production-green-web' }],
  standing: false,
  routed: ['web'],
});

/** A container as `docker inspect` prints it for us, in one line. */
function container(
  service: string,
  more: { status?: string; address?: string; exit?: number; restarts?: number } = {},
) {
  const { status = 'running', address = '', exit = 0, restarts = 0 } = more;
  // What has ended was started in this start, unless a test says otherwise.
  const ended = status === 'exited' ? { StartedAt: '2030-01-01T00:00:00Z' } : {};
  return JSON.stringify({
    Name: `/${PROJECT}-${service}-1`,
    RestartCount: restarts,
    State: {
      Status: status,
      ExitCode: exit,
      OOMKilled: false,
      Error: '',
      StartedAt: '2020-01-01T00:00:00Z',
      ...ended,
    },
    Config: { Labels: { 'com.docker.compose.service': service, 'com.docker.compose.oneoff': 'False' } },
    HostConfig: { RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
    Networks: { [EDGE_NAME]: { IPAddress: address } },
  });
}

const never = new AbortController().signal;

describe('the picture of a project', () => {
  let say: (line: string, stream?: 'stdout' | 'stderr') => void;
  let end: (output: Output | Error) => void;
  let signal: AbortSignal | undefined;
  const said: string[] = [];

  /** A project on a server that says what the test lets it say. */
  function project(): RunningProject {
    said.length = 0;
    const host: Host = {
      name: 'deploy@server',
      run: (_command, options: RunOptions = {}) => {
        signal = options.signal;
        say = (line, stream = 'stdout') => options.onLine?.(line, stream);
        return new Promise((resolve, reject) => {
          end = (output) => (output instanceof Error ? reject(output) : resolve(output));
          signal?.addEventListener('abort', () => reject(signal?.reason));
        });
      },
      dial: () => Promise.reject(new Error('no socket')),
      close: async () => {},
    };
    return new RunningProject(new Server(host, facts()), 'ours', request(), (line) => said.push(line));
  }
  const show = (...containers: string[]) => {
    for (const one of containers) say(`= ${one}`);
    say(`. ${Date.parse('2026-01-01')}`);
  };
  const faultOf = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (error instanceof DeployError) return error.faults[0];
      throw error;
    }
    throw new Error('nothing was wrong');
  };

  test('is there once it is whole', () => {
    const one = project();
    expect(one.picture).toBeUndefined();
    say(`= ${container('web')}`);
    expect(one.picture).toBeUndefined();
    show(container('worker'));
    expect(one.picture?.readiness).toMatchObject({ state: 'ready', failed: [] });
  });

  test('keeps the containers when nothing changed, and takes the new ones when something did', () => {
    const one = project();
    show(container('web', { address: '172.18.0.3' }), container('worker'));
    show();
    expect([...(one.picture?.addresses ?? [])]).toEqual([['web', ['172.18.0.3']]]);
    show(container('web', { address: '172.18.0.4' }));
    expect([...(one.picture?.addresses ?? [])]).toEqual([['web', ['172.18.0.4']]]);
    expect(one.picture?.readiness.state).not.toBe('ready');
    expect(one.waitingFor).toContain('worker');
  });

  test('an old container that Compose stops to put a new one in its place is no failure', () => {
    const one = project();
    show(container('worker'), container('web', { status: 'exited' }).replace('2030', '2020'));
    expect(one.picture?.readiness).toMatchObject({ state: 'waiting', failed: [] });
    show(container('worker'), container('web', { status: 'exited' }));
    expect(one.picture?.readiness.state).toBe('failed');
  });

  test('has addresses of what runs on the network of the edge alone', () => {
    const one = project();
    show(
      container('web', { status: 'created', address: '172.18.0.3' }),
      container('worker', { address: '' }),
    );
    expect(one.picture?.addresses.size).toBe(0);
  });

  test('tells how Compose ended, and what it said meanwhile', () => {
    const one = project();
    say('+  Container web-1  Starting');
    show();
    expect(one.picture?.up).toBeUndefined();
    say('up 0');
    show();
    expect(one.picture?.up).toBe(0);
    expect(said).toEqual(['Container web-1  Starting']);
    expect(one.waitingFor).not.toBe('');
  });

  test.each<[string, string[], string, string]>([
    [
      'by its own words, without those of its progress',
      [
        ' Network x  Creating',
        ' Container web-1  Starting',
        'Error response from daemon: pull access denied',
      ],
      'compose-up',
      'Compose could not start the project: Error response from daemon: pull access denied',
    ],
    [
      'by the full disk',
      ['failed to register layer: write /x: no space left on device'],
      'host-disk-full',
      'The disk of the server is full: failed to register layer: write /x: no space left on device',
    ],
  ])('is wrong when Compose failed, which is told %s', (_, lines, code, what) => {
    const one = project();
    for (const line of lines) say(`+ ${line}`);
    say('up 1');
    show();
    const fault = faultOf(() => one.check(one.picture as Picture, 'deploy@server'));
    expect(fault).toMatchObject({ code, what, where: 'deploy@server' });
    expect(fault?.evidence).toBe(lines.at(-1));
  });

  test('is wrong when a container failed, whatever Compose says', () => {
    const one = project();
    show(container('web', { status: 'exited', exit: 1 }), container('worker'));
    const fault = faultOf(() => one.check(one.picture as Picture, 'deploy@server'));
    expect(fault).toMatchObject({ code: 'app-not-ready', where: 'deploy@server, service web' });
    expect(fault?.what).toContain(`${PROJECT}-web-1`);
  });

  test('is not wrong for an old container that ends while a new one takes its place', () => {
    const one = project();
    const old = container('web', { status: 'exited', exit: 137 }).replace('2030-01-01', '2025-01-01');
    show(old, container('worker'));
    expect(one.picture?.readiness.failed).toEqual([]);
  });

  test('forgives some restarts at first, and none once the project was ready', () => {
    const one = project();
    show(container('web', { restarts: 1 }), container('worker'));
    expect(one.picture?.readiness.failed).toEqual([]);
    one.expectNoRestart();
    show(container('web', { restarts: 1 }), container('worker'));
    expect(one.picture?.readiness.failed).toEqual([]);
    show(container('web', { restarts: 2 }), container('worker'));
    expect(one.picture?.readiness.failed).toHaveLength(1);
  });

  describe('is waited for', () => {
    test('until it is as it shall be', async () => {
      const one = project();
      const waiting = one.until((picture) => picture.up === 0, never);
      show();
      say('up 0');
      show();
      expect((await waiting).up).toBe(0);
      // One that is so already is not waited for.
      expect((await one.until((picture) => picture.up === 0, never)).up).toBe(0);
    });

    test('until the signal, with its reason', async () => {
      const one = project();
      const stop = new AbortController();
      const waiting = one.until(() => false, stop.signal);
      const reason = new Error('too late');
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await expect(one.until(() => true, stop.signal)).rejects.toBe(reason);
    });

    test('until somebody sees that it is of no use', async () => {
      const one = project();
      const reason = new Error('no use');
      const waiting = one.until(() => {
        throw reason;
      }, never);
      show();
      await expect(waiting).rejects.toBe(reason);
    });

    test('until the watch ends, with how it ended, also for who comes later', async () => {
      const one = project();
      const waiting = one.until(() => false, never);
      end({ code: 75, stdout: '', stderr: 'the lease is no longer ours\n' });
      await expect(waiting).rejects.toThrow(`the watch of ${PROJECT} ended (75) the lease is no longer ours`);
      await expect(one.until(() => true, never)).rejects.toThrow('ended (75)');
    });

    test('until the connection is lost', async () => {
      const one = project();
      show();
      const lost = new DeployError({ code: 'ssh-lost', what: 'gone' });
      const waiting = one.until(() => false, never);
      end(lost);
      await expect(waiting).rejects.toBe(lost);
    });
  });

  test('is watched until it is stopped, and nobody waits any more', async () => {
    const one = project();
    let pictures = 0;
    one
      .until(() => {
        pictures++;
        return false;
      }, never)
      .catch(() => {});
    show();
    one.stop();
    expect(signal?.aborted).toBe(true);
    show();
    expect(pictures).toBe(1);
  });
});

describe('on a server', () => {
  let server: Sandbox;
  const started: RunningProject[] = [];
  const at = (name: string) => `.restaurant-deploy/apps/shop/production/${name}`;

  /** Compose that starts one container, and containers of it that are there from then on. */
  const DOCKER = (compose: string) => `case "$1 $2" in
    'compose --ansi') ${compose} ;;
    'ps -a') case "$*" in *'{{.State}}'*) [ ! -e "$HOME/up" ] || printf 'id1 running web\\nid2 running worker\\n' ;; *) printf 'id1 web-1 (Exited)\\n' ;; esac ;;
    'inspect -f') printf '%s\\n' '${container('web', { address: '172.18.0.3' })}' '${container('worker')}' ;;
    'logs --tail') echo "log of $4, at most $3 lines" ;;
  esac`;

  function start(onSaid: (line: string) => void = () => {}): RunningProject {
    const { paths } = facts();
    const root = server.path(at('.').replace('/.', ''));
    const host = new Server(server.host, facts({ paths: { ...paths, root } }));
    const project = new RunningProject(host, 'ours', request(server.path(at('releases/r2'))), onSaid);
    started.push(project);
    return project;
  }

  beforeEach(() => {
    server = new Sandbox();
    server.write(at('lease'), '{"token":"ours"}');
    server.write(at('releases/r2/.env'), '');
  });
  afterEach(() => {
    for (const project of started.splice(0)) project.stop();
    server.remove();
  });

  test('a project comes up, its routed containers join the edge once, and its words are told', async () => {
    server.docker(
      DOCKER('echo " Container web-1  Starting"; touch "$HOME/up"; echo " Container web-1  Started"; exit 0'),
    );
    const said: string[] = [];
    const project = start((line) => said.push(line));
    const picture = await project.until((now) => now.up === 0 && now.readiness.state === 'ready', never);
    let more = 0;
    await project.until(() => ++more > 2, never);
    project.stop();
    expect([...picture.addresses]).toEqual([['web', ['172.18.0.3']]]);
    expect(said).toEqual(['Container web-1  Starting', 'Container web-1  Started']);
    const calls = server.calls();
    expect(calls.find(([word]) => word === 'compose')).toEqual([
      ...['compose', '--ansi', 'never', '-p', PROJECT, '--env-file', '.env', '-f', 'compose.green.json'],
      ...['up', '-d', '--no-build'],
    ]);
    expect(calls.filter(([word]) => word === 'network')).toEqual([
      ['network', 'connect', '--alias', 'shop-production-green-web', EDGE_NAME, 'id1'],
    ]);
    const [list] = calls.filter(([word]) => word === 'ps');
    expect(list).toContain(`label=com.docker.compose.project=${PROJECT}`);
  });

  test('a place on the network of the edge that a dead container kept is freed', async () => {
    const joined = container('web', { address: '172.18.0.3' });
    server.docker(`case "$1 $2" in
      'network connect') [ -e "$HOME/freed" ] && touch "$HOME/joined" ||
        { echo 'endpoint with name web-1 already exists in network restaurant-deploy-edge' >&2; exit 1; } ;;
      'network disconnect') touch "$HOME/freed" ;;
      'ps -a') echo 'id1 running web' ;;
      'inspect -f') case "$3 $(ls "$HOME/joined" 2>/dev/null)" in
        *'{{with index'*joined) echo 172.18.0.3 ;; *'{{with index'*) ;;
        *joined) printf '%s\\n' '${joined}' ;; *) printf '%s\\n' '${container('web')}' ;;
      esac ;;
    esac`);
    const said: string[] = [];
    const project = start((line) => said.push(line));
    const picture = await project.until((now) => now.addresses.size > 0, never);
    let more = 0;
    await project.until(() => ++more > 3, never);
    project.stop();
    expect([...picture.addresses]).toEqual([['web', ['172.18.0.3']]]);
    expect(said).toEqual([]);
    const joins = server.calls().filter(([word]) => word === 'network');
    expect(joins.map((words) => words.slice(1).join(' '))).toEqual([
      `connect --alias shop-production-green-web ${EDGE_NAME} id1`,
      `disconnect -f ${EDGE_NAME} id1`,
      `connect --alias shop-production-green-web ${EDGE_NAME} id1`,
    ]);
  });

  test('the words of a Compose that fails are the error', async () => {
    server.docker(DOCKER("echo 'no such image: x' >&2; exit 17"));
    const project = start();
    const failing = project.until((picture) => {
      project.check(picture, 'deploy@server');
      return false;
    }, never);
    await expect(failing).rejects.toMatchObject({
      faults: [{ code: 'compose-up', what: 'Compose could not start the project: no such image: x' }],
    });
  });

  test('a container that crashes at once is seen, and is not taken for an old standby', async () => {
    const crashed = container('web', { status: 'exited', exit: 1 }).replace('2030-01-01T00:00:00Z', '%s');
    server.docker(`case "$1 $2" in
      'compose --ansi') date -u +%Y-%m-%dT%H:%M:%S.%3NZ >"$HOME/up"; sleep 0.3 ;;
      # The first look comes when all is over.
      'ps -a') until [ -e "$HOME/up" ]; do sleep 0.02; done; echo 'id1 exited web' ;;
      'inspect -f') printf '${crashed}\\n' "$(cat "$HOME/up")" ;;
    esac`);
    const project = start();
    const failing = project.until((picture) => {
      project.check(picture, 'deploy@server');
      return false;
    }, never);
    await expect(failing).rejects.toMatchObject({ faults: [{ code: 'app-not-ready' }] });
    project.stop();
  });

  test('without our lease nothing is started', async () => {
    server.write(at('lease'), '{"token":"theirs"}');
    await expect(start().until(() => true, never)).rejects.toThrow('ended (75)');
    expect(server.calls()).toEqual([]);
  });

  test('a watch that is stopped takes a Compose that hangs with it', async () => {
    server.docker(DOCKER('echo $$ >"$HOME/compose"; exec sleep 60'));
    const project = start();
    await project.until((picture) => picture.up === undefined, never);
    await until('Compose', () => (server.read('compose') ?? '').endsWith('\n'));
    const pid = Number(server.read('compose'));
    expect(alive(pid)).toBe(true);
    project.stop();
    await until('its end', () => !alive(pid));
  });

  test('a line that is no container is the error of the watch, and ends nothing else', async () => {
    server.docker(DOCKER('touch "$HOME/up"').replaceAll('"Name"', '"Nom'));
    await expect(start().until(() => false, never)).rejects.toThrow();
  });

  test('the last words of its containers are read, and never fail', async () => {
    server.docker(DOCKER(':'));
    const host = new Server(server.host, facts());
    expect(await logsOf(host, PROJECT)).toBe('--- web-1 (Exited)\nlog of id1, at most 30 lines');
    const lost = { ...server.host, run: () => Promise.reject(new Error('gone')) } as unknown as Host;
    expect(await logsOf(new Server(lost, facts()), PROJECT)).toBe('(no logs: gone)');
  });
});
