import { join } from 'node:path';
import { ROOT, start } from './process.ts';
import type { Server } from './rig.ts';

/** What script/rig load prints (docs/development.md). */
export interface LoadReport {
  readonly requests: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly first: readonly unknown[];
  readonly byClient: Readonly<Record<string, { readonly requests: number; readonly failed: number }>>;
  readonly websockets: { readonly opened: number; readonly broken: number; readonly messages: number };
  /** Release -> number of answers. */
  readonly answers: Readonly<Record<string, number>>;
}

export interface Load {
  /** Ends the load and tells what it saw. */
  stop(): Promise<LoadReport>;
}

/** Every kind of client there is. */
export const EVERY_KIND = [
  ...['--post-path', '/echo', '--post-body', '{"a":"dish"}'],
  ...['--slow-path', '/slow?seconds=2', '--ws-path', '/ws'],
];

/**
 * Sends strict load to a hostname on a server until it is stopped (or the tests die).
 * @param expect what each answer to GET / must match.
 */
export async function load(
  server: Server,
  hostname: string,
  expect: string,
  more: readonly string[] = ['--clients', '4'],
): Promise<Load> {
  const args = ['load', server.http, '--host', hostname, '--expect', expect, ...more];
  const running = start(join(ROOT, 'script', 'rig'), [...args, '--until', String(process.pid)], {
    timeoutMs: 1_800_000,
  });
  // The clients are on their way before anything that they shall witness begins.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    stop: async () => {
      running.child.kill('SIGTERM');
      const { code, stdout, stderr } = await running.ended;
      if (code !== 0) throw new Error(`script/rig load ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as LoadReport;
    },
  };
}
