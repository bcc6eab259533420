import { absentSecrets } from '../../../src/config/env.ts';
import { absentForBuilds } from '../../../src/deploy/build-secrets.ts';

const standIns = absentSecrets(['TOKEN', 'ARGUMENT', 'TAG', 'OTHER']);
const model = (secrets: readonly { source: string }[] | null) => ({
  services: {
    web: {
      image: `shop:${standIns.TAG}`,
      build: { context: '/w', args: { A: `x${standIns.ARGUMENT}` }, secrets },
    },
    // What a container gets, and what is only pulled, no build needs.
    db: { image: `postgres:${standIns.OTHER}`, environment: { PASSWORD: standIns.OTHER ?? '' } },
  },
  secrets: {
    token: { environment: 'TOKEN' },
    given: { environment: 'GIVEN' },
    empty: { environment: 'EMPTY' },
    nowhere: { environment: 'NOWHERE' },
    file: { file: '/w/token' },
    unused: { environment: 'OTHER' },
  },
});
const filling = { ...standIns, GIVEN: 'x', EMPTY: '' };

test('what images are built with and is not there', () => {
  const all = ['token', 'given', 'empty', 'nowhere', 'file'].map((source) => ({ source }));
  expect(absentForBuilds(model(all), filling).sort()).toEqual([
    'ARGUMENT',
    'EMPTY',
    'NOWHERE',
    'TAG',
    'TOKEN',
  ]);
});

test('is nothing where builds have no secrets', () => {
  expect(absentForBuilds(model(null), {}).sort()).toEqual(['ARGUMENT', 'TAG']);
  expect(absentForBuilds({ services: { web: { image: 'a' } } }, {})).toEqual([]);
});
