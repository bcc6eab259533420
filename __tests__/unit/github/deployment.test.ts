import {
  createDeployment,
  type Deployment,
  type DeploymentSpec,
  retireAll,
  setState,
} from '../../../src/github/deployment.ts';
import { type Api, clientOf, startGithub } from './api.ts';

const RUN = 'https://github.com/acme/restaurant/actions/runs/42';
const SPEC: DeploymentSpec = {
  app: 'restaurant',
  environment: 'production',
  ref: '1234567890123456789012345678901234567890',
  task: 'deploy',
  runUrl: RUN,
  attempt: 2,
  description: 'deploy of restaurant by ann',
  transient: false,
};

let api: Api;
beforeEach(async () => {
  api = await startGithub();
});
afterEach(async () => {
  await api.close();
  // A request that GitHub would not understand is a fault also where its error is forgiven.
  expect(api.wrong).toEqual([]);
});

async function made(spec: Partial<DeploymentSpec> = {}): Promise<Deployment> {
  const deployment = await createDeployment(clientOf(api), { ...SPEC, ...spec });
  if (!deployment) throw new Error('none was made');
  return deployment;
}

test('it is made of the very commit, without a merge and without waiting for checks', async () => {
  const { id } = await made();
  expect(api.repository.deployments).toEqual([
    expect.objectContaining({
      id,
      ref: SPEC.ref,
      sha: SPEC.ref,
      task: 'deploy',
      environment: 'production',
      production_environment: true,
      transient_environment: false,
      description: SPEC.description,
      payload: { app: 'restaurant', run: `${RUN}/attempts/2` },
    }),
  ]);
  expect(api.repository.states(id)).toEqual([]);
  expect(api.requests.find(({ method }) => method === 'POST')?.body).toMatchObject({
    auto_merge: false,
    required_contexts: [],
  });
});

test('its states are told one after the other, with the log of this attempt and the address', async () => {
  const deployment = await made();
  await setState(clientOf(api), deployment, 'in_progress');
  await setState(clientOf(api), deployment, 'success', {
    description: 'r2 serves',
    url: 'https://a.example',
  });
  expect(api.repository.states(deployment.id)).toEqual(['in_progress', 'success']);
  expect(api.repository.deployments[0]?.statuses.at(-1)).toMatchObject({
    log_url: `${RUN}/attempts/2`,
    environment_url: 'https://a.example',
    description: 'r2 serves',
  });
});

test('a description that is too long is cut, by characters', async () => {
  const deployment = await made({ description: '🍝'.repeat(200) });
  await setState(clientOf(api), deployment, 'failure', { description: 'x'.repeat(500) });
  expect([...(api.repository.deployments[0]?.description ?? '')]).toHaveLength(140);
  expect(api.repository.deployments[0]?.statuses.at(-1)?.description).toHaveLength(140);
});

test.each(['production', 'staging'])(
  'one that succeeds in %s takes the place of the one before',
  async (name) => {
    const first = await made({ environment: name });
    await setState(clientOf(api), first, 'success');
    const other = await made({ environment: name === 'staging' ? 'production' : 'staging' });
    await setState(clientOf(api), other, 'success');
    const second = await made({ environment: name });
    await setState(clientOf(api), second, 'success');
    expect(api.repository.states(first.id)).toEqual(['success', 'inactive']);
    expect(api.repository.states(second.id)).toEqual(['success']);
    expect(api.repository.states(other.id)).toEqual(['success']);
  },
);

test('in production, another app of the repository keeps its own, and one that failed leaves all as it is', async () => {
  const other = await made({ app: 'shop' });
  await setState(clientOf(api), other, 'success');
  const good = await made();
  await setState(clientOf(api), good, 'success');
  const bad = await made();
  await setState(clientOf(api), bad, 'failure');
  expect(api.repository.states(other.id)).toEqual(['success']);
  expect(api.repository.states(good.id)).toEqual(['success']);
});

test("none is made beside that of the job's own environment", async () => {
  const own = api.repository.addJobDeployment('production', RUN);
  expect(await createDeployment(clientOf(api), SPEC)).toBeUndefined();
  expect(api.repository.deployments).toHaveLength(1);
  expect(api.repository.states(own.id)).toEqual(['in_progress']);
});

test.each([
  ['of another run', 'production', 'https://github.com/acme/restaurant/actions/runs/421'],
  ['of another environment', 'approval', RUN],
])('one that GitHub made %s is no reason to make none', async (_, environment, run) => {
  api.repository.addJobDeployment(environment, run);
  await made();
  expect(api.repository.deployments).toHaveLength(2);
});

test('an answer that is lost makes no second deployment; a failure before it does not end it', async () => {
  api.fail({ match: /^POST .*\/deployments$/, status: 502, times: 1, done: true });
  const { id } = await made();
  expect(api.repository.deployments.map((one) => one.id)).toEqual([id]);

  api.fail({ match: /^POST .*\/deployments$/, status: 503, times: 1 });
  await made({ attempt: 3 });
  expect(api.repository.deployments).toHaveLength(2);
});

test('an environment that is gone has no active deployment left, and others keep theirs', async () => {
  const preview = { environment: 'pr-7', transient: true };
  const first = await made(preview);
  await setState(clientOf(api), first, 'success');
  const second = await made({ ...preview, attempt: 3 });
  await setState(clientOf(api), second, 'failure');
  const kept = await made();
  await setState(clientOf(api), kept, 'success');
  await retireAll(clientOf(api), 'pr-7', 'restaurant', RUN);
  expect(api.repository.states(first.id)).toEqual(['success', 'inactive']);
  expect(api.repository.states(second.id)).toEqual(['failure']);
  expect(api.repository.states(kept.id)).toEqual(['success']);
  expect(api.repository.deployments[0]).toMatchObject({
    transient_environment: true,
    production_environment: false,
  });
});
