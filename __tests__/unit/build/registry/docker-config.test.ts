import {
  knowsLogin,
  loginOnly,
  ownConfig,
  readDockerConfig,
} from '../../../../src/build/registry/docker-config.ts';

test('what can not be read is as if there were no logins', () => {
  for (const text of [undefined, '', '{', '[]', '{"auths": 1}']) expect(readDockerConfig(text)).toEqual({});
});

test('a login is known by its entry, that of a store or a helper too', () => {
  const config = readDockerConfig(
    '{"auths": {"ghcr.io": {}, "https://index.docker.io/v1/": {"auth": "x"}}, "credHelpers": {"quay.io": "q"}}',
  );
  expect(['ghcr.io', 'docker.io', 'quay.io', 'example.com'].map((name) => knowsLogin(config, name))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('our own file has the other logins and settings of the user, and no store that a login could stay in', () => {
  const user = {
    auths: { 'ghcr.io': { auth: 'old' }, 'quay.io': {} },
    credsStore: 'desktop',
    credHelpers: { 'ghcr.io': 'gh', 'ecr.example.com': 'ecr' },
    currentContext: 'rootless',
    proxies: { default: { httpProxy: 'http://proxy:3128' } },
  };
  expect(ownConfig(user, 'ghcr.io')).toEqual({
    auths: { 'quay.io': {} },
    credHelpers: { 'quay.io': 'desktop', 'ecr.example.com': 'ecr' },
    currentContext: 'rootless',
    proxies: user.proxies,
  });
  expect(ownConfig({}, 'ghcr.io')).toEqual({ auths: {}, credHelpers: {} });
});

test('a server gets one login and nothing else', () => {
  expect(JSON.parse(loginOnly('docker.io', { username: 'cook', password: 'p:ß"' }))).toEqual({
    auths: { 'https://index.docker.io/v1/': { auth: Buffer.from('cook:p:ß"').toString('base64') } },
  });
});
