/**
 * What GitHub does for each operation of api.json.
 *
 * @param {import('./repository.mjs').Repository} repository
 */
export function operations(repository) {
  const root = `https://api.github.com/repos/${repository.name}`;
  const web = `https://github.com/${repository.name}`;
  const missing = { status: 404, body: { message: 'Not Found' } };
  const deploymentOf = ({ request }) => {
    const id = Number(request.params.deployment_id);
    return repository.deployments.find((one) => one.id === id);
  };

  const showDeployment = ({ statuses: _, ...one }) => ({
    ...one,
    ...common('D', one.id, `${root}/deployments/${one.id}`),
    creator: USER,
    statuses_url: `${root}/deployments/${one.id}/statuses`,
    repository_url: root,
  });
  const showStatus = (deployment) => (status) => ({
    ...status,
    ...common('S', status.id, `${root}/deployments/${deployment.id}/statuses/${status.id}`),
    creator: USER,
    deployment_url: `${root}/deployments/${deployment.id}`,
    repository_url: root,
  });
  const showComment = ({ issue, login, type, ...one }) => ({
    author_association: 'NONE',
    ...one,
    ...common('C', one.id, `${root}/issues/comments/${one.id}`),
    html_url: `${web}/pull/${issue}#issuecomment-${one.id}`,
    issue_url: `${root}/issues/${issue}`,
    user: { ...USER, ...(login && { login, type }) },
  });

  return {
    'repos/list-deployments': ({ request }) => {
      const { environment, sha } = request.query;
      const found = repository.deployments.filter(
        (one) => (!environment || one.environment === environment) && (!sha || one.sha === sha),
      );
      return paged(request, found.toReversed().map(showDeployment));
    },
    'repos/create-deployment': ({ request: { body } }) => {
      const { ref, auto_merge, required_contexts, ...fields } = body;
      // The defaults of the API, each of which is a trap for who deploys by itself.
      if (auto_merge !== false) return { status: 202, body: { message: 'Auto-merged the default branch.' } };
      if (required_contexts?.length !== 0)
        return { status: 409, body: { message: 'Conflict: Commit status checks failed.' } };
      if (ref === '') return { status: 422, body: { message: 'No ref found' } };
      const sha = /^[0-9a-f]{40}$/.test(ref) ? ref : 'f'.repeat(40);
      return { status: 201, body: showDeployment(repository.addDeployment({ ...fields, ref, sha })) };
    },
    'repos/list-deployment-statuses': (call) => {
      const deployment = deploymentOf(call);
      if (!deployment) return missing;
      return paged(call.request, deployment.statuses.toReversed().map(showStatus(deployment)));
    },
    'repos/create-deployment-status': (call) => {
      const deployment = deploymentOf(call);
      if (!deployment) return missing;
      const { body } = call.request;
      // Said in prose alone, not in the description's schema.
      if ((body.description ?? '').length > 140)
        return { status: 422, body: { message: 'description is too long (maximum is 140 characters)' } };
      return { status: 201, body: showStatus(deployment)(repository.addStatus(deployment, body)) };
    },
    'issues/list-comments': ({ request }) => {
      const issue = Number(request.params.issue_number);
      return paged(request, repository.comments.filter((one) => one.issue === issue).map(showComment));
    },
    'issues/create-comment': ({ request }) => {
      const issue = Number(request.params.issue_number);
      return (
        tooLong(request) ?? {
          status: 201,
          body: showComment(repository.addComment(issue, request.body.body)),
        }
      );
    },
    'issues/update-comment': ({ request }) => {
      const comment = repository.comments.find((one) => one.id === Number(request.params.comment_id));
      if (!comment) return missing;
      const refused = tooLong(request);
      if (!refused) Object.assign(comment, { body: request.body.body, updated_at: repository.now() });
      return refused ?? { status: 200, body: showComment(comment) };
    },
    'pulls/list': ({ request, api }) => {
      const { state = 'open' } = request.query;
      const found = repository.pulls.filter((one) => state === 'all' || one.state === state);
      const { mock } = api.mockResponseForOperation('pulls/list', { code: 200 });
      return paged(
        request,
        found.map((one) => ({ ...mock[0], ...one })),
      );
    },
  };
}

const COMMENT_LIMIT = 65_536;
const tooLong = ({ body }) =>
  [...body.body].length > COMMENT_LIMIT
    ? { status: 422, body: { message: 'Validation Failed: body is too long (maximum is 65536 characters)' } }
    : undefined;

const common = (letter, id, url) => ({ id, node_id: `${letter}_${id}`, url });

/** One page of a list, with the header by which a client finds the next. */
function paged({ query, path }, all) {
  const size = Number(query.per_page ?? 30);
  const page = Number(query.page ?? 1);
  const headers = {};
  if (page * size < all.length) {
    const next = new URLSearchParams({ ...query, page: String(page + 1) });
    headers.link = `<{url}${path}?${next}>; rel="next"`;
  }
  return { status: 200, headers, body: all.slice((page - 1) * size, page * size) };
}

const LOGIN = 'github-actions[bot]';
const USER = {
  ...{ login: LOGIN, id: 41898282, node_id: 'MDM6Qm90NDE4OTgyODI=', type: 'Bot', site_admin: false },
  gravatar_id: '',
  ...Object.fromEntries(
    [
      ...['avatar', 'events', 'followers', 'following', 'gists', 'html', 'organizations', 'received_events'],
      ...['repos', 'starred'],
    ].map((name) => [`${name}_url`, `https://api.github.com/users/${encodeURIComponent(LOGIN)}/${name}`]),
  ),
  ...{
    subscriptions_url: 'https://api.github.com/subscriptions',
    url: 'https://api.github.com/users/41898282',
  },
};
