import { isAbsolute, relative, resolve } from 'node:path';
import { type Fault, messageOf } from '../errors.ts';
import type { ComposeSource } from './read.ts';

/** Why docker could not be started at all; undefined for what is not the user's to mend (an abort, say). */
export function startFault(error: unknown, env: Readonly<Record<string, string>>): Fault | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'E2BIG') {
    const [name = '', value = ''] = Object.entries(env).sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
    return {
      code: 'compose-env-too-large',
      what: `The variables are too large for a process; the largest is ${name} (${Buffer.byteLength(value)} bytes).`,
      remedy:
        'One value can have 128 KiB. Give what is larger as a file: `configs` or `secrets` with `file:`.',
    };
  }
  return code === 'ENOENT' || code === 'EACCES' ? dockerMissing(messageOf(error)) : undefined;
}

function dockerMissing(evidence: string): Fault {
  return {
    code: 'compose-docker-missing',
    what: 'Docker is not installed on the runner, or not in its PATH.',
    remedy: 'Use a runner that has Docker with Compose 2.24 or newer (GitHub-hosted ubuntu runners do).',
    evidence,
  };
}

interface Failed {
  readonly code: number;
  readonly stderr: string;
}

/** Compose's words are prose and differ between versions; each rule knows one of its sentences. */
interface Rule {
  readonly pattern: RegExp;
  fault(match: RegExpExecArray, source: ComposeSource): Fault;
}

/**
 * Why `docker compose config` refused, as a fault with place and remedy. A sentence that no rule knows is passed on
 * as Compose wrote it.
 */
export function configFault({ code, stderr }: Failed, source: ComposeSource): Fault {
  const said = stderr
    .split('\n')
    .filter((line) => !/^time=\S+ level=(warning|info|debug) /.test(line))
    .join('\n')
    .trim();
  if (code === 127) return dockerMissing(said);
  for (const rule of RULES) {
    const match = rule.pattern.exec(said);
    if (match) return rule.fault(match, source);
  }
  return invalid(source, said);
}

const RULES: readonly Rule[] = [
  {
    // Without the plugin, docker takes `compose` for an unknown word or its options for its own.
    pattern:
      /'compose' is not a docker command|unknown command: docker compose|unknown (shorthand )?flag: .*--?p/,
    fault: ([said = '']) => ({
      code: 'compose-plugin-missing',
      what: 'Docker on the runner has no Compose plugin.',
      remedy: 'Install docker-compose-plugin (Compose 2.24 or newer) on the runner.',
      evidence: said,
    }),
  },
  {
    pattern: /required variable (\S+) is missing a value(?:: (.*))?/,
    fault: ([, name = '', message], source) => ({
      code: 'compose-variable-required',
      what: `The compose file requires the variable ${name}${message ? `: ${message}` : ''}.`,
      where: source.files.join(', '),
      remedy: `Give ${name} in \`env.clear\` or \`env.secret\` of deploy.yml.`,
    }),
  },
  {
    pattern: /env file (.+) not found/,
    fault: ([, path = ''], source) => ({
      code: 'compose-env-file-missing',
      what: `The env_file ${shown(path, source)} is not there.`,
      where: source.files.join(', '),
      remedy:
        'Commit it, or write it in a workflow step before the deploy; where it may be missing, say so: ' +
        '`env_file: [{path: ..., required: false}]`.',
    }),
  },
  {
    pattern: /(?:open|read|stat) (.+?): (no such file or directory|is a directory|permission denied)/,
    fault: ([, path = '', why = ''], source) => ({
      code: 'compose-file-missing',
      what: `The file ${shown(path, source)} can not be read: ${why}.`,
      remedy: isGiven(path, source)
        ? 'Name the right file in `compose` of deploy.yml, and check the repository out before the deploy.'
        : 'It is named by `include`, `extends`, `env_file` or the like: correct the path or commit the file.',
    }),
  },
  {
    pattern: /invalid interpolation format for (\S+?)\.?\n[\s\S]*\n(.*)$/,
    fault: ([, place = '', text = ''], source) => ({
      code: 'compose-interpolation',
      what: `\`${place}\` holds a \`$\` that is no variable: ${text}`,
      where: source.files.join(', '),
      remedy: 'Write `$$` where a literal dollar is meant.',
    }),
  },
  {
    pattern:
      /(?:failed to (?:parse|read) (.+?): )?(?:yaml: )?(?:unmarshal errors:\n\s*)?line (\d+): ([\s\S]*)/,
    fault: ([, path, line = '', message = ''], source) => invalid(source, message, path, Number(line)),
  },
  {
    pattern: /(?:failed to parse|validating) (.+?): (?:yaml: )?([\s\S]*)/,
    fault: ([, path, message = ''], source) => invalid(source, message, path),
  },
];

/** Older versions of Compose do not say in which file; of several it may be any. */
function invalid(source: ComposeSource, message: string, path?: string, line?: number): Fault {
  const file = path ?? (source.files.length === 1 ? source.files[0] : undefined);
  const known = file !== undefined;
  const at = line !== undefined && !known ? `line ${line}: ` : '';
  return {
    code: 'compose-invalid',
    what: `Docker Compose can not read this: ${at}${message.trim() || 'it ended without a word'}.`,
    ...(known ? { file: shown(file, source) } : { where: source.files.join(', ') }),
    ...(known && line !== undefined ? { line } : {}),
    remedy: 'Mend it until `docker compose config -q` is silent.',
  };
}

/** As the user would write it: relative where it lies in the project. */
function shown(path: string, { projectDir }: ComposeSource): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(projectDir, path);
  return inside.startsWith('..') ? path : inside;
}

function isGiven(path: string, { files, projectDir }: ComposeSource): boolean {
  return files.some((file) => resolve(projectDir, file) === resolve(projectDir, path));
}
