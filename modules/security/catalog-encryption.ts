import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { GlueDataCatalogEncryptionSettings } from '@cdktf/provider-aws/lib/glue-data-catalog-encryption-settings';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Account } from '../arn';
import { exempt } from '../exempt';
import type { Naming } from '../naming';
import { EncryptionKey } from './encryption-key';
import { ServiceRole } from './service-role';

export interface CatalogEncryptionProps extends Account {
  readonly naming: Naming;
}

/**
 * Encrypts the Glue Data Catalog of the account's Region, which is one for all environments, and the passwords in it.
 * Glue uses the key by a role of its own, so that no one who reads or writes the catalog, here or in other environments,
 * needs the key. Source: Glue web API reference, "EncryptionAtRest".
 */
export class CatalogEncryption extends Construct {
  constructor(scope: Construct, id: string, props: CatalogEncryptionProps) {
    super(scope, id);
    const name = props.naming.role('catalog');
    const { arn: keyArn } = new EncryptionKey(this, 'key', {
      ...props,
      alias: props.naming.resource('catalog'),
      description: 'Glue Data Catalog',
      users: [],
    });
    const role = new ServiceRole(this, 'role', { ...props, name, service: 'glue' });
    const use = new DataAwsIamPolicyDocument(this, 'permissions', {
      statement: [{ actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }],
    });
    const policy = new IamRolePolicy(this, 'policy', { name: 'permissions', role: role.name, policy: use.json });
    const settings = new GlueDataCatalogEncryptionSettings(this, 'settings', {
      dataCatalogEncryptionSettings: {
        encryptionAtRest: {
          catalogEncryptionMode: 'SSE-KMS-WITH-SERVICE-ROLE',
          catalogEncryptionServiceRole: role.arn,
          sseAwsKmsKeyId: keyArn,
        },
        connectionPasswordEncryption: { awsKmsKeyId: keyArn, returnConnectionPasswordEncrypted: true },
      },
      dependsOn: [policy],
    });
    exempt(settings, {
      CKV_AWS_94: 'It is encrypted, with a role of its own for it, a mode that Checkov does not know',
    });
  }
}
