import { demandRoom, lackingBytes } from '../../../../src/build/registry/space.ts';
import { Sandbox } from '../../deploy/sandbox.ts';

const image = { id: 'sha256:1', architecture: 'amd64', bytes: 100_000_000, layers: ['a', 'b', 'c', 'd'] };

test.each([
  [0, 100_000_000],
  // One layer of the four has no size: it may be any of those that are there.
  [1, 100_000_000],
  [2, 20_000_000],
  [3, 10_000_000],
  [4, 0],
])('with %i layers there, %i bytes are lacking', (present, lacking) =>
  expect(lackingBytes(image, [80_000_000, 10_000_000, 10_000_000], present)).toBe(lacking),
);

describe('the room for a pull', () => {
  let runner: Sandbox;
  let server: Sandbox;
  beforeEach(() => {
    [runner, server] = [new Sandbox(), new Sandbox()];
    runner.docker('printf "10000000\\n0\\n80000000\\n5000000\\n5000000\\n"');
    server.docker(`case "$1 $2" in
      'image ls') echo sha256:2 ;;
      'image inspect') echo '["a","b","c"]' ;;
    esac`);
  });
  afterEach(() => {
    runner.remove();
    server.remove();
  });
  const demand = (freeBytes: number) =>
    demandRoom(runner.host, [{ host: server.host, freeBytes }], [image, image], new AbortController().signal);

  test('is there: nobody is asked', async () => {
    await demand(150_000_000);
    expect([...runner.calls(), ...server.calls()]).toEqual([]);
  });

  test('is there once it is known what else is', async () => {
    await demand(15_000_000);
    expect(runner.calls()).toHaveLength(1);
  });

  test('is not: both numbers are told', async () => {
    await expect(demand(14_000_000)).rejects.toMatchObject({
      faults: [
        {
          code: 'host-disk-full',
          what: 'The images need 15 MB while they are pulled, 14 MB are free on the server.',
        },
      ],
    });
  });
});
