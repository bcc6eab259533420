import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { type Problem, quoted } from './problem.ts';

/** Tells what is wrong with a text, or nothing when it is right. */
export type Check = (text: string) => Problem | undefined;

/** Variables that the deploy itself sets for the compose file and the app. */
export const RESERVED = ['IMAGE_TAG', 'COLOR', 'ENVIRONMENT', 'RELEASE', 'DOMAIN_NAME'] as const;
/** Those of them that a user may set all the same. */
export const SETTABLE: readonly string[] = ['ENVIRONMENT', 'DOMAIN_NAME'];

export const APP = '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$';
export const ENVIRONMENT_NAME = '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$';
export const VARIABLE = '^[A-Za-z_][A-Za-z0-9_]*$';
export const SERVICE = '^[a-zA-Z0-9][a-zA-Z0-9._-]*$';

/** A check by a pattern; `is` says in words what the pattern wants. */
export function matches(pattern: string, is: string, example: string): Check {
  const right = new RegExp(pattern);
  return (text) =>
    right.test(text)
      ? undefined
      : { what: `must be ${is}, not ${quoted(text)}`, remedy: `Write for instance "${example}".` };
}

/** A DNS label in lower case, as far as a text can be turned into one. */
const asLabel = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

function label(pattern: string, most: number): Check {
  const right = new RegExp(pattern);
  return (text) => {
    if (right.test(text)) return undefined;
    const meant = asLabel(text.slice(0, 200)).slice(0, most).replace(/-+$/, '');
    return {
      what: `must be 1 to ${most} lower-case letters, digits and inner dashes, not ${quoted(text)}`,
      remedy: `Write for instance "${meant === '' ? 'restaurant' : meant}".`,
    };
  };
}

export const appName: Check = label(APP, 40);
export const environmentName: Check = label(ENVIRONMENT_NAME, 32);
export const variableName: Check = matches(
  VARIABLE,
  'the name of a variable: letters, digits and _, no digit first',
  'DB_PASSWORD',
);
export const stepName: Check = matches(SERVICE, 'a name of letters, digits, ".", "_" and "-"', 'frontend');
export const serviceName: Check = matches(SERVICE, 'the name of a service of the compose file', 'web');

const HOSTNAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** A public hostname: nothing but the name. */
export const hostname: Check = (text) => {
  if (HOSTNAME.test(text)) return undefined;
  const bare = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[:/?#].*$/s, '');
  const remedy = (name: string) =>
    HOSTNAME.test(name) ? `Write "${name}".` : 'Write for instance "www.example.com".';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return { what: `must be a bare hostname, without a scheme: ${quoted(text)}`, remedy: remedy(bare) };
  }
  if (text.includes('*')) {
    return {
      what: `must be one hostname, not the wildcard ${quoted(text)}`,
      remedy: 'List every hostname by itself.',
    };
  }
  if (/[/?#]/.test(text)) {
    return { what: `must be a bare hostname, without a path: ${quoted(text)}`, remedy: remedy(bare) };
  }
  if (text.includes(':')) {
    return {
      what: `must be a bare hostname, without a port: ${quoted(text)}`,
      remedy: `${remedy(bare)} The edge listens on 80 and 443.`,
    };
  }
  const ascii = text.length <= 253 ? domainToASCII(text.trim().replace(/\.$/, '')) : '';
  return { what: `must be a hostname, not ${quoted(text)}`, remedy: remedy(ascii) };
};

/** A hostname in which `{number}` and `{service}` stand for those of a preview. */
export const hostPattern: Check = (text) => {
  if (!text.includes('{number}')) {
    return {
      what: `must have {number} in it, or all previews would be one: ${quoted(text)}`,
      remedy: `Write for instance "pr-{number}.preview.example.com".`,
    };
  }
  // The longest that can stand there.
  const filled = text.replaceAll('{number}', '999999999').replaceAll('{service}', 'a');
  const problem = hostname(filled);
  return (
    problem && {
      what: `must be a hostname with {number} in it, not ${quoted(text)}`,
      remedy:
        'Write for instance "pr-{number}.preview.example.com"; only {number} and {service} are filled in.',
    }
  );
};

export const USER_NAME = '^[A-Za-z0-9._@+-]{1,64}$';
export const userName: Check = matches(USER_NAME, 'a user name of letters, digits and ". _ @ + -"', 'guest');

const USER = /^[a-z_][a-z0-9_.-]{0,63}\$?$/i;
const SERVER_EXAMPLE = 'Write for instance "deploy@203.0.113.7" or "deploy@[2001:db8::7]:2222".';

/** A server as `user@host` or `user@host:port`. */
export const server: Check = (text) => {
  const wrong = (what: string, remedy = SERVER_EXAMPLE): Problem => ({
    what: `${what}: ${quoted(text)}`,
    remedy,
  });
  const bare = text.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  if (bare !== text) return wrong('must be a server without a scheme or a path', `Write "${bare}".`);
  const at = text.lastIndexOf('@');
  if (at < 1) {
    return wrong('names no user to log in as', 'Write "user@host", such as "deploy@203.0.113.7".');
  }
  const [user, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (!USER.test(user)) return wrong('has no proper user name before the @');
  if (isIPv6(rest)) return wrong('has an IPv6 address without brackets', `Write "${user}@[${rest}]".`);
  const [, v6, name = '', port = '22'] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(rest) ?? [];
  const right = v6 === undefined ? HOSTNAME.test(name.replaceAll('_', '-')) : isIPv6(v6);
  if (!right) return wrong('must be a server as user@host or user@host:port');
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535) return undefined;
  return wrong('has a port that is no number from 1 to 65535');
};

const REGISTRY = /^([a-z0-9.-]+\.[a-z0-9.-]+|localhost|[a-z0-9.-]+(?=:)|\[[0-9a-f:]+\])(:\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;

/** Where images are pushed: `ssh`, or the beginning of their names in a registry. */
export const pushTarget: Check = (text) => {
  if (text === 'ssh') return undefined;
  const shape = 'Write "ssh", or a registry and a folder in it, such as "ghcr.io/org".';
  const wrong = (what: string, remedy = shape): Problem => ({ what: `${what}: ${quoted(text)}`, remedy });
  // What would be refused as well is no remedy.
  const instead = (name: string, when = '') =>
    pushTarget(name) === undefined ? `Write "${name}"${when}.` : shape;
  const bare = text.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');
  if (bare !== text) return wrong('must be without a scheme and a slash at its end', instead(bare));
  const lower = text.toLowerCase();
  if (text !== lower) return wrong('must be in lower case, as names of images are', instead(lower));
  const [registry = '', ...folders] = text.split('/');
  if (folders.length > 0 && !REGISTRY.test(registry))
    return wrong('names no registry', instead(`docker.io/${text}`, ' when Docker Hub is meant'));
  if (folders.length === 0 && REGISTRY.test(registry))
    return wrong(
      'names a registry alone',
      `Write "${registry}/" and the folder in it, such as "${registry}/org".`,
    );
  return folders.length > 0 && folders.every((folder) => REPOSITORY.test(folder))
    ? undefined
    : wrong('must be "ssh" or the beginning of the names of images');
};

/** A path inside the repository, so that a run needs nothing but the checkout. */
export const repositoryPath: Check = (text) => {
  const parts = text.split('/');
  if (text !== '' && !text.startsWith('/') && !parts.includes('..') && text !== '-') return undefined;
  return {
    what: `must be a path inside the repository, relative to its root, not ${quoted(text)}`,
    remedy: 'Write it without a leading "/" and without "..", such as "docker-compose.prod.yml".',
  };
};

/** The path of a request, as it goes over the wire and into a line of the edge's maps. */
export const requestPath: Check = (text) => {
  if (/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/.test(text)) return undefined;
  return text.startsWith('/')
    ? {
        what: `holds a character that a request can not carry as it is: ${quoted(text)}`,
        remedy: 'Percent-encode it: a space is "%20".',
      }
    : { what: `must begin with "/", unlike ${quoted(text)}`, remedy: 'Write for instance "/health".' };
};

/** A file on the server. */
export const serverPath: Check = matches(
  '^/(?!.*(^|/)\\.\\.(/|$))[^\\s\'"\\\\\\x00-\\x1f]+$',
  'an absolute path on the server, without spaces, quotes or ".."',
  '/etc/letsencrypt/live/example.com/fullchain.pem',
);
