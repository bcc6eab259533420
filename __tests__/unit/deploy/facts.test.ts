import { createHash } from 'node:crypto';
import { jest } from '@jest/globals';
import { readBatch } from '../../../src/commands/batch.ts';
import { familiarName, inspect, readFacts } from '../../../src/deploy/facts.ts';
import { HELD } from '../../../src/deploy/lease.ts';
import { EMPTY_EDGE, placeColor } from '../../../src/edge/state.ts';
import { entry, journal, release, state } from './records.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

/** A Docker that works, with nothing in it. */
const DOCKER = `case "$1 $2" in
  'version --format') echo 26.1.5+dfsg1 ;;
  'compose version') echo v2.26.1-4 ;;
  'inspect -f') exit 1 ;;
esac`;
const AT = '.restaurant-deploy/apps/shop/production';

let server: Sandbox;
beforeEach(() => {
  server = new Sandbox();
  server.docker(DOCKER);
});
afterEach(() => server.remove());

/** What a look at the server prints. */
async function look(images: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await server.run(inspect('shop', 'production', images));
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}
const read = async (images: readonly string[] = []) => readFacts(await look(images), 'shop', 'production');

type Answer = { readonly code?: number; readonly stdout?: string; readonly stderr?: string };

/** The facts of a bare server, but for some answers. */
function factsWith(answers: Readonly<Record<string, Answer>>) {
  const all: Record<string, Answer> = {
    home: { stdout: '/home/deploy\n' },
    ...Object.fromEntries(
      ['edgeState', 'active', 'state', 'journal', 'ledger', 'releases', 'sharedSum'].map((name) => [
        name,
        {},
      ]),
    ),
    ...answers,
  };
  const count = (text: string) => text.split('\n').length - 1;
  const frames = Object.entries(all).map(
    ([name, { code = 0, stdout = '', stderr = '' }]) =>
      `@${name} ${code} ${count(stdout)} ${count(stderr)}\n${stdout}\n${stderr}\n`,
  );
  return readFacts(frames.join(''), 'shop', 'production');
}

test('a bare server', async () => {
  server.tool('cat', `case "$*" in */proc/net/*) exit 0 ;; esac; PATH=${process.env.PATH} exec cat "$@"`);
  const facts = await read();
  expect(facts).toMatchObject({
    uid: process.getuid?.(),
    architecture: process.arch === 'x64' ? 'x86_64' : expect.any(String),
    engine: '26.1.5+dfsg1',
    engineSaid: '',
    compose: '2.26.1-4',
    edge: { state: EMPTY_EDGE, seen: '', running: false, active: new Map(), listening: [], publishers: [] },
    state: undefined,
    journal: undefined,
    ledger: [],
    releases: [],
    sharedSum: '',
    images: new Map(),
    containers: [],
  });
  expect(facts.freeBytes).toBeGreaterThan(0);
  expect(facts.availableBytes).toBeGreaterThan(1024 * 1024);
  expect(facts.availableBytes).toBeLessThan(1e15);
  expect(Math.abs((facts.clockMs ?? 0) - Date.now())).toBeLessThan(30_000);
  expect(facts.paths.root).toBe(`${server.home}/${AT}`);
  expect(facts.paths.release('r1')).toBe(`${server.home}/${AT}/releases/r1`);
});

