import type { Result } from '../report/result.ts';
import type { DeploymentState } from './deployment.ts';

/** Faults that say nothing about the release: the run was ended, or this program failed. */
const NOT_OF_THE_RELEASE: readonly string[] = ['cancelled', 'internal', 'lease-lost'];

/** How a result stands at a deployment: its state, a line, and the address of what serves. */
export function stateOf(result: Result): {
  readonly state: DeploymentState;
  readonly description: string;
  readonly url?: string;
} {
  const { outcome, release = '', attempted = '', url, faults } = result;
  switch (outcome) {
    case 'deployed':
    case 'rolled-back':
      return { state: 'success', description: `${release} serves`, ...(url && { url }) };
    case 'unchanged':
      return { state: 'success', description: `${release} serves already`, ...(url && { url }) };
    case 'removed':
      return { state: 'inactive', description: 'removed' };
    case 'reverted':
      return { state: 'failure', description: `reverted: ${attempted} did badly after the switch` };
    default: {
      const [fault] = faults;
      const error = fault !== undefined && NOT_OF_THE_RELEASE.includes(fault.code);
      const why = fault ? `${fault.code}: ${fault.what}` : 'failed';
      return { state: error ? 'error' : 'failure', description: why };
    }
  }
}
