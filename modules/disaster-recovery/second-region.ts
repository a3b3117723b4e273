import { DataAwsKmsAlias } from '@cdktf/provider-aws/lib/data-aws-kms-alias';
import type { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface SecondRegionProps {
  readonly region: string;
  /** Of that Region. */
  readonly provider: AwsProvider;
  /** Names there. */
  readonly naming: Naming;
  /** Whether data sets are read from databases. */
  readonly hasSecrets: boolean;
}

/**
 * What the first Region's stack knows of the second one: names, and which keys bear them. Its plan fails while there are no
 * such keys: the second Region's stack comes first.
 */
export class SecondRegion extends Construct {
  readonly region: string;
  readonly provider: AwsProvider;
  readonly naming: Naming;
  readonly keyArns: { readonly data: string; readonly secrets?: string };

  constructor(scope: Construct, id: string, { region, provider, naming, hasSecrets }: SecondRegionProps) {
    super(scope, id);
    this.region = region;
    this.provider = provider;
    this.naming = naming;
    const key = (purpose: string) =>
      new DataAwsKmsAlias(this, `${purpose}-key`, { provider, name: naming.alias(purpose) }).targetKeyArn;
    this.keyArns = { data: key('data'), ...(hasSecrets && { secrets: key('secrets') }) };
  }
}
