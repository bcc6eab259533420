import { mkdirSync } from 'node:fs';
import { command } from '../../../src/commands/command.ts';
import { pathsOf } from '../../../src/deploy/paths.ts';
import { Server } from '../../../src/deploy/server.ts';
import { AdminSocket } from '../edge/admin-socket.ts';
import { facts } from './records.ts';
import { Sandbox } from './sandbox.ts';

let sandbox: Sandbox;
let server: Server;
const open: AdminSocket[] = [];
const path = () => sandbox.path('.restaurant-deploy/edge/run/admin.sock');

beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('.restaurant-deploy/edge/run'), { recursive: true });
  server = new Server(sandbox.host, facts({ paths: pathsOf(sandbox.home, 'shop', 'production') }));
});
afterEach(async () => {
  server.release();
  for (const one of open.splice(0)) await one.close();
  sandbox.remove();
});

/** Starts an edge that tells its number. */
async function edge(number: number): Promise<AdminSocket> {
  const socket = await AdminSocket.open(path(), () => `edge ${number}\n`);
  open.push(socket);
  return socket;
}
const ask = async () => (await server.runtime()).ask(['show info']);

describe('the admin socket of the edge', () => {
  test('is opened once, also for two who ask at once', async () => {
    const one = await edge(1);
    const [first, second] = await Promise.all([server.runtime(), server.runtime()]);
    expect(first).toBe(second);
    expect(await ask()).toEqual(['edge 1']);
    expect(one.commands).toEqual(['show info']);
  });

  test('is opened anew after a restart of the edge, for the way back needs it', async () => {
    const one = await edge(1);
    const runtime = await server.runtime();
    await one.close();
    open.length = 0;
    await expect(runtime.ask(['show info'])).rejects.toThrow('closed its admin socket');
    await edge(2);
    expect(await ask()).toEqual(['edge 2']);
  });

  test('is tried again when it was not there yet', async () => {
    await expect(server.runtime()).rejects.toThrow(/ENOENT/);
    await edge(3);
    expect(await ask()).toEqual(['edge 3']);
  });
});

describe('a command that has to succeed', () => {
  const failure = { code: 'switch-write', what: 'It could not be written.', remedy: 'Look at the disk.' };

  test('hands on what it said', async () => {
    expect((await server.must(command('echo', 'fine'), failure)).stdout).toBe('fine\n');
  });

  test.each([
    ['its errors', 'echo out; echo err >&2; exit 3', 'err'],
    ['its output when there are none', 'echo out; exit 3', 'out'],
    [
      'its last lines',
      'i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "$i" >&2; done; exit 1',
      Array.from({ length: 30 }, (_, at) => at + 21).join('\n'),
    ],
  ])('and does not is the error given, with %s', async (_, source, evidence) => {
    await expect(server.must(command('sh', '-c', source), failure)).rejects.toMatchObject({
      faults: [{ ...failure, where: 'this runner', evidence }],
    });
  });
});

test('closing the doors of a server whose edge was never asked is no error', () => {
  server.release();
});
