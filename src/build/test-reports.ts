import { createReadStream, globSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestStep } from '../config/config.ts';
import { type Fault, messageOf } from '../errors.ts';
import { JunitReader, type JunitReport, placeOf } from './junit.ts';
import { size } from './push/progress.ts';

/** What the reports of a step came to. */
export interface StepReport {
  readonly tests: number;
  readonly failed: number;
  readonly skipped: number;
  /** A fault for each test that failed, at its place in the repository where that is known. */
  readonly failures: readonly Fault[];
  /** What kept a report from being read. */
  readonly troubles: readonly Fault[];
}

/** More than a report of tests can need: bytes of one, and how many there are. */
const MOST_BYTES = 64_000_000;
const MOST_FILES = 2_000;
/** A file's time may be coarser than that of the step's beginning, in milliseconds. */
const COARSE_MS = 2_000;

/**
 * Reads the reports that a step left. Nothing of them is trusted: not their size, not their form, not the paths they
 * name. It can not fail a run.
 * @param folder where the step ran, absolute.
 * @param began when it did, in milliseconds since 1970: what is older is of another run.
 */
export async function readReports(
  step: TestStep,
  workspace: string,
  folder: string,
  began: number,
): Promise<StepReport> {
  const trouble = (what: string, remedy: string): Fault => ({
    code: 'test-report',
    where: `test ${step.name}`,
    what,
    remedy,
  });
  const troubles: Fault[] = [];
  const reports: JunitReport[] = [];
  for (const pattern of step.report) {
    const all = found(pattern, folder);
    const fresh = all.filter((path) => isFresh(join(folder, path), began));
    if (fresh.length === 0) {
      const why =
        all.length > 0 ? `${all[0]} is older than this run` : `there is no ${pattern} in ${step.in}`;
      troubles.push(
        trouble(`No report was left: ${why}.`, 'Check report in deploy.yml, and what the step writes.'),
      );
    }
    for (const path of fresh.slice(0, MOST_FILES)) {
      try {
        const report = await readReport(join(folder, path));
        reports.push(report);
        if (report.tests > 0 || !report.fault) continue;
        troubles.push(
          trouble(
            `The report ${path} holds no tests: ${report.fault}.`,
            'It must be XML in the format of JUnit.',
          ),
        );
      } catch (error) {
        troubles.push(
          trouble(`The report ${path} could not be read: ${messageOf(error)}.`, 'Nothing else is lost.'),
        );
      }
    }
  }
  const sum = (of: (report: JunitReport) => number) => reports.reduce((all, report) => all + of(report), 0);
  const find = finder(workspace, folder);
  const failures = reports.flatMap((report) =>
    report.failures.map((failed): Fault => {
      const place = placeOf(failed, find);
      return {
        code: 'test-case',
        where: `test ${step.name}`,
        what: `${failed.name}: ${failed.message}`,
        ...(place ?? {}),
      };
    }),
  );
  return {
    tests: sum(({ tests }) => tests),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    failures,
    troubles,
  };
}

/** Paths that a pattern stands for; none for one that nobody can read. */
function found(pattern: string, folder: string): string[] {
  try {
    return globSync(pattern, { cwd: folder }).sort();
  } catch {
    return [];
  }
}

const isFresh = (path: string, began: number): boolean => {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() === true && info.mtimeMs >= began - COARSE_MS;
};

/** @throws Error when it is too large, or can not be read. */
async function readReport(path: string): Promise<JunitReport> {
  const { size: bytes } = statSync(path);
  if (bytes > MOST_BYTES) throw new Error(`it has ${size(bytes)}, more than ${size(MOST_BYTES)}`);
  const reader = new JunitReader();
  const pieces = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  for await (const piece of pieces) reader.write(piece as string);
  return reader.end();
}

/** Directories that no annotation is of use in. */
const NOT_OURS = /(^|\/)(node_modules|site-packages|dist-packages|vendor)\//;

/**
 * Finds a file of the repository by the name that a trace has for it: absolute, relative to the step's folder or to the
 * repository, or, where tests ran in a container, below another root.
 * @returns from its name its path in the repository, with slashes.
 */
export function finder(workspace: string, folder: string): (name: string) => string | undefined {
  const root = realpathSync(workspace);
  const inside = (path: string): string | undefined => {
    const own = relative(root, path);
    if (own === '' || own.startsWith('..') || isAbsolute(own) || NOT_OURS.test(own)) return undefined;
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? own.split(sep).join('/') : undefined;
  };
  const known = new Map<string, string | undefined>();
  const look = (name: string): string | undefined => {
    const path = name.startsWith('file://') ? fileURLToPath(name) : name;
    if (NOT_OURS.test(path)) return undefined;
    const [own, base] = [realpathSync(folder), root];
    if (!isAbsolute(path)) return inside(resolve(own, path)) ?? inside(resolve(base, path));
    const parts = path.split('/').filter(Boolean);
    for (let from = 0; from < parts.length && from < MOST_ROOTS; from++) {
      const rest = parts.slice(from).join('/');
      const found = from === 0 ? inside(path) : (inside(resolve(own, rest)) ?? inside(resolve(base, rest)));
      if (found) return found;
    }
    return undefined;
  };
  return (name) => {
    if (!known.has(name)) {
      try {
        known.set(name, look(name));
      } catch {
        known.set(name, undefined);
      }
    }
    return known.get(name);
  };
}

/** How many folders are taken off a path that is of another machine. */
const MOST_ROOTS = 8;
