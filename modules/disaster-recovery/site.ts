import type { CloudwatchMetricAlarmConfig } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { CloudwatchEventRuleConfig } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { GlueTriggerConfig } from '@cdktf/provider-aws/lib/glue-trigger';
import type { Environment } from '../../environments/schema';

/**
 * Which Region of its environment a stack is in. Of two, one is active, at the beginning the first. What starts runs by
 * itself is on there and off in the other, and is switched by whoever fails over: Terraform makes it as it is at the
 * beginning, and leaves it alone from then on, so that deploying during a disaster switches nothing.
 */
export type Site = 'only' | 'first' | 'second';

export function siteOf({ standby, disasterRecovery }: Environment): Site {
  if (standby) return 'second';
  return disasterRecovery ? 'first' : 'only';
}

/** How a trigger of Glue begins that comes round by itself. */
export function switchedTrigger(site: Site): Pick<GlueTriggerConfig, 'enabled' | 'startOnCreation' | 'lifecycle'> {
  if (site === 'only') return { startOnCreation: true };
  const isActive = site === 'first';
  return { startOnCreation: isActive, enabled: isActive, lifecycle: { ignoreChanges: ['enabled'] } };
}

/** How a rule of EventBridge begins that comes round by itself. */
export function switchedRule(site: Site): Pick<CloudwatchEventRuleConfig, 'state' | 'lifecycle'> {
  if (site === 'only') return {};
  return { state: site === 'first' ? 'ENABLED' : 'DISABLED', lifecycle: { ignoreChanges: ['state'] } };
}

export type SwitchedAlarm = Pick<CloudwatchMetricAlarmConfig, 'actionsEnabled' | 'lifecycle'>;

/** Whether an alarm begins by telling anybody that is raised because nothing runs. */
export function switchedAlarm(site: Site): SwitchedAlarm {
  if (site === 'only') return {};
  return { actionsEnabled: site === 'first', lifecycle: { ignoreChanges: ['actions_enabled'] } };
}
