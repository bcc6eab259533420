import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import openapi from 'openapi-backend';
import { operations } from './operations.mjs';
import { Repository } from './repository.mjs';

const DESCRIPTION = JSON.parse(readFileSync(new URL('api.json', import.meta.url), 'utf8'));
/** GitHub gives '' where it has no address. */
const isUri = (text) => text === '' || URL.canParse(text);
const isTime = (text) => !Number.isNaN(Date.parse(text));
const TOKEN = 'ghs_token-of-the-rig';

/**
 * A stand-in for GitHub's API on the loopback: one repository with deployments, comments and pull requests. Requests
 * and answers are checked against GitHub's own description (api.json, see script/github-api.mjs); a request that does not
 * fit is kept in `wrong` beside its answer 400, so that a caller who forgives errors is found out too.
 *
 * @param {{repository?: string, token?: string}} [options] repository: owner/name
 * @returns {Promise<{url: string, token: string, repository: Repository, requests: {method: string, path: string,
 *   body: any}[], wrong: string[], fail: (fault: Fault) => void, deny: (permission: string) => void,
 *   close: () => Promise<void>}>}
 *
 * @typedef {{match: RegExp, status?: number, headers?: Record<string, string>, message?: string, times?: number,
 *   done?: boolean, hang?: boolean}} Fault
 *   match: on `METHOD /path`; no status: the connection is cut; times: how often, for ever without; done: the request
 *   is carried out all the same and only its answer is lost; hang: no
 *   answer ever comes
 */
export async function startGithub({ repository: name = 'acme/restaurant', token = TOKEN } = {}) {
  const requests = [];
  const wrong = [];
  const faults = [];
  const denied = new Set();
  const repository = new Repository(name);

  const api = new openapi.OpenAPIBackend({
    definition: DESCRIPTION,
    quick: true,
    ajvOpts: { strict: false, allErrors: true },
    customizeAjv: (ajv) => ajv.addFormat('uri', isUri).addFormat('date-time', isTime),
  });
  api.register({
    ...operations(repository),
    validationFail: ({ operation, validation, request }) => {
      wrong.push(
        `${operation.operationId}: ${JSON.stringify(validation.errors)} in ${JSON.stringify(request.body)}`,
      );
      return { status: 400, body: { message: 'Problems parsing JSON' } };
    },
    notFound: ({ request }) => {
      wrong.push(`no such operation: ${request.method} ${request.path}`);
      return { status: 404, body: { message: 'Not Found' } };
    },
    postResponseHandler: ({ response, operation, request }) => {
      if (operation === undefined || response === undefined) return response;
      for (const key of unknownKeys(operation, request.body))
        wrong.push(`${operation.operationId} has no ${key}`);
      if (response.status < 300) {
        const { errors } = api.validateResponse(response.body, operation, response.status);
        if (errors)
          throw new Error(`the answer of ${operation.operationId} is wrong: ${JSON.stringify(errors)}`);
      }
      return response;
    },
  });
  await api.init();

  const answer = async (incoming, text) => {
    const url = new URL(incoming.url, 'http://127.0.0.1');
    const body = text === '' ? undefined : JSON.parse(text);
    requests.push({ method: incoming.method, path: url.pathname, body });
    const fault = faults.find(
      (one) => one.times !== 0 && one.match.test(`${incoming.method} ${url.pathname}`),
    );
    const handle = () => {
      if (incoming.headers.authorization !== `token ${token}`)
        return { status: 401, body: { message: 'Bad credentials' } };
      const { method } = incoming;
      const permission = permissionOf(method, url.pathname);
      if (denied.has(permission))
        return { status: 403, body: { message: 'Resource not accessible by integration' } };
      const query = Object.fromEntries(url.searchParams);
      return api.handleRequest({ method, path: url.pathname, body, query, headers: incoming.headers });
    };
    if (!fault) return handle();
    if (fault.times !== undefined) fault.times -= 1;
    if (fault.done) await handle();
    if (fault.hang) return new Promise(() => {});
    if (fault.status === undefined) return undefined;
    return {
      status: fault.status,
      headers: fault.headers,
      body: { message: fault.message ?? 'A fault of the rig' },
    };
  };

  const server = createServer(async (incoming, outgoing) => {
    let text = '';
    for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
    try {
      const response = await answer(incoming, text);
      if (!response) return void incoming.socket.destroy();
      const link = response.headers?.link;
      const headers = { 'content-type': 'application/json', ...response.headers };
      if (link) headers.link = link.replaceAll('{url}', `http://${incoming.headers.host}`);
      outgoing.writeHead(response.status, headers).end(JSON.stringify(response.body));
    } catch (error) {
      wrong.push(String(error.stack ?? error));
      outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"Server Error"}');
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    token,
    repository,
    requests,
    wrong,
    fail: (fault) => void faults.push(fault),
    deny: (permission) => void denied.add(permission),
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

/** The permission of a workflow's token that a request needs, as YAML names it. */
function permissionOf(method, path) {
  const level = method === 'GET' ? 'read' : 'write';
  if (path.includes('/deployments')) return `deployments: ${level}`;
  return `pull-requests: ${level}`;
}

/** Keys of a body that the description does not know: GitHub ignores them, so they are a slip. */
function unknownKeys({ requestBody }, body) {
  const schema = requestBody?.content?.['application/json']?.schema;
  if (!schema?.properties || typeof body !== 'object' || body === null) return [];
  return Object.keys(body).filter((key) => !Object.hasOwn(schema.properties, key));
}