test('a server with everything', async () => {
  const edge = placeColor(
    EMPTY_EDGE,
    'shop/production',
    'blue',
    [{ service: 'web', port: 80, alias: 'shop-production-blue-web', replicas: 1 }],
    [{ hosts: ['www.example.com'], service: 'web', port: 80, redirect: false }],
  );
  const edgeJson = `${JSON.stringify(edge, null, 1)}\n`;
  const [older, newer] = [
    release('r1', { createdAt: '2026-01-01' }),
    release('a2', { createdAt: '2026-01-02' }),
  ];
  server.write('.restaurant-deploy/edge/edge.json', edgeJson);
  server.write('.restaurant-deploy/edge/maps/active.map', 'shop/production blue\nblog/production green\n');
  server.write(`${AT}/state.json`, JSON.stringify(state()));
  server.write(`${AT}/journal.json`, `${JSON.stringify(journal())}\n`);
  server.write(`${AT}/ledger.jsonl`, `${JSON.stringify(entry('r1'))}\n${JSON.stringify(entry('a2'))}\n`);
  server.write(`${AT}/releases/a2/release.json`, JSON.stringify(newer));
  server.write(`${AT}/releases/r1/release.json`, `${JSON.stringify(older)}\n`);
  server.write(`${AT}/shared/sum`, 'abc');
  server.docker(`case "$1 $2 $3" in
    'inspect -f {{.State.Running}}') echo true ;;
    'ps -a --filter') printf 'shop-production-blue-web-1\\tweb\\tblue\\tr1\\trunning\\tUp 3 minutes (healthy)\\nx\\t\\t\\t\\t\\t\\n' ;;
    'image inspect --format')
      echo 'sha256:1 ["nginx:alpine","me/nginx:1"] ["nginx@sha256:aa"]'
      echo 'sha256:2 [] null'
      echo 'Error: No such image: gone' >&2; exit 1 ;;
    *) ${DOCKER}
  esac`);
  const facts = await read(['nginx:alpine', 'gone']);
  // The mark is the one that the next writer of the file compares.
  const sum = await server.run({ argv: ['sha256sum', server.path('.restaurant-deploy/edge/edge.json')] });
  expect(facts.edge.seen).toBe(sum.stdout.split(' ')[0]);
  expect(facts.edge).toEqual({
    state: edge,
    seen: createHash('sha256').update(edgeJson).digest('hex'),
    running: true,
    active: new Map([
      ['shop/production', 'blue'],
      ['blog/production', 'green'],
    ]),
    listening: [],
    publishers: [],
  });
  expect(facts).toMatchObject({
    state: state(),
    journal: journal(),
    ledger: [entry('r1'), entry('a2')],
    releases: [older, newer],
    sharedSum: 'abc',
    images: new Map([
      ['nginx:alpine', 'sha256:1'],
      ['me/nginx:1', 'sha256:1'],
      ['nginx@sha256:aa', 'sha256:1'],
    ]),
    containers: [
      {
        name: 'shop-production-blue-web-1',
        service: 'web',
        color: 'blue',
        release: 'r1',
        state: 'running',
        status: 'Up 3 minutes (healthy)',
      },
      { name: 'x', service: '', color: '', release: '', state: '', status: '' },
    ],
  });
  const asked = server.calls().find((call) => call[0] === 'image');
  expect(asked?.slice(-2)).toEqual(['nginx:alpine', 'gone']);
});

describe('the machine', () => {
  const toolsBut = (docker: string) => {
    server.tool('docker', docker);
    return read();
  };

  test('with Docker of its own', async () => {
    server.docker(
      "case \"$1 $2\" in 'version --format') echo '26.1.5 linux/arm64 Engine,containerd,' ;; esac",
    );
    const { machine, engineIs, engine, architecture } = await read();
    expect(machine).toMatchObject({ system: 'Linux', podman: false, closed: [] });
    expect(machine.client).toMatch(/\/docker$/);
    expect({ engine, architecture, ...engineIs }).toMatchObject({
      engine: '26.1.5',
      // An older userland on a newer kernel runs images of its own kind.
      architecture: 'arm64',
      os: 'linux',
      parts: 'Engine,containerd,',
    });
  });

  test('with a stand-in of Podman', async () => {
    const facts = await toolsBut(
      '[ -e /etc/containers/nodocker ] || echo "Emulate Docker CLI using podman." >&2\nexec /usr/bin/podman "$@"',
    );
    expect(facts.machine.podman).toBe(true);
  });

  test('of which the folders are where the user can not write', async () => {
    // Root may do all, so what [ says is given here; that it is asked of the right folders is what is tested.
    server.write('.restaurant-deploy/edge/edge.json', '');
    const { stdout } = await server.run(inspect('shop', 'production', []));
    expect(readFacts(stdout, 'shop', 'production').machine.closed).toEqual([]);
    expect(
      factsWith({ machine: { stdout: 'system Linux\nclosed .\nclosed ./.restaurant-deploy/edge\n' } })
        .machine,
    ).toEqual({
      system: 'Linux',
      client: '',
      podman: false,
      closed: ['~', '~/.restaurant-deploy/edge'],
    });
  });
});

