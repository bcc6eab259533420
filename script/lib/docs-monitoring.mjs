// src/monitoring/files.ts: the stack of monitoring/, so that the bundle has it in it.

const FILES = [
  'alerts.yml',
  'compose.yml',
  'config.alloy',
  'edge-metrics.cfg',
  'facts.sh',
  'loki.yml',
  'prometheus.yml',
  'grafana/provisioning/dashboards/files.yml',
  'grafana/provisioning/datasources/sources.yml',
];

/**
 * @param {(name: string) => string} read a file of the repository
 * @param {Record<string, string>} dashboards path -> content, as they are just made
 */
export function monitoringModule(read, dashboards) {
  const texts = {
    ...Object.fromEntries(FILES.map((name) => [`monitoring/${name}`, read(`monitoring/${name}`)])),
    ...dashboards,
  };
  const entries = Object.entries(texts).map(([path, text]) => {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
    return `  '${path.slice('monitoring/'.length)}': \`${escaped}\`,\n`;
  });
  return `// Made by script/docs.mjs from monitoring/: change them there.

/** The files of the stack by their paths. */
export const FILES: Readonly<Record<string, string>> = {
${entries.join('')}};
`;
}
