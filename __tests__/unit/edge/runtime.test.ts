import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { askOnce, EdgeRuntime } from '../../../src/edge/runtime.ts';
import { readStats } from '../../../src/edge/stats.ts';
import { DeployError } from '../../../src/errors.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { AdminSocket } from './admin-socket.ts';

const dir = mkdtempSync(join(tmpdir(), 'edge-'));
const host = new LocalHost({}, dir);
const open: { close(): unknown }[] = [];
let number = 0;

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Answers as HAProxy 3.2 gave them. */
const RECORDED: Record<string, string> = {
  'show map /edge/maps/hosts.map':
    '0x7f9f0eea8e80 www.example.com shop/production\n0x7f9f0eea8e90 example.com shop/production\n',
  'show map /edge/maps/redirect.map': '',
  'set map /edge/maps/active.map shop/production green': '',
  'set map /edge/maps/active.map nope green': 'entry not found.\n',
  'get map /edge/maps/active.map a/b':
    'type=str, case=sensitive, found=yes, idx=tree, key="a/b", value="blue", type="str"\n',
  'set server slot99/s state ready': 'No such backend.\n',
  // What `echo` gives back may look like a prompt, at its beginning, in it, and at its end.
  'echo > x': '> x\n',
  'echo two': 'first\n> second\n',
  'echo end': 'first >\n> \n',
  'show stat slot1 2 -1': readFileSync(new URL('./fixtures/busy.csv', import.meta.url), 'utf8'),
};

async function edge(
  answer: (command: string) => string | undefined,
  cut?: (text: string) => readonly string[],
): Promise<{ runtime: EdgeRuntime; socket: AdminSocket }> {
  const path = join(dir, `${++number}.sock`);
  const socket = await AdminSocket.open(path, answer, cut);
  open.push(socket);
  const runtime = await EdgeRuntime.open(host, path);
  open.push(runtime);
  return { runtime, socket };
}

const asRecorded = (command: string) => RECORDED[command] ?? `Unknown command: '${command}'\n`;
const ALL = Object.keys(RECORDED);
const EXPECTED = Object.values(RECORDED).map((answer) => answer.trim());

test('each command has its own answer, in the order of the commands, in one go', async () => {
  const { runtime, socket } = await edge(asRecorded);
  expect(await runtime.ask(ALL)).toEqual(EXPECTED);
  expect(socket.commands).toEqual(ALL);
  expect(await runtime.ask([])).toEqual([]);
});

test('recorded statistics are read from an answer', async () => {
  const { runtime } = await edge(asRecorded);
  const [csv = ''] = await runtime.ask(['show stat slot1 2 -1']);
  expect(readStats(csv).requests).toBe(4);
});

test.each([1, 2, 3, 5, 7, 100])('answers in chunks of %d characters are whole', async (length) => {
  const cut = (text: string) => text.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [];
  const { runtime } = await edge(asRecorded, cut);
  expect(await runtime.ask(ALL)).toEqual(EXPECTED);
  expect(await runtime.ask(['echo two', 'set server slot99/s state ready'])).toEqual([
    'first\n> second',
    'No such backend.',
  ]);
});

test('where the answers are cut makes no difference', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { maxLength: 12 }), async (lengths) => {
      const cut = (text: string) => {
        const chunks: string[] = [];
        let at = 0;
        for (const length of lengths) {
          chunks.push(text.slice(at, at + length + 1));
          at += length + 1;
        }
        return [...chunks, text.slice(at)].filter((chunk) => chunk !== '');
      };
      const { runtime } = await edge(asRecorded, cut);
      expect(await runtime.ask(ALL)).toEqual(EXPECTED);
    }),
    { numRuns: 25 },
  );
});

test('questions asked side by side each get their own answers', async () => {
  const { runtime } = await edge((command) => `${command}!\n`);
  const asked = await Promise.all(['a', 'b', 'c'].map((name) => runtime.ask([`${name}1`, `${name}2`])));
  expect(asked).toEqual([
    ['a1!', 'a2!'],
    ['b1!', 'b2!'],
    ['c1!', 'c2!'],
  ]);
});

describe('an order', () => {
  test('succeeds by silence', async () => {
    const { runtime } = await edge(() => '');
    await runtime.order(['set map /edge/maps/active.map shop/production green', 'add map x y z']);
    await runtime.order([]);
  });

  test('that is refused is an error with the command and the words of the edge', async () => {
    const { runtime } = await edge(asRecorded);
    const order = runtime.order([
      'set map /edge/maps/active.map shop/production green',
      'set map /edge/maps/active.map nope green',
    ]);
    await expect(order).rejects.toMatchObject({
      faults: [
        {
          code: 'edge-refused',
          what: 'The edge refused "set map /edge/maps/active.map nope green": entry not found.',
        },
      ],
    });
  });
});

test.each(['a\nb', 'a;shutdown sessions server slot1/s', 'a\r'])(
  'a command that holds another one is never sent: %j',
  async (command) => {
    const { runtime, socket } = await edge(() => '');
    await expect(runtime.ask([command])).rejects.toThrow(RangeError);
    expect(await runtime.ask(['show info'])).toEqual(['']);
    expect(socket.commands).toEqual(['show info']);
  },
);

describe('an edge that is gone', () => {
  test('fails what waits and what comes later, and tells it', async () => {
    const { runtime } = await edge((command) => (command === 'die' ? undefined : ''));
    let told = 0;
    runtime.onEnd = () => {
      told++;
    };
    const waiting = await Promise.allSettled([runtime.ask(['show info']), runtime.ask(['die', 'show info'])]);
    expect(waiting[0]?.status).toBe('fulfilled');
    expect(waiting[1]).toMatchObject({
      status: 'rejected',
      reason: expect.objectContaining({ faults: [expect.objectContaining({ code: 'edge-lost' })] }),
    });
    await expect(runtime.ask(['show info'])).rejects.toThrow(DeployError);
    await expect(runtime.order(['show info'])).rejects.toThrow(/docker logs restaurant-deploy-edge/);
    expect(told).toBeGreaterThan(0);
  });

  test('that was closed by us takes no more commands', async () => {
    const { runtime } = await edge(() => '');
    runtime.close();
    await expect(runtime.ask(['show info'])).rejects.toThrow(DeployError);
  });

  test('whose socket is not there rejects', async () => {
    await expect(EdgeRuntime.open(host, join(dir, 'none.sock'))).rejects.toThrow(/ENOENT/);
  });

  test('that closes at once rejects', async () => {
    const path = join(dir, 'closing.sock');
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    open.push(server);
    const runtime = await EdgeRuntime.open(host, path);
    await expect(runtime.ask(['show info'])).rejects.toThrow('The edge closed its admin socket');
  });
});

test('a command with a payload has a connection of its own', async () => {
  const path = join(dir, 'once.sock');
  let came = '';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      came += chunk;
      // Without prompt mode HAProxy closes after its answer; a payload ends with an empty line.
      if (came.endsWith('\n\n')) socket.end('Transaction created for certificate /edge/certs/a.pem!\n\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  open.push(server);
  const answer = await askOnce(host, path, 'set ssl cert /edge/certs/a.pem <<\n-----BEGIN\nx\n-----END\n');
  expect(came).toBe('set ssl cert /edge/certs/a.pem <<\n-----BEGIN\nx\n-----END\n\n');
  expect(answer).toBe('Transaction created for certificate /edge/certs/a.pem!\n\n');
});
