import { splitAssets } from './assets.ts';
import { networkOwner } from './borders.ts';
import { conflicts, replicasOf } from './conflicts.ts';
import { type Context, checkNames, contextOf } from './context.ts';
import type { ComposeModel } from './model.ts';
import { together } from './mounts.ts';
import { edgeAlias, projectName, type Side } from './names.ts';
import { type NetworkSplit, splitNetworks } from './networks.ts';
import { splitServices } from './services.ts';
import type { EdgeTarget, Notice, Split, SplitRequest, TravellingFile } from './types.ts';
import { splitVolumes, type VolumeSplit } from './volumes.ts';

/**
 * Makes two Compose projects of the user's one model: the shared services, and the rest for one color. It touches
 * nothing and always answers; what can not be is a notice of level `error`, so that all of them are told at once.
 */
export function splitCompose(request: SplitRequest): Split {
  const context = contextOf(request);
  const networks = splitNetworks(context);
  const volumes = splitVolumes(context);
  const shared = half(context, 'shared', networks, volumes);
  const color = half(context, 'color', networks, volumes);
  const cargo = together([shared.cargo, color.cargo]);
  return {
    shared: context.servicesOf('shared').length > 0 ? shared.project : undefined,
    color: color.project,
    volumes: volumes.create,
    files: withoutContained(cargo.files),
    variables: unique([...shared.variables, ...color.variables]),
    dataDirs: unique([...volumes.dataDirs, ...cargo.dataDirs]),
    notices: bySeverity([
      ...checkNames(context),
      ...conflicts(context),
      ...networks.notices,
      ...volumes.notices,
      ...cargo.notices,
    ]),
    edge: edgeTargets(context),
  };
}

function half(context: Context, side: Side, networks: NetworkSplit, volumes: VolumeSplit) {
  const { services, cargo } = splitServices(context, side);
  const { configs, secrets, variables, cargo: assets } = splitAssets(context, side);
  return {
    project: project(context.request, side, {
      services,
      networks: networks[side],
      volumes: volumes[side],
      configs,
      secrets,
    }),
    variables,
    cargo: together([cargo, assets]),
  };
}

/**
 * A project in the form that is written down. Only what is used and known goes in: `version` and `x-...` are gone,
 * and so are sections that would be empty.
 */
function project(request: SplitRequest, side: Side, parts: ComposeModel): ComposeModel {
  const { services, ...sections } = parts;
  const used = Object.entries(sections).filter(([, section]) => Object.keys(section ?? {}).length > 0);
  return { name: projectName(request, side), services, ...Object.fromEntries(used) };
}

function edgeTargets(context: Context): EdgeTarget[] {
  const targets = context.request.routes
    .filter(({ service }) => context.sideOf(service) === 'color')
    .map(({ service, port }) => {
      const connect = networkOwner(context, service);
      const owner = context.request.model.services[connect];
      const replicas = owner ? Math.max(1, replicasOf(owner)) : 1;
      return { service, connect, alias: edgeAlias(context.request, connect), port, replicas };
    });
  return unique(targets);
}

/** What a folder holds travels with the folder. */
function withoutContained(files: readonly TravellingFile[]): TravellingFile[] {
  const contains = (outer: TravellingFile, inner: TravellingFile) =>
    outer.scope === inner.scope &&
    outer.to !== inner.to &&
    (outer.to === '.' || inner.to.startsWith(`${outer.to}/`));
  return unique(files).filter((file) => !files.some((other) => contains(other, file)));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

const SEVERITY: readonly Notice['level'][] = ['error', 'warning', 'info'];

/** Errors first, each notice once. */
function bySeverity(notices: readonly Notice[]): Notice[] {
  return SEVERITY.flatMap((level) => unique(notices).filter((notice) => notice.level === level));
}
