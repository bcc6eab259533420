import { DeployError, describe, type Fault } from '../errors.ts';
import type { Config } from './config.ts';
import { crossCheck } from './cross-check.ts';
import { issueFaults } from './faults.ts';
import { environmentName } from './names.ts';
import { listed, nearest } from './nearest.ts';
import type { FaultAt } from './place.ts';
import { asPreview, FOLLOWS, previewNumber } from './preview.ts';
import { quoted } from './problem.ts';
import { readTree } from './read-tree.ts';
import { environmentSchema, fileSchema } from './schema.ts';
import { configOf, previewOf } from './settings.ts';
import { parse } from './syntax.ts';
import { find, merge, plain, type Tree, without } from './tree.ts';

/** More faults than anybody mends in one go. */
const MOST_FAULTS = 100;

/**
 * The settings of one environment, from the text of a deploy.yml.
 * @param file the file's name as it is to stand in errors
 * @throws DeployError with every fault of the file, each at its line and column; nothing else
 */
export function loadConfig(text: string, file: string, environment: string): Config {
  const { document, faults: oddities, faultAt } = parse(text.replace(/^\uFEFF/, ''), file);
  if (!document) throw failure(oddities);
  const { tree, faults: found } = readTree(document, faultAt);
  const faults = [...oddities, ...found];
  if (tree.kind !== 'branch') throw failure(faults.length > 0 ? faults : [notAMap(tree, faultAt)]);

  const whole = fileSchema.safeParse(plain(tree, fileSchema));
  if (!whole.success) faults.push(...issueFaults(whole.error.issues, tree, fileSchema, faultAt));
  const chosen = choose(tree, environment, faultAt);
  faults.push(...chosen.faults);
  const settings = environmentSchema.safeParse(plain(chosen.tree, environmentSchema));
  if (!settings.success) {
    // Only what the overlay brings about: the rest was seen in the whole file.
    const seen = new Set(faults.map(spot));
    const issues = issueFaults(settings.error.issues, chosen.tree, environmentSchema, faultAt);
    faults.push(...issues.filter((fault) => !seen.has(spot(fault))));
  }
  faults.push(...crossCheck(chosen.tree, faultAt));

  if (faults.length > 0 || !settings.success || !whole.success) throw failure(faults);
  const config = configOf(settings.data, environment);
  const section = whole.data.preview;
  if (!section) return frozen(config);
  const preview = previewOf(section);
  const number = find(tree, ['environments', environment]) ? undefined : previewNumber(environment);
  const made = asPreview(config, preview, number ?? 1, ownVariables(tree));
  if ('what' in made) {
    const at = find(tree, ['preview', 'host'])?.at ?? 0;
    throw failure([faultAt(at, 'config-preview-host', { ...made, what: `preview.host ${made.what}` })]);
  }
  return frozen({ ...(number === undefined ? config : made), preview });
}

/** Variables that the overlay for previews gives a value of its own. */
function ownVariables(tree: Tree): ReadonlySet<string> {
  const has = (name: string) =>
    find(tree, ['environments', PREVIEW_OVERLAY, 'env', 'clear', name]) !== undefined;
  return new Set(FOLLOWS.filter(has));
}

/** The environment whose settings are laid over for every preview. */
const PREVIEW_OVERLAY = 'preview';

const spot = (fault: Fault) => `${fault.line}:${fault.column}`;

/** The base with the environment's overlay on it. */
function choose(tree: Tree, environment: string, faultAt: FaultAt): { tree: Tree; faults: Fault[] } {
  const base = without(without(tree, 'environments'), 'preview');
  const problem = environmentName(environment);
  if (problem) {
    const what = `The environment's name ${problem.what}.`;
    return { tree: base, faults: [{ code: 'config-environment', what, remedy: problem.remedy }] };
  }
  const all = find(tree, ['environments']);
  const isPreview = find(tree, ['preview']) !== undefined && previewNumber(environment) !== undefined;
  const overlay =
    find(tree, ['environments', environment]) ??
    (isPreview ? find(tree, ['environments', PREVIEW_OVERLAY]) : undefined);
  if (overlay?.value.kind === 'branch') return { tree: merge(base, overlay.value), faults: [] };
  if (overlay || isPreview || environment === 'production' || all?.value.kind !== 'branch')
    return { tree: base, faults: [] };
  const names = [...new Set(['production', ...all.value.entries.keys()])].filter(
    (name) => !environmentName(name),
  );
  const meant = nearest(environment, names);
  const fault = faultAt(all.at, 'config-environment', {
    what: `There is no environment ${quoted(environment)} here, only ${listed(names)}`,
    remedy: meant
      ? `Choose "${meant}", or add "${environment}" here.`
      : `Choose one of them, or add "${environment}" here.`,
  });
  return { tree: base, faults: [fault] };
}

function notAMap(tree: Tree, faultAt: FaultAt): Fault {
  const remedy = 'Begin with "app: NAME" in the first column; docs/configuration.md shows a whole file.';
  if (tree.kind === 'leaf' && tree.value === null) {
    return faultAt(0, 'config-empty', { what: 'The file holds no settings', remedy });
  }
  const what = `The file must be a map of settings, not ${tree.kind === 'list' ? 'a list' : 'a single value'}`;
  return faultAt(tree.at, 'config-not-a-map', { what, remedy });
}

/** All faults in the order of the file; an alias shows the same one wherever it stands, so none twice. */
function failure(faults: readonly Fault[]): DeployError {
  const unique = [...new Map(faults.map((fault) => [describe(fault), fault] as const)).values()];
  unique.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  const shown = unique.slice(0, MOST_FAULTS);
  const rest = unique[MOST_FAULTS];
  if (rest) {
    const what = `${unique.length - MOST_FAULTS} more faults follow from here on.`;
    shown.push({ ...rest, code: 'config-more', what, remedy: 'Mend those above first.' });
  }
  return new DeployError(shown);
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}
