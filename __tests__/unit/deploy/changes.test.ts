import { changesBetween } from '../../../src/deploy/changes.ts';
import { release } from './records.ts';

test('a first release adds all', () => {
  expect(
    changesBetween(undefined, release('r1', { images: { web: 'web:1' }, env: { B: '1', A: '2' } })),
  ).toEqual({
    images: [{ service: 'web', from: '', to: 'web:1' }],
    env: { added: ['A', 'B'], removed: [], changed: [] },
  });
});

test('what is the same is no change', () => {
  const one = release('r1', { images: { web: 'web:1' }, env: { A: '1' } });
  expect(changesBetween(one, { ...one, id: 'r2' })).toEqual({
    images: [],
    env: { added: [], removed: [], changed: [] },
  });
});

test('images by service, variables by name alone', () => {
  const before = release('r1', {
    images: { web: 'web:1', db: 'db:1', old: 'old:1' },
    env: { A: '1', B: '1', C: '1' },
  });
  const now = release('r2', {
    images: { web: 'web:2', db: 'db:1', new: 'new:1' },
    env: { B: '2', C: '1', D: '1' },
  });
  const changes = changesBetween(before, now);
  expect(changes).toEqual({
    images: [
      { service: 'web', from: 'web:1', to: 'web:2' },
      { service: 'new', from: '', to: 'new:1' },
    ],
    env: { added: ['D'], removed: ['A'], changed: ['B'] },
  });
});

test('a name that every object knows is a name like any other', () => {
  const now = release('r2', { env: { constructor: '1', toString: '1' }, images: { constructor: 'web:1' } });
  expect(changesBetween(release('r1'), now)).toEqual({
    images: [{ service: 'constructor', from: '', to: 'web:1' }],
    env: { added: ['constructor', 'toString'], removed: [], changed: [] },
  });
  expect(changesBetween(now, release('r3')).env.removed).toEqual(['constructor', 'toString']);
});