describe('Docker', () => {
  test('that is not there, in any language', async () => {
    server.docker("echo 'sh: 1: docker: introuvable' >&2; exit 127");
    const facts = await read();
    expect([facts.engine, facts.engineSaid, facts.compose]).toEqual([undefined, 'not found', undefined]);
    expect([facts.edge.running, facts.containers]).toEqual([false, []]);
  });

  test.each([
    ['is down', 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n'],
    ['is not allowed', 'permission denied while trying to connect to the Docker daemon socket\n'],
  ])('that %s', (_, stderr) => {
    const { engine, engineSaid } = factsWith({ engine: { code: 1, stdout: '\n', stderr } });
    expect([engine, engineSaid]).toEqual([undefined, stderr.trim()]);
  });

  test.each<[string, Answer, string | undefined]>([
    ['no Compose', { code: 125, stderr: 'unknown flag: --short\n' }, undefined],
    ['a Compose that says nothing', { code: 0 }, undefined],
    ['Compose', { stdout: '2.24.6\n' }, '2.24.6'],
    ['Compose with a v', { stdout: 'v2.35.1-desktop.1\n' }, '2.35.1-desktop.1'],
  ])('with %s', (_, compose, version) => {
    expect(factsWith({ compose }).compose).toBe(version);
  });
});

describe('the ports', () => {
  const row = (address: string, status: string) =>
    `   0: ${address} 00000000:0000 ${status} 00000000:00000000\\n`;
  const rows = [
    row('00000000:01BB', '0A'),
    row('0100007F:0050', '0A'),
    row('00000000000000000000000000000000:01BB', '0A'),
    row('00000000:0016', '0A'),
    row('00500000:1F50', '0A'),
    // A connection, no listener.
    row('0100007F:0050', '01'),
  ];

  test.each([
    ['that are listened at are told, and the containers that publish them, whatever they are called', false],
    ['are not looked at while the edge has them', true],
  ])('%s', async (_, running) => {
    server.tool(
      'cat',
      `case "$*" in */proc/net/*) printf '  sl local_address rem_address st\\n${rows.join('')}' ;; *) PATH=${process.env.PATH} exec cat "$@" ;; esac`,
    );
    server.docker(
      `case "$1 $2" in 'inspect -f') echo ${running} ;; 'ps --filter') printf 'publish CAFE\\npublish 0050\\n' ;; *) ${DOCKER}\nesac`,
    );
    expect((await read()).edge).toMatchObject(
      running
        ? { running, listening: [], publishers: [] }
        : { running, listening: [80, 443], publishers: ['CAFE', '0050'] },
    );
  });

  test.each<[string, string, number[], string[]]>([
    ['nobody', 'false\n', [], []],
    ['no container', 'false\nlisten 443\n', [443], []],
    ['an edge that is not there', 'false\nlisten 80\npublish web\n', [80], ['web']],
    ['no answer', '', [], []],
  ])('of %s', (_, stdout, listening, publishers) => {
    expect(factsWith({ edge: { stdout } }).edge).toMatchObject({ running: false, listening, publishers });
  });
});

test.each([
  ['/dev/vda1         41152736 8000000  31000000      21% /\n', 31_000_000 * 1024],
  ['//host/my share   41152736 8000000      1024      99% /var/lib/docker\n', 1024 * 1024],
  ['overlay           41152736 41152736        0     100% /\n', 0],
  ['overlay           41152736 41152736      -10     101% /\n', -10 * 1024],
  ['', Number.POSITIVE_INFINITY],
  ['df: no such thing\n', Number.POSITIVE_INFINITY],
])('free space of %j', (row, bytes) => {
  const stdout = `Filesystem     1024-blocks    Used Available Capacity Mounted on\n${row}`;
  expect(factsWith({ disk: { stdout } }).freeBytes).toBe(bytes);
});

test('memory and clock that nobody tells of are no reason for anything', () => {
  for (const stdout of ['', 'awk: no such file\n'])
    expect(factsWith({ memory: { stdout }, clock: { stdout }, socket: { stdout } })).toMatchObject({
      availableBytes: Number.POSITIVE_INFINITY,
      clockMs: undefined,
      dockerSocket: false,
    });
});

describe('records', () => {
  test.each(['state', 'journal', 'edgeState'])('%s that is damaged is an error that names it', (name) => {
    expect(() => factsWith({ [name]: { stdout: '{"active": "blue", ' } })).toThrow(
      new RegExp(`^${name}: .*JSON`),
    );
  });

  test.each([
    ['state', '{"active": "red"}'],
    ['journal', '{"kind": "deploy"}'],
    ['edgeState', '{"slots": [{"slot": "slot99"}], "hosts": []}'],
  ])('%s that says something else is an error', (name, stdout) => {
    expect(() => factsWith({ [name]: { stdout } })).toThrow();
  });

  const OWN = {
    state: `${AT}/state.json`,
    journal: `${AT}/journal.json`,
    releases: `${AT}/releases/r1/release.json`,
    active: '.restaurant-deploy/edge/maps/active.map',
    edgeState: '.restaurant-deploy/edge/edge.json',
    sharedSum: `${AT}/shared/sum`,
  };

  test('one that can not be read is an error, and not a file that is not there', async () => {
    for (const file of Object.values(OWN)) server.write(file, 'x');
    server.tool(
      'cat',
      `case "$*" in *.restaurant-deploy*) echo "cat: $1: Input/output error" >&2; exit 1 ;; esac; PATH=${process.env.PATH} exec cat "$@"`,
    );
    const answers = readBatch(await look());
    for (const name of Object.keys(OWN)) {
      const answer = answers.get(name) ?? {};
      expect(answer).toMatchObject({ code: 1 });
      expect(() => factsWith({ [name]: answer })).toThrow(new RegExp(`^${name}: cat: .*Input/output error`));
    }
  });

  test.each(['home', 'ledger', ...Object.keys(OWN)])('no answer for %s is an error', (name) => {
    expect(() => factsWith({ [name]: { code: 1, stderr: 'no room\n' } })).toThrow(`${name}: no room`);
    expect(() => factsWith({ [name]: { code: 1 } })).toThrow(`${name}: no answer`);
  });

  test('a file that goes while it is read is one that is not there', async () => {
    server.write(`${AT}/journal.json`, JSON.stringify(journal()));
    server.tool(
      'cat',
      `PATH=${process.env.PATH}; case "$*" in *journal.json) rm "$1" ;; esac; exec cat "$@" 2>/dev/null`,
    );
    expect((await read()).journal).toBeUndefined();
  });

  test('one that was cut counts as not there, and takes no other with it', async () => {
    server.write(`${AT}/releases/a/release.json`, JSON.stringify(release('a')).slice(0, 40));
    server.write(`${AT}/releases/b/release.json`, JSON.stringify(release('b')));
    server.write(`${AT}/releases/c/release.json`, '');
    server.write(`${AT}/releases/d/release.json`, `${JSON.stringify(release('d'))}\n`);
    server.write(`${AT}/releases/.new/release.json`, JSON.stringify(release('new')));
    const lines = Array.from({ length: 1_200 }, (_, at) => JSON.stringify(entry(`r${at}`)));
    server.write(`${AT}/ledger.jsonl`, `${lines.join('\n')}\n{"at": "2026`);
    const { releases, ledger } = await read();
    expect(releases.map((one) => one.id).sort()).toEqual(['b', 'd']);
    // Of the ledger the newest thousand lines are read.
    expect(ledger).toHaveLength(999);
    expect(ledger.at(-1)?.release).toBe('r1199');
  });

  test('what a login shell prints by itself is no record', () => {
    expect(() => readFacts('Welcome!\n@home 0 1 0\n/home/deploy\n\n\n', 'shop', 'production')).toThrow(
      'no frame at line 1',
    );
  });
});

describe('with the lease', () => {
  const lease = (token: string) => ({ record: JSON.stringify({ token, by: "O'Hara" }), token });

  test('it is taken before anything is read, and what somebody else holds is not read', async () => {
    const { code, stdout } = await server.run(inspect('shop', 'production', [], lease('one')));
    expect(code).toBe(0);
    expect(readFacts(stdout, 'shop', 'production').engine).toBe('26.1.5+dfsg1');
    expect(server.read(`${AT}/lease`)).toBe(lease('one').record);
    server.calls();
    const held = await server.run(inspect('shop', 'production', [], lease('two')));
    expect(held.code).toBe(HELD);
    expect(JSON.parse(held.stdout.split('\n').slice(1).join('\n'))).toEqual(JSON.parse(lease('one').record));
    expect(server.calls()).toEqual([]);
  });

  test('without it nothing is made on the server', async () => {
    await read();
    expect(server.read(`${AT}/lease`)).toBeUndefined();
    const { stdout } = await server.run({ argv: ['ls', '-A', server.home] });
    expect(stdout).toBe('');
  });
});

test.each([
  ['nginx', 'nginx:latest'],
  ['nginx:1.27', 'nginx:1.27'],
  ['library/nginx', 'nginx:latest'],
  ['docker.io/library/nginx:1.27', 'nginx:1.27'],
  ['docker.io/nginx', 'nginx:latest'],
  ['index.docker.io/library/nginx', 'nginx:latest'],
  ['docker.io/me/app', 'me/app:latest'],
  ['ghcr.io/org/app', 'ghcr.io/org/app:latest'],
  ['ghcr.io/library/app:2', 'ghcr.io/library/app:2'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['localhost:5000/app:1', 'localhost:5000/app:1'],
  ['nginx@sha256:aa', 'nginx@sha256:aa'],
  ['nginx:1.27@sha256:aa', 'nginx@sha256:aa'],
  ['localhost:5000/app:1@sha256:aa', 'localhost:5000/app@sha256:aa'],
  ['sha256:aa', 'sha256:aa'],
  ['a'.repeat(64), 'a'.repeat(64)],
])('Docker lists %s as %s', (reference, name) => {
  expect(familiarName(reference)).toBe(name);
});
