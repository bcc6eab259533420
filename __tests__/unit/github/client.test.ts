import { githubFault } from '../../../src/github/answers.ts';
import { retryDelay } from '../../../src/github/patience.ts';
import { type Api, clientOf, type Fault, REPOSITORY, startGithub } from './api.ts';

const LIST = /^GET .*\/deployments$/;
const CREATE = /^POST .*\/deployments$/;

let api: Api;
beforeEach(async () => {
  api = await startGithub();
});
afterEach(() => api.close());

/** What became of a list of deployments, and of the making of one. */
async function tried(write = false, token = api.token) {
  const client = clientOf(api, token);
  const { owner, repo, octokit, waits } = client;
  const error = await (write
    ? octokit.rest.repos.createDeployment({
        owner,
        repo,
        ref: 'main',
        auto_merge: false,
        required_contexts: [],
      })
    : octokit.rest.repos.listDeployments({ owner, repo })
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return {
    error,
    waits,
    requests: api.requests.length,
    fault: githubFault(error, 'It', 'deployments: write'),
  };
}

test.each<[string, Omit<Fault, 'match'>, number[]]>([
  ['500', { status: 500, times: 2 }, [500, 2_000]],
  ['502', { status: 502, times: 1 }, [500]],
  ['a connection that is cut', { times: 1 }, [500]],
  ['429 with its time', { status: 429, headers: { 'retry-after': '7' }, times: 1 }, [7_000]],
  [
    '403 that is a limit',
    { status: 403, message: 'You have exceeded a secondary rate limit', times: 1 },
    [5_000],
  ],
  [
    '403 of a limit that ends soon',
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225603' }, times: 1 },
    [3_000],
  ],
])('after %s it is asked again, and all is well', async (_, fault, waits) => {
  api.fail({ match: LIST, ...fault });
  expect(await tried()).toMatchObject({ error: undefined, waits, requests: waits.length + 1 });
});

test.each<[string, Omit<Fault, 'match'>, number, string]>([
  ['500 for ever', { status: 500 }, 3, 'github-down'],
  ['no connection for ever', {}, 3, 'github-down'],
  ['429 for ever', { status: 429, headers: { 'retry-after': '1' } }, 3, 'github-limit'],
  ['a limit of an hour', { status: 429, headers: { 'retry-after': '3600' } }, 1, 'github-limit'],
  [
    'a limit that is reset too late',
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767228600' } },
    1,
    'github-limit',
  ],
  ['403', { status: 403, message: 'Resource not accessible by integration' }, 1, 'github-permission'],
  ['404', { status: 404 }, 1, 'github-permission'],
  ['422', { status: 422, message: 'Validation Failed' }, 1, 'github-refused'],
  ['401', { status: 401 }, 1, 'github-token'],
])('after %s it is given up, with a word about it', async (_, fault, requests, code) => {
  api.fail({ match: LIST, ...fault });
  expect(await tried()).toMatchObject({ requests, fault: { code } });
});

test('what would be there twice is sent again after a limit, and never when its answer is lost', async () => {
  api.fail({ match: CREATE, status: 429, headers: { 'retry-after': '2' }, times: 1 });
  expect(await tried(true)).toMatchObject({ error: undefined, waits: [2_000] });
  api.fail({ match: CREATE, status: 502 });
  expect(await tried(true)).toMatchObject({ waits: [], fault: { code: 'github-down' } });
  expect(api.repository.deployments).toHaveLength(1);
});

test('a wrong token is told, and never shown', async () => {
  const { fault, error } = await tried(false, 'ghs_stale');
  expect(fault.code).toBe('github-token');
  expect(JSON.stringify([fault, String(error)])).not.toContain('ghs_stale');
});

test('a permission that lacks is told with the line to add', async () => {
  api.deny('deployments: write');
  const { fault } = await tried(true);
  expect(fault).toMatchObject({
    code: 'github-permission',
    remedy: expect.stringContaining('"deployments: write" under "permissions:"'),
  });
});

test('a request that GitHub does not know is found out', async () => {
  const { octokit, owner, repo } = clientOf(api);
  const wrong = { owner, repo, ref: 'main', requird_contexts: [] };
  await octokit.rest.repos.createDeployment(wrong).catch(() => {});
  await octokit.request('POST /repos/{owner}/{repo}/deploymentz', { owner, repo }).catch(() => {});
  expect(api.wrong).toEqual([
    expect.stringContaining('requird_contexts'),
    expect.stringContaining(`/repos/${REPOSITORY}/deploymentz`),
  ]);
});

test('an error that is none of GitHub is one of the line', () => {
  expect(retryDelay(new Error('getaddrinfo ENOTFOUND'), 'GET /x', 1, 0)).toBe(500);
  expect(retryDelay(new Error('getaddrinfo ENOTFOUND'), 'POST /x', 1, 0)).toBeUndefined();
});
