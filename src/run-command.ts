import type { Context } from './deploy/context.ts';
import type { Part } from './deploy/part.ts';
import type { Steps } from './deploy/steps.ts';
import type { Inputs } from './inputs.ts';
import { openPullsOf } from './tell.ts';

/**
 * Does what a command asks for. Each is loaded when it runs, from a chunk of the bundle: a run that stops at its
 * settings, or needs one command of eleven, does not wait for the rest.
 */
export async function runCommand(inputs: Inputs, context: Context, steps: Steps): Promise<Part> {
  switch (inputs.command) {
    case 'deploy':
      return (await import('./deploy/deploy.ts')).deploy(context, steps);
    case 'build':
      return (await import('./deploy/build.ts')).build(context, steps);
    case 'rollback':
      return (await import('./deploy/rollback.ts')).rollback(context, steps, inputs.release);
    case 'preview':
      return (await import('./deploy/preview.ts')).preview(context, steps);
    case 'remove':
      return (await import('./deploy/remove.ts')).remove(context, steps);
    case 'prune':
      return (await import('./deploy/preview.ts')).prune(context, steps, () => openPullsOf(inputs));
    case 'status':
      return (await import('./deploy/status.ts')).status(context, steps);
    case 'unlock':
      return (await import('./deploy/unlock.ts')).unlock(context, steps);
    case 'monitoring':
      return (await import('./deploy/monitoring.ts')).monitoring(context, steps, inputs.monitoring);
    case 'plan':
      return (await import('./deploy/plan.ts')).plan(context, steps);
    case 'report':
      return (await import('./deploy/report.ts')).report(context, steps, inputs.periodMs);
  }
}
