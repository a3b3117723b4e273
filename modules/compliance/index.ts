import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Account } from '../arn';
import type { Site } from '../disaster-recovery/site';
import type { Naming } from '../naming';
import type { SecurityOutputs } from '../security';
import type { StorageOutputs } from '../storage';
import { ConfigRecorder } from './config-recorder';
import { ConfigRules } from './config-rules';
import { Trail } from './trail';

export interface ComplianceProps extends Account {
  readonly naming: Naming;
  readonly config: Pick<Environment, 'account' | 'storage'>;
  readonly site: Site;
  readonly security: Pick<SecurityOutputs, 'trailKeyArn'>;
  readonly storage: StorageOutputs;
}

/** What an auditor asks for: who did what, how resources were configured, and whether they keep to the rules. */
export class Compliance extends Construct {
  constructor(scope: Construct, id: string, props: ComplianceProps) {
    super(scope, id);
    const { naming, config, site, security, storage } = props;
    const audit = { ...props, config: config.storage, accessLogs: storage.accessLogs };
    if (security.trailKeyArn !== undefined) {
      new Trail(this, 'trail', { ...audit, site, keyArn: security.trailKeyArn, buckets: storage.buckets });
    }
    const recorder = config.account.configRecorder ? new ConfigRecorder(this, 'config', audit) : undefined;
    if (config.account.configRules) {
      new ConfigRules(this, 'rules', { naming, dependsOn: recorder ? [recorder.recording] : [] });
    }
  }
}
