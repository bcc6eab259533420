import type { Pem } from '../config/config.ts';
import {
  CERTIFICATE_LIST,
  type Certificate,
  certificateFile,
  combined,
  judgeCertificate,
  readAsRoot,
  writeCertificates,
} from '../edge/certificates.ts';
import { askOnce } from '../edge/runtime.ts';
import { DeployError, type Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import type { Server } from './server.ts';

/**
 * The certificates of the config, with their keys.
 * @throws DeployError tls-file for a file that is not there.
 */
async function readCertificates(context: Context, host: Host): Promise<Certificate[]> {
  const { app, environment, routes } = context.config;
  const all: Certificate[] = [];
  for (const [at, route] of routes.entries()) {
    if (!route.tls) continue;
    const absent = [route.tls.certificate, route.tls.key].find(
      (pem) => 'secret' in pem && (context.secrets[pem.secret] ?? '') === '',
    );
    if (absent) {
      // A rollback needs no secrets: the edge has the certificate of the last deploy. A deploy never comes here.
      context.log.info(
        `the certificate of ${route.hosts.join(', ')} stays as it is: its secret is not given`,
      );
      continue;
    }
    const [chain, key] = await Promise.all([
      readPem(context, host, route.tls.certificate),
      readPem(context, host, route.tls.key),
    ]);
    for (const line of key.split('\n')) context.log.mask(line);
    all.push({ name: `${app}.${environment}.${at}`, hosts: route.hosts, chain, key });
  }
  return all;
}

/** What is wrong with certificates; a warning works today. */
interface Judgement {
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

function judge(all: readonly Certificate[], now: number): Judgement {
  const judged = all.map((one) => judgeCertificate(one, now));
  return {
    errors: judged.flatMap((one) => one.errors),
    warnings: judged.flatMap((one) => one.warnings),
  };
}

/**
 * The same before anything is begun, and without changing anything. Where no edge runs yet there may be no way to read
 * a file of root's, so that one can not be read says nothing there.
 */
export async function judgeCertificates(context: Context, host: Host, edgeRuns: boolean): Promise<Judgement> {
  try {
    return judge(await readCertificates(context, host), context.now());
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return { errors: edgeRuns ? error.faults : [], warnings: [] };
  }
}

/**
 * Brings the certificates of the config to the edge: new ones and renewed ones at run time, without a reload. The
 * edge runs already.
 * @throws DeployError tls-... for a file that is not there, or a certificate that does not fit.
 */
export async function bringCertificates(context: Context, server: Server): Promise<void> {
  const all = await readCertificates(context, server.host);
  if (all.length === 0) return;
  const { errors, warnings } = judge(all, context.now());
  if (errors.length > 0) throw new DeployError(errors);
  for (const warning of warnings) context.log.warn(warning);

  const { command, input } = writeCertificates(server.facts.paths.edge, all);
  const { stdout } = await server.must(
    command,
    { code: 'tls-write', what: 'The certificates could not be written for the edge.' },
    { input },
  );
  const changed = stdout.split('\n');
  const socket = `${server.facts.paths.edge}/run/admin.sock`;
  const known = await askOnce(server.host, socket, `show ssl crt-list ${CERTIFICATE_LIST}`);
  for (const one of all) {
    const file = certificateFile(one.name);
    const listed = known.split('\n').some((line) => line.trim().split(/\s+/)[0] === file);
    if (listed && !changed.includes(one.name)) continue;
    context.log.info(`${listed ? 'renewing' : 'adding'} the certificate of ${one.hosts.join(', ')}`);
    if (!listed) await askOnce(server.host, socket, `new ssl cert ${file}`);
    await askOnce(server.host, socket, `set ssl cert ${file} <<\n${combined(one)}`);
    const said = await askOnce(server.host, socket, `commit ssl cert ${file}`);
    if (!/Success/.test(said)) {
      throw new DeployError({
        code: 'tls-refused',
        where: server.host.name,
        what: `The edge did not take the certificate of ${one.hosts[0]}: ${said.trim()}`,
        remedy: 'Check chain and key: openssl x509 -in FILE -noout -text.',
      });
    }
    if (!listed) await askOnce(server.host, socket, `add ssl crt-list ${CERTIFICATE_LIST} ${file}`);
  }
}

async function readPem(context: Context, host: Host, pem: Pem): Promise<string> {
  if ('secret' in pem) return context.secrets[pem.secret] ?? '';
  const { code, stdout } = await host.run(readAsRoot(pem.path), { signal: context.signal });
  if (code === 0 && stdout !== '') return stdout;
  throw new DeployError({
    code: 'tls-file',
    where: host.name,
    what: `There is no file ${pem.path} on the server.`,
    remedy:
      'Issue the certificate there (for instance certbot certonly), or give it as a secret: {secret: NAME}.',
  });
}
