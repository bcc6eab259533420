import { readModel } from '../../../src/compose/model.ts';
import { cautions, memoryLimits } from '../../../src/deploy/cautions.ts';
import { facts, NOW } from './records.ts';

const MB = 1024 * 1024;
const told = (more: Parameters<typeof facts>[0], wanted = 0) =>
  cautions(facts(more), 'deploy@server', NOW, wanted).map(({ code, what }) => [code, what]);

test('a server that is well gives no cause', () => {
  expect(told({})).toEqual([]);
  expect(told({ clockMs: NOW - 59_000, availableBytes: 128 * MB })).toEqual([]);
  expect(told({ clockMs: undefined, availableBytes: Number.POSITIVE_INFINITY }, 1e15)).toEqual([]);
});

test.each([
  [NOW + 3_600_000, "The clock of the server is 3600 s ahead of the runner's."],
  [NOW - 61_000, "The clock of the server is 61 s behind the runner's."],
])('a clock that is wrong', (clockMs, what) => expect(told({ clockMs })).toEqual([['host-clock', what]]));

test('little memory, and less than the limits of the new color ask for', () => {
  expect(told({ availableBytes: 100 * MB })).toEqual([
    ['host-memory', 'Only 100 MB of memory are free, and two copies of the app run at once for a while.'],
  ]);
  expect(told({ availableBytes: 700 * MB }, 700 * MB)).toEqual([]);
  expect(told({ availableBytes: 700 * MB }, 1024 * MB)).toEqual([
    [
      'host-memory',
      '700 MB of memory are free, and the new color may take 1024 MB by its limits, beside the old one.',
    ],
  ]);
});

test('the limits of the services that a color has, with their copies', () => {
  const model = readModel(
    JSON.stringify({
      name: 'shop',
      services: {
        web: { image: 'a', deploy: { replicas: 2, resources: { limits: { memory: '104857600' } } } },
        worker: { image: 'b', mem_limit: '52428800' },
        free: { image: 'c' },
        db: { image: 'd', mem_limit: '1073741824' },
      },
    }),
  );
  expect(memoryLimits(model, ['db'])).toBe(250 * MB);
});
